// The list of decisions: how they lie in time, views of one's own, and judgements of many.
(() => {
  const data = pageData(), bars = data.bars || [];
  if ($("when") && bars.length) {
    const step = bars.length > 1 ? bars[1][0] - bars[0][0] : 1, whole = step * bars.length;
    const label = ms => { const iso = new Date(ms).toISOString(); return whole > 2 * 864e5 ? `${+iso.slice(8, 10)} ${new Date(ms).toLocaleString("en", { month: "short", timeZone: "UTC" })}` : iso.slice(11, 16); };
    const flagged = bars.some(b => b[1] + b[2] + b[3]), kinds = flagged ? [["Monitor", 1], ["Verify", 2], ["Block", 3]] : [["Allow", 4]];
    W.chart("when", width => ({
      grid: { left: 16, right: 16, top: 10, bottom: 22 },
      xAxis: { type: "category", data: bars.map(b => label(b[0])), ...W.axis({ splitLine: { show: false }, axisLabel: { color: W.color("axis"), fontSize: 11, interval: width < 500 ? 15 : 7 } }) },
      yAxis: { show: false },
      series: kinds.map(([name, column]) => ({ name, type: "bar", stack: "a", barCategoryGap: "18%", itemStyle: { color: W.color(name.toLowerCase() + "-fill") }, data: bars.map(b => b[column]) })),
    }));
  }

  // ---------- views of one's own, kept in this browser
  const views = document.querySelector("[data-views]"), load = () => { try { return JSON.parse(localStorage.views || "[]"); } catch { return []; } };
  const save = list => { try { localStorage.views = JSON.stringify(list); } catch { /* lasts for this page */ } };
  const show = () => {
    views.querySelectorAll("[data-own]").forEach(a => a.remove());
    for (const view of load()) {
      const a = document.createElement("a");
      a.dataset.own = view.name; a.href = `${base}/decisions${view.query}`; a.textContent = view.name;
      if (location.search === view.query) a.setAttribute("aria-current", "true");
      a.title = "Press Delete to remove this view";
      a.onkeydown = event => { if (event.key === "Delete") { save(load().filter(v => v.name !== view.name)); show(); } };
      views.querySelector(".push").before(a);
    }
  };
  show();
  document.querySelector("[data-save-view]")?.addEventListener("click", () => {
    const box = document.createElement("dialog");
    box.innerHTML = '<form method="dialog" class="ask"><h2>Save this view</h2><div class="field"><label for="v-name">Name</label><input id="v-name" required maxlength="40" autocomplete="off"><span class="hint">Kept in this browser. The address holds the filter, so it can be shared as it is.</span></div><div class="row"><button class="btn bare" value="" formnovalidate>Cancel</button><button class="btn primary" value="yes">Save view</button></div></form>';
    box.addEventListener("close", () => {
      const name = box.querySelector("input").value.trim();
      if (box.returnValue && name) { save([...load().filter(v => v.name !== name), { name, query: location.search || "?view=flagged" }].slice(-8)); show(); }
      box.remove();
    });
    document.body.append(box); box.showModal();
  });

  // ---------- X picks, the bar above the head judges what is picked
  const table = document.querySelector("table[data-picks]"), bulk = $("bulk");
  if (!table || !bulk) return;
  const picked = () => [...table.querySelectorAll("tr.picked")];
  const tell = () => {
    const all = picked();
    bulk.hidden = !all.length;
    bulk.querySelector("[data-count]").textContent = `${all.length} picked`;
    bulk.elements.ids.value = all.map(row => row.dataset.id).join(" ");
    bulk.elements.back.value = location.pathname + location.search;
  };
  const clear = () => { picked().forEach(row => row.classList.remove("picked")); tell(); };
  bulk.querySelector("[data-clear]").onclick = clear;
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select") || document.querySelector("dialog[open]")) return;
    if (event.key.toLowerCase() === "x") { const row = table.querySelector("tr[aria-current]"); if (row) { row.classList.toggle("picked"); tell(); } }
    if (event.key === "Escape") clear();
    if ((event.key === "1" || event.key === "2") && picked().length) bulk.querySelector(`[value=${event.key === "1" ? "fraud" : "legitimate"}]`).click();
  });
  // Backspace on a chip takes the filter off
  document.addEventListener("keydown", event => { if (event.key === "Backspace" && event.target.closest("[data-chip]")) event.target.closest("[data-chip]").click(); });
})();
