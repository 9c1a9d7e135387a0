// Follows one session: its standing, its curve and its reasons, as they change. What has the focus is left alone.
(() => {
  const first = pageData(), told = $("told"), state = $("stream-state");
  let chart = first;
  const hms = value => new Date(value).toISOString().slice(11, 19), hm = value => hms(value).slice(0, 5);
  const hues = { allow: "allow", monitor: "monitor-fill", verify: "verify-fill", block: "block-fill" };

  // names stand left of their step, above the line where there is no room; the largest steps go first
  const labelled = (steps, at, room) => {
    const taken = [], apart = box => !taken.some(b => box[0] < b[0] + b[2] && b[0] < box[0] + box[2] && box[1] < b[1] + b[3] && b[1] < box[1] + box[3]);
    const spots = chart.risk.map(([ms, risk]) => at(ms, risk)), next = i => spots[Math.min(i + 1, spots.length - 1)];
    const lines = [...spots.map(([x, y], i) => [x + 5, y - 1, next(i)[0] - x - 9, 2]), ...spots.map(([, y], i) => [next(i)[0] - 1, Math.min(y, next(i)[1]) + 5, 2, Math.abs(y - next(i)[1]) - 9]), ...chart.cuts.map(cut => [room.left, at(chart.from, cut)[1] - 1, room.right - room.left, 2])].filter(b => b[2] > 0 && b[3] > 0);
    [...steps.keys()].sort((a, b) => Math.abs(parseStep(steps[b])) - Math.abs(parseStep(steps[a]))).forEach(i => {
      const [ms, risk, name] = steps[i], w = name.length * 5.7 + 10, [x, y] = at(ms, risk);
      const places = { left: [x - w - 8, y - 7, w, 14], right: [x + 8, y - 7, w, 14], above: [x - 2, y - 24, w, 14], before: [x - w, y - 24, w, 14] };
      const free = ([, box]) => box[0] > room.left && box[0] + box[2] < room.right && box[1] > 0 && apart(box) && lines.every(l => box[0] > l[0] + l[2] || l[0] > box[0] + box[2] || box[1] > l[1] + l[3] || l[1] > box[1] + box[3]);
      const found = Object.entries(places).find(free);
      if (found) { taken.push(found[1]); steps[i].side = found[0]; } else steps[i].side = null;
    });
  };
  const parseStep = step => parseFloat(step[2].split(" ").pop().replace("−", "-")) || 0;

  const draw = W.chart("risk", width => {
    const small = width < 560, L = small ? 52 : 64, R = small ? 16 : 100, H = 204, names = ["Pages", ...chart.lanes.map(lane => lane[0]).reverse()];
    const span = chart.to - chart.from, [low, ask, stop] = chart.cuts, time = span < 600000 ? hms : hm;
    const line = (y, c, text, type) => ({ yAxis: y, lineStyle: { color: W.color(c), type, width: 1 }, label: { formatter: text, color: W.color("ink-2"), position: small ? "insideStartTop" : "end", distance: small ? [2, 1] : undefined, fontSize: 11 } });
    const x = (i, show) => ({ type: "time", gridIndex: i, min: chart.from, max: chart.to, ...W.axis({ splitLine: { show: false }, splitNumber: small ? 3 : 6, minInterval: span / (small ? 4 : 8), axisLabel: { show, color: W.color("axis"), fontSize: 11, hideOverlap: true, formatter: time } }) });
    const at = (ms, risk) => [L + (ms - chart.from) / span * (width - L - R), 12 + (1 - risk) * H];
    if (!small) labelled(chart.steps, at, { left: L - 6, right: width - R + 6 });
    const sides = { left: { position: "left", distance: 8 }, right: { position: "right", distance: 8 }, above: { position: "top", align: "left", distance: 8 }, before: { position: "top", align: "right", distance: 8 } };
    const bars = ([name, times], i) => ({ type: "scatter", xAxisIndex: 1, yAxisIndex: 1, symbol: "rect", symbolSize: [2, 13], silent: true, itemStyle: { color: W.color(["accent-fill", "series-2", "series-3"][i], .75) }, data: times.map(t => [t, name]) });
    let free = 0;
    const pages = chart.pages.map(([t, full], i) => {
      const name = small ? full.replace("Page ", "") : full;
      const [px] = at(t, 0), room = name.length * 6.2 + 10, after = i + 1 < chart.pages.length ? at(chart.pages[i + 1][0], 0)[0] : Infinity;
      const side = px + room < width - R + 8 ? "right" : "left", show = side === "right" ? px >= free && px + room <= after : px - room >= free;
      free = side === "right" && show ? px + room : px + 3;
      return { value: [t, "Pages"], label: { show, formatter: name, position: side, distance: 4, color: W.color("ink-2"), fontSize: 11 } };
    });
    return { animation: false, tooltip: { show: false }, axisPointer: { link: [{ xAxisIndex: "all" }] },
      grid: [{ left: L, right: R, top: 12, height: H }, { left: L, right: R, top: 232, height: 96 }], xAxis: [x(0, false), x(1, true)],
      yAxis: [{ type: "value", min: 0, max: 1, gridIndex: 0, ...W.axis({ interval: .5, axisLabel: { color: W.color("axis"), fontSize: 11, formatter: v => v.toFixed(1) } }) },
        { type: "category", gridIndex: 1, data: names, ...W.axis({ axisLabel: { color: W.color("ink-2"), fontSize: 11 }, splitLine: { show: true, lineStyle: { color: W.color("grid-line") } } }) }],
      series: [
        { type: "line", step: "end", data: chart.risk, showSymbol: false, silent: true, lineStyle: { width: 2, color: W.color("ink") }, areaStyle: { color: W.color("ink", .05) }, z: 4,
          markLine: { silent: true, symbol: "none", animation: false, data: [line(low, "line-strong", `${low.toFixed(2)} log more`, "dotted"), line(ask, "verify-fill", `${ask.toFixed(2)} ask MPIN`, "dashed"), line(stop, "block-fill", `${stop.toFixed(2)} block`, "solid")] } },
        { type: "scatter", symbol: "circle", symbolSize: 7, z: 5, silent: true, itemStyle: { opacity: 1, color: W.color("surface"), borderColor: W.color("ink"), borderWidth: 1.5 },
          data: chart.steps.map(step => ({ value: [step[0], step[1]], label: { show: !small && !!step.side, formatter: step[2], ...sides[step.side || "left"], color: W.color("ink-2"), fontSize: 11 } })) },
        { type: "scatter", symbol: W.mark[chart.mark], symbolSize: 12, z: 6, silent: true, itemStyle: { opacity: 1, color: chart.mark === "allow" ? W.color("surface") : W.color(hues[chart.mark]), borderColor: chart.mark === "allow" ? W.color("allow") : W.color("surface"), borderWidth: chart.mark === "allow" ? 1.5 : 1 }, data: [chart.risk.at(-1)] },
        ...chart.lanes.map(bars),
        { type: "scatter", xAxisIndex: 1, yAxisIndex: 1, symbol: "rect", symbolSize: [2, 15], silent: true, itemStyle: { color: W.color("ink-2") }, data: pages },
      ] };
  });
  if (!first.live) return;

  // ---------- the stream
  let source, word = null, since = null;
  const put = (name, html) => {
    const part = $(`part-${name}`);
    if (!part || part.contains(document.activeElement)) return;
    const open = [...part.querySelectorAll("details[open][data-keep]")].map(one => one.dataset.keep);
    part.innerHTML = html;
    open.forEach(name => part.querySelector(`details[data-keep="${name}"]`)?.setAttribute("open", ""));
  };
  const take = tick => {
    for (const [name, html] of Object.entries(tick.parts || {})) put(name, html);
    if (tick.chart) {
      const box = $("part-standing");
      box.classList.replace(chart.mark, tick.chart.mark);
      chart = tick.chart;
      $("risk").setAttribute("aria-label", tick.picture);
      draw();
      if (!chart.live) over();
    }
    if (tick.clock && $("clock")) $("clock").textContent = tick.clock;
    if (tick.word && word !== null && tick.word !== word) told.textContent = tick.word;
    if (tick.word) word = tick.word;
  };
  const over = () => {
    state.innerHTML = '<span class="quiet">over</span>';
    document.querySelectorAll("[data-act]").forEach(button => button.remove());
    for (const id of ["ask", "end"]) { $(id)?.close(); }
  };
  const say = (live, words) => {
    state.querySelector(".dot").className = live ? "dot live" : "dot warn";
    if (words) $("clock").textContent = words;
  };
  const signedOut = () => fetch(`${base}/palette`, { redirect: "manual" }).then(r => { if (r.type === "opaqueredirect" || r.status === 401) location.reload(); }, () => {});
  const follow = () => {
    source = new EventSource(first.stream);
    source.addEventListener("open", () => { since = null; say(true); });
    source.addEventListener("tick", event => take(JSON.parse(event.data)));
    source.addEventListener("over", () => source.close());
    source.addEventListener("error", () => {
      source.close();
      if (!chart.live) return;
      since ||= $("clock").textContent;
      say(false, `not followed since ${since}`);
      setTimeout(follow, 4000);
      signedOut();
    });
  };
  addEventListener("pagehide", () => source?.close());
  follow();
})();
