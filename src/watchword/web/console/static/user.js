// One user: scores in time, usual hours, usual places.
(() => {
  const data = pageData(), points = { allow: [], monitor: [], verify: [], block: [] };
  for (const [at, score, action] of data.points) points[action].push([at, score]);
  if ($("timeline")) W.chart("timeline", width => ({
    grid: { left: 44, right: width < 500 ? 16 : 66, top: 10, bottom: 28 }, tooltip: { show: false },
    xAxis: { type: "time", min: data.from, max: data.to + 12 * 36e5, ...W.axis({ splitLine: { show: false }, axisLabel: { color: W.color("axis"), fontSize: 11, hideOverlap: true, formatter: "{d} {MMM}" }, splitNumber: width < 500 ? 3 : 6 }) },
    yAxis: { type: "value", min: 0, max: 100, ...W.axis({ splitLine: { show: false }, interval: 50 }) },
    series: Object.entries(points).map(([action, found]) => ({ type: "scatter", data: found, symbol: W.mark[action], symbolSize: action === "block" ? 13 : action === "allow" ? 6 : 9, z: action === "block" ? 5 : action === "allow" ? 2 : 3,
      itemStyle: { opacity: 1, color: action === "allow" ? W.color("surface") : W.color(action + "-fill"), borderColor: action === "allow" ? W.color("allow") : W.color("surface"), borderWidth: action === "allow" ? 1.2 : 1 },
      markLine: action === "allow" ? { silent: true, symbol: "none", animation: false, lineStyle: { color: W.color("line-strong"), type: "dashed", width: 1 },
        label: { show: true, position: width < 500 ? "insideEndTop" : "end", color: W.color("axis"), fontSize: 11, formatter: line => ({ 30: "monitor", 60: "verify", 80: "block" })[line.value] }, data: [{ yAxis: 30 }, { yAxis: 60 }, { yAxis: 80 }] } : undefined })) }));

  // usual hours: the shortest stretch of the day that holds nine in ten log-ins
  const hours = data.hours, total = hours.reduce((a, b) => a + b, 0);
  const stretch = () => {
    for (let length = 1; length <= 24; length++) for (let start = 0; start < 24; start++) {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += hours[(start + i) % 24];
      if (sum >= .9 * total) return [start, length];
    }
  };
  if ($("hours") && total) {
    const [start, length] = stretch(), end = start + length, most = Math.max(...hours);
    const areas = end <= 24 ? [[start, end]] : [[start, 24], [0, end - 24]];
    const odd = data.odd.map(([at, action]) => [new Date(at).toLocaleString("en", { hour: "2-digit", hourCycle: "h23", timeZone: data.zone || "UTC" }) | 0, action]);
    W.chart("hours", () => ({
      grid: { left: 16, right: 16, top: 4, bottom: 28 }, tooltip: { show: false },
      xAxis: { type: "value", min: -.5, max: 23.5, ...W.axis({ splitLine: { show: false }, axisLabel: { color: W.color("axis"), fontSize: 11, customValues: [0, 6, 12, 18, 23], formatter: v => String(v).padStart(2, "0") } }) },
      yAxis: { show: false, max: most * 1.15 },
      series: [{ type: "bar", barWidth: 8, itemStyle: { color: W.color("accent-fill"), borderRadius: [1.5, 1.5, 0, 0] }, data: hours.map((n, i) => [i, n]),
        markArea: length < 24 ? { silent: true, itemStyle: { color: W.color("accent-fill", .1) }, data: areas.map(([a, b]) => [{ xAxis: a - .5 }, { xAxis: b - .5 }]) } : undefined },
      ...["verify", "block"].map(action => ({ type: "scatter", symbol: W.mark[action], symbolSize: 12, itemStyle: { opacity: 1, color: W.color(action + "-fill"), borderColor: W.color("surface"), borderWidth: 1 }, data: odd.filter(o => o[1] === action).map(o => [o[0], most * .08]) }))] }));
  }

  const svg = $("places");
  const escape = words => words.replace(/[&<>]/g, c => `&#${c.charCodeAt(0)};`);
  const draw = () => {
    const w = svg.clientWidth, h = svg.clientHeight, spots = data.places, most = Math.max(...spots.map(s => s.count));
    const all = { type: "MultiPoint", coordinates: spots.map(s => [s.lng, s.lat]) };
    const p = geo.geoMercator().fitExtent([[70, 30], [w - 70, h - 34]], all);
    if (p.scale() > 1100 || !isFinite(p.scale())) p.scale(1100).center([spots[0].lng, spots[0].lat]).translate([w / 2, h / 2]);
    const path = geo.geoPath(p), taken = [];
    const marks = spots.map(s => { const [x, y] = p([s.lng, s.lat]); return `<circle class="home" cx="${x}" cy="${y}" r="${3.5 + 5.5 * Math.sqrt(s.count / most)}"/>`; });
    const labels = spots.map(s => {
      const [x, y] = p([s.lng, s.lat]), room = escape(s.name).length * 6.6, right = x + 13 + room < w;
      const box = [right ? x + 10 : x - 10 - room, y - 8, room, 15];
      if (taken.some(b => box[0] < b[0] + b[2] && b[0] < box[0] + box[2] && box[1] < b[1] + b[3] && b[1] < box[1] + box[3])) return "";
      taken.push(box);
      return `<text x="${right ? x + 12 : x - 12}" y="${y + 4}" text-anchor="${right ? "start" : "end"}">${escape(s.name)}</text>`;
    });
    svg.innerHTML = `<path class="net" d="${path(geo.geoGraticule().step([5, 5])())}"/><path class="land" d="${path(geo.land)}"/>${marks.reverse().join("")}${labels.join("")}`;
  };
  if (svg) { draw(); addEventListener("resize", draw); }
})();
