// Keys, dialogs, lists, toasts and the palette: what every page shares.
const $ = id => document.getElementById(id);
const base = document.body.dataset.base;
const pageData = () => JSON.parse($("page-data")?.textContent || "{}");

const openDialog = dialog => { if (dialog && !dialog.open) dialog.showModal(); };

document.addEventListener("click", event => {
  const opener = event.target.closest("[data-open]"), closer = event.target.closest("[data-close]");
  if (opener) openDialog($(opener.dataset.open));
  if (closer) closer.closest("dialog")?.close();
  if (event.target.matches("dialog")) event.target.close();
  if (event.target.closest("[data-palette]")) openPalette();
  const copier = event.target.closest("[data-copy]");
  if (copier) navigator.clipboard?.writeText(copier.dataset.copy).then(() => toast("Copied", "check"));
  const row = event.target.closest("table[data-list] tbody tr, ul[data-list] > li");
  if (row && !event.target.closest("a, button, input, label, select, summary")) openRow(row, event);
});

// ---------- lists: J and K move, Enter opens, the whole row is a link
const rows = () => [...document.querySelectorAll("table[data-list] tbody tr, ul[data-list] > li")].filter(row => row.querySelector("a.id, a[data-row]"));
const rowLink = row => row.querySelector("a.id, a[data-row]");
const openRow = (row, event) => {
  if (getSelection()?.toString()) return;
  const href = rowLink(row)?.href;
  if (href) event.ctrlKey || event.metaKey ? open(href, "_blank", "noopener") : location.assign(href);
};
const current = () => rows().findIndex(row => row.getAttribute("aria-current") === "true");
const move = step => {
  const all = rows(), at = current(), next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))];
  if (!next) return;
  all[at]?.removeAttribute("aria-current");
  next.setAttribute("aria-current", "true");
  rowLink(next).focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
};

// ---------- toasts: only where undo is offered or something failed; eight seconds, longer under the pointer
const toast = (text, mark = "allow", more) => {
  const box = document.createElement("div");
  box.className = "toast";
  box.innerHTML = `<svg class="i" aria-hidden="true"><use href="#i-${mark}"/></svg><span></span>`;
  box.querySelector("span").textContent = text;
  if (more) box.append(more);
  $("toasts").append(box);
  let timer, leave = () => { timer = setTimeout(() => box.remove(), 8000); };
  box.onpointerenter = () => clearTimeout(timer);
  box.onpointerleave = leave;
  leave();
};
document.addEventListener("htmx:response:error", event => toast(`Not done: the server answered ${event.detail.ctx.response.status}.`, "warn"));
document.addEventListener("htmx:error", () => toast("Not done: the server could not be reached.", "warn"));

// ---------- palette
const openPalette = () => {
  const palette = $("palette"), input = palette?.querySelector("input");
  if (!palette) return;
  openDialog(palette);
  input.value = "";
  input.focus();
  window.htmx?.trigger(input, "palette");
};
const options = () => [...$("palette-list").querySelectorAll("[role=option]")];
const choose = step => {
  const all = options(), at = all.findIndex(o => o.getAttribute("aria-selected") === "true"), next = all[(at + step + all.length) % all.length];
  all.forEach(o => o.setAttribute("aria-selected", o === next));
  next?.scrollIntoView({ block: "nearest" });
  if (next) $("palette").querySelector("input").setAttribute("aria-activedescendant", next.id);
};
$("palette")?.addEventListener("keydown", event => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); choose(event.key === "ArrowDown" ? 1 : -1); }
  if (event.key === "Enter") { event.preventDefault(); options().find(o => o.getAttribute("aria-selected") === "true")?.querySelector("a")?.click(); }
});

// ---------- keys; single ones are off while something is typed
let going = 0;
const press = { t: () => window.switchTheme(), "/": openPalette, "?": () => openDialog($("help")), j: () => move(1), k: () => move(-1),
  f: () => openDialog($("filter")), "[": () => document.querySelector("[data-previous]")?.click(), "]": () => document.querySelector("[data-next]")?.click(),
  1: () => judge("fraud"), 2: () => judge("legitimate"), p: () => $("pause")?.click(), ".": () => $("more-new")?.click() };
