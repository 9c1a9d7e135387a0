// How every Watchword chart gets its look. ECharts cannot read CSS variables, so colours are resolved through a probe
// element (which also settles light-dark() and oklch()) and charts are rebuilt when the theme or the width changes.
const W = (() => {
  const probe = document.body.appendChild(Object.assign(document.createElement("i"), { hidden: true }));
  const ink = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const color = (name, alpha = 1) => {
    probe.style.color = `var(--${name})`;
    ink.clearRect(0, 0, 1, 1); ink.fillStyle = getComputedStyle(probe).color; ink.fillRect(0, 0, 1, 1);
    const [r, g, b] = ink.getImageData(0, 0, 1, 1).data;
    return `rgba(${r},${g},${b},${alpha})`;
  };
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const base = () => ({
    animation: !still.matches, animationDuration: 240, animationDurationUpdate: 0, animationEasing: "cubicOut",
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 11, color: color("axis") },
    aria: { enabled: false },
    tooltip: { trigger: "axis", confine: true, transitionDuration: 0, backgroundColor: color("raised"), borderColor: color("line-strong"), borderWidth: 1, padding: [6, 10],
      textStyle: { color: color("ink"), fontSize: 12 }, extraCssText: "border-radius:6px;box-shadow:var(--elev-2)",
      axisPointer: { type: "line", lineStyle: { color: color("control"), type: "solid", width: 1 } } },
  });
  const axis = (more = {}) => ({ axisLine: { show: false }, axisTick: { show: false }, splitNumber: 3,
    axisLabel: { color: color("axis"), fontSize: 11, hideOverlap: true }, splitLine: { lineStyle: { color: color("grid-line"), width: 1 } }, ...more });
  const charts = [];
  const chart = (id, build) => {
    const el = document.getElementById(id), c = echarts.init(el, null, { renderer: "canvas" });
    const draw = () => { c.resize(); c.setOption({ ...base(), ...build(el.clientWidth, el.clientHeight) }, true); };
    charts.push(draw); draw();
    return draw;
  };
  const redraw = () => charts.forEach(d => d());
  new MutationObserver(redraw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  let t; addEventListener("resize", () => { clearTimeout(t); t = setTimeout(redraw, 80); });
  document.fonts.ready.then(redraw);
  // world-atlas land through a d3-geo projection; ECharts only draws what it is handed
  const map = (projection, more = {}) => ({ map: "world", silent: true, roam: false, projection: { project: p => projection(p), unproject: p => projection.invert(p), stream: projection.stream },
    itemStyle: { areaColor: color("land"), borderColor: color("land-line"), borderWidth: 0.6 }, emphasis: { disabled: true }, ...more });
  // marks that would cover one another step aside, the larger one staying: items of {at: [lon, lat], r: px}
  const apart = (projection, items, gap = 1.5) => {
    const a = items.map(d => ({ d, r: d.r, p: projection(d.at) })).sort((x, y) => y.r - x.r);
    for (let n = 0; n < 60; n++) for (let i = 0; i < a.length; i++) for (let k = i + 1; k < a.length; k++) {
      const dx = a[k].p[0] - a[i].p[0] || .01, dy = a[k].p[1] - a[i].p[1] || .01, far = Math.hypot(dx, dy), over = a[i].r + a[k].r + gap - far;
      if (over > 0) { a[k].p[0] += dx / far * over * .8; a[k].p[1] += dy / far * over * .8; a[i].p[0] -= dx / far * over * .2; a[i].p[1] -= dy / far * over * .2; } }
    return new Map(a.map(x => [x.d, projection.invert(x.p)]));
  };
  // shapes repeat what colours say
  const mark = { allow: "circle", monitor: "rect", verify: "triangle", block: "diamond" };
  return { color, axis, chart, map, apart, mark, redraw };
})();
if (window.geo && window.echarts) echarts.registerMap("world", geo.land);
