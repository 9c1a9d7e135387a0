// The rule editor: a real textarea over its coloured copy, checked as one types.
(() => {
  const form = $("rule"), area = $("cel"), copy = $("hl"), editor = $("editor"), said = $("cel-e"), save = $("save"), again = $("again");
  const lines = editor.querySelector(".lines"), does = $("r-does");
  const escape = words => words.replace(/[&<>]/g, c => `&#${c.charCodeAt(0)};`);
  const TOKEN = /(\/\/[^\n]*)|("(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)|\b(\d+(?:\.\d+)?)\b|([A-Za-z_][\w.]*)/g;
  let fault = null, first = "", pending, sequence = 0;

  const colour = text => text.replace(/[\s\S]+/, whole => {
    let out = "", at = 0;
    for (const m of whole.matchAll(TOKEN)) {
      const tag = m[1] ? "em" : m[2] ? "i" : m[3] ? "u" : "b";
      out += escape(whole.slice(at, m.index)) + `<${tag}>${escape(m[0])}</${tag}>`;
      at = m.index + m[0].length;
    }
    return out + escape(whole.slice(at));
  });
  const paint = () => {
    const rows = area.value.split("\n");
    lines.innerHTML = rows.map((_, i) => `<span${fault?.line === i + 1 ? ' class="at"' : ""}>${i + 1}</span>`).join("");
    if (fault?.line && rows[fault.line - 1] !== undefined) {
      const before = rows.slice(0, fault.line - 1).join("\n"), row = rows[fault.line - 1], from = Math.max(0, (fault.column || 1) - 1), word = /^[\w.]+|^\S?/.exec(row.slice(from))[0];
      copy.innerHTML = (before ? colour(before) + "\n" : "") + colour(row.slice(0, from)) + `<s>${escape(word || " ")}</s>` + colour(row.slice(from + word.length)) + (fault.line < rows.length ? "\n" + colour(rows.slice(fault.line).join("\n")) : "");
      editor.classList.add("bad-line"); editor.style.setProperty("--line", fault.line);
    } else { copy.innerHTML = colour(area.value); editor.classList.remove("bad-line"); }
    area.style.height = copy.style.minHeight = `${Math.max(5, rows.length) * 21 + 22}px`;
  };
  const state = () => new URLSearchParams([...new FormData(form)].filter(([name]) => name !== "csrf")).toString();
  const buttons = () => { if (save) { save.disabled = !!fault || state() === first; save.title = fault ? "It does not compile yet" : state() === first ? "Change the rule to save it" : ""; } if (again) again.disabled = !!fault; };
  const check = async () => {
    const mine = ++sequence, body = new FormData(form);
    if (!body.get("name")) body.set("name", "unnamed");
    if (!body.get("sentence")) body.set("sentence", "unnamed");
    try {
      const answer = await fetch(`${base}/policies/check`, { method: "POST", body: new URLSearchParams([...body]), headers: { "X-CSRF-Token": document.body.dataset.csrf } });
      const found = await answer.json();
      if (mine !== sequence) return;
      fault = found.ok ? null : found;
      said.className = found.ok ? "fault ok" : "fault";
      said.querySelector("p").innerHTML = found.ok ? "<b>Compiles.</b> Test it before you save." : (found.line ? `<b>Line ${found.line}, column ${found.column}.</b> ` : "") + escape(found.text);
      area.toggleAttribute("aria-invalid", !found.ok);
    } catch { said.querySelector("p").textContent = "Not checked: the server could not be reached."; }
    paint(); buttons();
  };
  const changed = () => { fault = null; paint(); buttons(); clearTimeout(pending); pending = setTimeout(check, 250); };
  area.addEventListener("input", changed);
  form.addEventListener("input", event => { if (event.target !== area) { buttons(); clearTimeout(pending); pending = setTimeout(check, 250); } });
  area.addEventListener("scroll", () => { copy.scrollLeft = area.scrollLeft; });
  area.addEventListener("keydown", event => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); again?.click(); } });
  does.addEventListener("change", () => { $("points").hidden = does.value !== "change"; });
  first = state();
  paint(); buttons();
  if (!area.readOnly && said.textContent.trim() && !said.querySelector("b")) check();
})();
