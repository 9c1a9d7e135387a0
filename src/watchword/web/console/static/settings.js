// Thresholds on the scores of recent decisions: what would move, in words, before it is saved.
(() => {
  const { now, scores, admin, floor } = pageData(), then = { ...now }, B = 50, names = ["monitor", "verify", "block"];
  const many = n => Math.round(n).toLocaleString("en"), both = scores.all.map((n, i) => n + scores.fraud[i]), total = both.reduce((a, b) => a + b, 0), frauds = scores.fraud.reduce((a, b) => a + b, 0);
  const from = (bins, t) => bins.reduce((sum, n, i) => sum + n * Math.max(0, Math.min(1, (i * 2 + 2 - t) / 2)), 0);
  const count = t => ({ monitor: from(both, t.monitor) - from(both, t.verify), verify: from(both, t.verify) - from(both, t.block), block: from(both, t.block), stopped: from(scores.fraud, t.verify), missed: frauds - from(scores.fraud, t.verify) });
  const set = (kind, name, text, quiet) => { const cell = document.querySelector(`[data-${kind}="${name}"]`); cell.textContent = text; if (kind === "diff") cell.className = `num ${quiet ? "quiet" : "strong"}`; };
  const tell = () => {
    const a = count(now), c = count(then);
    for (const name in a) { const d = Math.round(c[name]) - Math.round(a[name]); set("now", name, many(a[name])); set("then", name, many(c[name])); set("diff", name, d ? (d > 0 ? "+" : "−") + many(Math.abs(d)) : "same", !d); }
    for (const name of names) document.querySelector(`[data-at="${name}"]`).textContent = then[name];
    const moved = names.filter(name => now[name] !== then[name]).map(name => `<b>${name[0].toUpperCase() + name.slice(1)} from ${then[name]}</b> instead of ${now[name]}`);
    const bothered = Math.round(c.verify + c.block - a.verify - a.block), caught = Math.round(c.stopped - a.stopped);
    $("say").innerHTML = !total ? "No decision yet to move a threshold over." : !moved.length ? (admin ? "Nothing is moved. Drag a mark, or press its arrow keys." : "How the scores lie against the thresholds.") :
      moved.join(", ") + (!bothered ? " would step up or block nobody else." : bothered > 0 ? ` would step up or block <b>${many(bothered)} more</b>${caught ? `, <b>${many(caught)} of them labelled fraud</b>` : ", none of them labelled fraud"}.` : ` would spare <b>${many(-bothered)}</b>${caught ? `, and let <b>${many(-caught)} labelled fraud</b> through` : ", none of them labelled fraud"}.`);
    if ($("keep")) $("keep").disabled = !moved.length;
  };
  $("dist-note").textContent = `the newest ${many(total)} decisions, ${many(frauds)} labelled fraud${floor === "strongest" ? "; by the strongest evidence, as the floor has it" : ""}`;
  const redraw = W.chart("dist", width => {
    const edge = { left: 16, right: 16 }, top = bins => Math.max(1, ...bins);
    const line = name => ({ xAxis: then[name], lineStyle: { color: W.color(name + "-fill"), width: 2, type: "solid" }, label: { show: false } });
    const old = name => ({ xAxis: now[name], lineStyle: { color: W.color("control"), width: 1, type: "dashed" }, label: { show: true, formatter: "now " + now[name], position: "end", rotate: 0, color: W.color("axis"), fontSize: 11, distance: 5 } });
    const axis = (i, show) => ({ type: "value", gridIndex: i, min: 0, max: 100, ...W.axis({ splitLine: { show: false }, axisLabel: { show, color: W.color("axis"), fontSize: 11, customValues: [0, 20, 40, 60, 80, 100] } }) });
    const lines = () => [...names.filter(name => now[name] !== then[name]).map(old), ...names.map(line)];
    const series = (i, bins, colour, marks) => ({ type: "bar", xAxisIndex: i, yAxisIndex: i, barWidth: Math.max(2, (width - 32) / B - 2), itemStyle: { color: W.color(colour) }, data: bins.map((n, k) => [k * 2 + 1, n || null]), markLine: { silent: true, symbol: "none", animation: false, data: marks } });
    const note = (i, text, y) => ({ type: "scatter", xAxisIndex: i, yAxisIndex: i, silent: true, symbolSize: .1, label: { show: width > 500, position: "left", color: W.color("axis"), fontSize: 11, formatter: text }, data: [[100, y]] });
    return { animation: false, tooltip: { show: false }, grid: [{ ...edge, top: 20, height: 118 }, { ...edge, top: 146, height: 96 }], xAxis: [axis(0, false), axis(1, true)],
      yAxis: [{ type: "log", gridIndex: 0, min: .5, max: top(scores.all) * 1.3, ...W.axis({ splitLine: { show: false }, axisLabel: { show: false } }) }, { type: "value", gridIndex: 1, min: 0, max: top(scores.fraud) * 1.1, ...W.axis({ splitLine: { show: false }, axisLabel: { show: false } }) }],
      series: [series(0, scores.all, "series-4", lines()), series(1, scores.fraud, "block-fill", lines().map(d => ({ ...d, label: { show: false } }))), note(0, "log scale", top(scores.all)), note(1, frauds ? "its own scale" : "nothing labelled yet", top(scores.fraud))] };
  });
  const bounds = { monitor: () => [1, then.verify - 1], verify: () => [then.monitor + 1, then.block - 1], block: () => [then.verify + 1, 100] };
  document.querySelectorAll("[data-knob]").forEach(knob => knob.addEventListener("input", () => {
    const [low, high] = bounds[knob.dataset.knob]();
    then[knob.dataset.knob] = Math.max(low, Math.min(high, +knob.value));
    knob.value = then[knob.dataset.knob];
    tell(); redraw();
  }));
  $("back")?.addEventListener("click", () => { Object.assign(then, now); document.querySelectorAll("[data-knob]").forEach(knob => { knob.value = now[knob.dataset.knob]; }); tell(); redraw(); });
  tell();
})();
// Which factors may be asked for, best first: the buttons move one, and the order of the page is what is saved.
document.querySelectorAll("[data-order]").forEach(list => {
  const items = () => [...list.children];
  const mark = () => items().forEach((item, at, all) => item.querySelectorAll("[data-move]").forEach(b => { b.disabled = +b.dataset.move < 0 ? at === 0 : at === all.length - 1; }));
  list.addEventListener("click", event => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const item = button.closest("li");
    if (+button.dataset.move < 0) item.previousElementSibling?.before(item); else item.nextElementSibling?.after(item);
    mark();
    (button.disabled ? item.querySelector("[data-move]:not(:disabled)") : button)?.focus();
    list.dispatchEvent(new Event("input", { bubbles: true }));
  });
  mark();
});