const judge = verdict => document.querySelector(`[data-verdict="${verdict}"]`)?.click();
document.addEventListener("keydown", event => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); openPalette(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (Date.now() - going < 1500) {
    going = 0;
    const target = document.querySelector(`.nav a[data-go="${key.toUpperCase()}"]`);
    if (target) { event.preventDefault(); location.assign(target.href); return; }
  }
  if (key === "g") { going = Date.now(); return; }
  if (key === "Enter" && event.target.closest("a, button, summary")) return;
  if (key === "Enter" && current() >= 0) { openRow(rows()[current()], event); return; }
  if (press[key]) { event.preventDefault(); press[key](); }
});

// ---------- density of long lists, remembered
const dense = on => {
  document.querySelectorAll("table.long").forEach(table => table.classList.toggle("close", on));
  document.querySelectorAll("[data-density]").forEach(b => b.setAttribute("aria-pressed", (b.dataset.density === "close") === on));
};
document.addEventListener("click", event => {
  const button = event.target.closest("[data-density]");
  if (!button) return;
  try { localStorage.density = button.dataset.density; } catch { /* lasts for this page */ }
  dense(button.dataset.density === "close");
});
try { if (localStorage.density) dense(localStorage.density === "close"); } catch { /* storage is switched off */ }
document.addEventListener("htmx:after:swap", () => { try { dense(localStorage.density === "close"); } catch { /* as above */ } });

// ---------- where the page before was a list: previous and next decision
const trail = { keep: () => { const ids = rows().map(row => row.dataset.id).filter(Boolean); if (ids.length) try { sessionStorage.trail = JSON.stringify(ids); } catch { /* no trail then */ } } };
document.addEventListener("click", event => { if (event.target.closest("tr[data-id], li[data-id]")) trail.keep(); }, true);
document.addEventListener("keydown", event => { if (event.key === "Enter") trail.keep(); }, true);

// ---------- changes that can not be undone are asked about, in a dialog whose button repeats the verb
document.addEventListener("submit", event => {
  const form = event.target.closest("form[data-confirm]");
  if (!form || form.dataset.sure) return;
  event.preventDefault();
  const box = document.createElement("dialog"), button = form.querySelector("button:not([type=button])");
  box.innerHTML = '<form method="dialog" class="ask"><h2></h2><div class="row"><button class="btn bare" value="">Cancel</button><button class="btn danger" value="yes"></button></div></form>';
  box.querySelector("h2").textContent = form.dataset.confirm;
  box.querySelector(".danger").innerHTML = button.innerHTML;
  box.setAttribute("aria-label", form.dataset.confirm);
  document.body.append(box);
  box.addEventListener("close", () => { if (box.returnValue) { form.dataset.sure = "1"; form.requestSubmit(button); } box.remove(); });
  box.showModal();
});

// forms that filter leave their empty fields out of the address
document.addEventListener("submit", event => {
  const form = event.target.closest("form[data-tidy]");
  if (form) for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-tidy] :disabled").forEach(field => field.disabled = false));

// a form that only saves what differs says so by its button
document.querySelectorAll("form[data-changes]").forEach(form => {
  const state = () => new URLSearchParams([...new FormData(form)].filter(([name]) => name !== "reason" && name !== "csrf")).toString(), first = state(), save = form.querySelector(".primary");
  form.addEventListener("input", () => { if (save) save.disabled = state() === first; });
});

// what a dialog's request brought is shown on the page; the dialog is done
document.addEventListener("htmx:after:swap", event => {
  const source = event.detail?.ctx?.sourceElement;
  if (source?.closest("#new-key")) { source.reset(); source.closest("dialog").close(); }
});

// sections of a long page: the one that is looked at is marked
const sections = [...document.querySelectorAll("nav.views a[href^='#']")];
if (sections.length) {
  const mark = () => {
    const at = location.hash && sections.find(a => a.hash === location.hash) || sections[0];
    sections.forEach(a => a === at ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current"));
  };
  mark();
  addEventListener("hashchange", mark);
}
