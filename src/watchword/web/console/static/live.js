// Follows the stream. Rows enter at most once a second, and never under the pointer or while something in the table has the focus.
(() => {
  const first = pageData(), body = $("live-rows"), held = $("held"), more = $("more-new"), state = $("stream-state");
  const KEPT = 200, KEEP_WAITING = 500;
  let chart = first, waiting = [], paused = false, pointer = false, since = null;

  const holding = () => paused || pointer || held.contains(document.activeElement) && document.activeElement.closest("table");
  const put = () => {
    const count = waiting.length;
    if (!count) return;
    const holder = document.createElement("tbody");
    holder.innerHTML = waiting.splice(0).reverse().join("");
    body.prepend(...holder.children);
    while (body.children.length > KEPT) body.lastElementChild.remove();
    $("no-rows").hidden = true;
    tell();
  };
  const tell = () => {
    more.hidden = !waiting.length || !holding();
    $("more-count").textContent = `${waiting.length >= KEEP_WAITING ? KEEP_WAITING + " or more" : waiting.length} newer`;
    $("more-why").textContent = paused ? "held while paused" : pointer ? "held while the pointer is on the table" : "held while you are in the table";
  };
  more.onclick = () => { put(); more.hidden = true; };
  held.querySelector("table").addEventListener("pointerenter", event => { if (event.pointerType === "mouse") { pointer = true; tell(); } });
  held.querySelector("table").addEventListener("pointerleave", () => { pointer = false; tell(); });
  $("pause").onclick = () => { paused = !paused; $("pause").setAttribute("aria-pressed", paused); if (!paused) put(); tell(); };
  setInterval(() => { if (!holding()) put(); tell(); }, 1000);

  // ---------- the stream itself
  const say = (live, words) => {
    state.querySelector(".dot").className = live ? "dot live" : "dot warn";
    const word = state.querySelector("[data-word]");
    word.textContent = words; word.classList.toggle("wide", live);
  };
  const lost = () => {
    since ||= $("clock").textContent;
    say(false, `Not streaming since ${since}. Trying again in 4 s. `);
  };
  // a stream that ends because the session did leads to the sign-in page
  const signedOut = () => fetch(`${base}/palette`, { redirect: "manual" }).then(r => { if (r.type === "opaqueredirect" || r.status === 401) location.reload(); }, () => {});
  let sequence = first.sequence, source;
  const follow = () => {
    const query = new URLSearchParams(location.search);
    query.set("after", sequence); query.set("window", first.window);
    source = new EventSource(`${base}/live/stream?${query}`);
    source.addEventListener("open", () => { since = null; say(true, "Streaming,\u00a0"); });
    source.addEventListener("error", () => { lost(); source.close(); setTimeout(follow, 4000); signedOut(); });
    source.addEventListener("tick", event => take(JSON.parse(event.data)));
  };
  const take = tick => {
    if (tick.sequence) sequence = tick.sequence;
    if (tick.rows) { waiting.push(...tick.rows); waiting.splice(0, Math.max(0, waiting.length - KEEP_WAITING)); }
    if (tick.sampling) $("sampling").textContent = tick.sampling;
    if (tick.clock) $("clock").textContent = tick.clock;
    for (const [name, html] of Object.entries(tick.parts || {})) {
      const part = $(`part-${name}`);
      if (name === "where") part.textContent = html;
      else if (!part.contains(document.activeElement)) part.innerHTML = html;
    }
    if (tick.chart) { chart = tick.chart; $("flagged-note").textContent = chart.flagged; $("mix-total").textContent = chart.total; $("unit").textContent = chart.unit; drawTraffic(); drawMap(); }
    tell();
  };
  addEventListener("pagehide", () => source?.close());

  // ---------- charts
  const hm = value => new Date(value).toISOString().slice(11, 16);
  const nice = value => { const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9))); return [1, 2, 3, 5, 10].map(f => f * power).find(f => f >= value) || 1; };
  const drawTraffic = W.chart("traffic", width => {
    const { from, step, series, usual } = chart, N = series.allow.length, second = chart.unit === "second", unit = second ? 1000 : 60000, at = i => from + i * step;
    const sum = i => series.allow[i] + series.monitor[i] + series.verify[i] + series.block[i];
    // the last bar is still filling: the line ends before it
    const total = [...Array(N - 1)].map((_, i) => [at(i) + step / 2, +(sum(i) / (step / unit)).toFixed(2)]);
    const band = usual && usual.map(v => v * (second ? 1 : 60));
    const top = nice(Math.max(second ? .1 : 1, band ? band[1] : 0, ...total.map(d => d[1]))), most = Math.max(3, nice(Math.max(...series.monitor.map((m, i) => m + series.verify[i] + series.block[i]))));
    const x = (i, show) => ({ type: "time", gridIndex: i, min: at(0), max: at(N), ...W.axis({ splitLine: { show: false }, splitNumber: width < 500 ? 3 : 7, axisLabel: { show, color: W.color("axis"), fontSize: 11, hideOverlap: true, formatter: hm } }) });
    const y = (i, max) => ({ type: "value", gridIndex: i, min: 0, max, interval: max, ...W.axis({ axisLabel: { color: W.color("axis"), fontSize: 11, showMinLabel: i === 1 } }) });
    const bar = action => ({ name: action[0].toUpperCase() + action.slice(1), type: "bar", stack: "f", xAxisIndex: 1, yAxisIndex: 1, barWidth: Math.max(2, (width - 56) / N - 3), itemStyle: { color: W.color(action + "-fill") }, data: series[action].map((n, i) => [at(i) + step / 2, n]) });
    return { animation: false, grid: [{ left: 40, right: 16, top: 6, height: 46 }, { left: 40, right: 16, top: 66, height: 44 }],
      xAxis: [x(0, false), x(1, true)], yAxis: [y(0, top), y(1, most)], axisPointer: { link: [{ xAxisIndex: "all" }] },
      series: [{ type: "line", name: `Events a ${chart.unit}`, xAxisIndex: 0, yAxisIndex: 0, showSymbol: false, smooth: .2, lineStyle: { color: W.color("ink-2"), width: 1.5 }, itemStyle: { color: W.color("ink-2") }, data: total,
        markArea: band ? { silent: true, itemStyle: { color: W.color("series-4", .14) }, data: [[{ yAxis: band[0] }, { yAxis: band[1] }]] } : undefined },
      bar("monitor"), bar("verify"), bar("block")] };
  });
  const drawMap = W.chart("map", (width, height) => {
    const projection = geo.geoNaturalEarth1().fitExtent([[2, 2], [width - 2, height - 2]], geo.land);
    const size = (action, n) => Math.min(26, action === "monitor" ? 3 + Math.sqrt(n) : 5 + Math.sqrt(n) * 1.05);
    const all = chart.spots.map(([lng, lat, n, action, name]) => ({ action, n, name, at: [lng, lat], r: size(action, n) / 2 + .5 })), where = W.apart(projection, all);
    return { animation: false, geo: W.map(projection, { left: 6, right: 6, top: 2, bottom: 6 }), tooltip: { show: false },
      series: ["monitor", "verify", "block"].map(action => ({ type: "scatter", coordinateSystem: "geo", silent: true, symbol: W.mark[action], symbolSize: value => size(action, value[2]), z: { monitor: 3, verify: 4, block: 5 }[action],
        itemStyle: { opacity: 1, color: W.color(action + "-fill"), borderColor: W.color("surface"), borderWidth: 1 }, data: all.filter(d => d.action === action).map(d => [...where.get(d), d.n]) })) };
  });
  follow();
})();
