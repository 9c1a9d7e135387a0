// Maps of one decision, and the way to the decisions beside it in the list one came from.
(() => {
  const data = pageData();
  const marks = { block: "m0-7 7 7-7 7-7-7z", verify: "m0-7 7 12h-14z", monitor: "m-5-5h10v10h-10z" };
  const text = (x, y, words, anchor = "middle") => `<text x="${x}" y="${y}" text-anchor="${anchor}">${words.replace(/[&<>]/g, c => `&#${c.charCodeAt(0)};`)}</text>`;
  const backdrop = path => `<path class="net" d="${path(geo.geoGraticule().step([15, 15])())}"/><path class="land" d="${path(geo.land)}"/>`;
  const hm = ms => new Date(ms).toISOString().slice(11, 16);

  const drawTravel = svg => {
    const way = data.journey, ends = [way.from_at, way.to_at], w = svg.clientWidth, h = svg.clientHeight, line = { type: "LineString", coordinates: ends };
    const middle = geo.geoInterpolate(...ends)(.5), far = geo.geoDistance(...ends);
    const p = geo.geoAzimuthalEqualArea().rotate([-middle[0], -middle[1]]).clipAngle(Math.min(170, Math.max(60, far * 57.3 / 2 + 30))).fitExtent([[64, 46], [w - 64, h - 58]], line);
    const path = geo.geoPath(p), [a, b] = ends.map(e => p(e)), mid = p(middle), short = name => name.split(",")[0];
    const anchor = x => x < 70 ? "start" : x > w - 70 ? "end" : "middle", nudge = x => x < 70 ? x - 8 : x > w - 70 ? x + 8 : x;
    const label = (at, name, ms, dy) => text(nudge(at[0]), at[1] + dy, short(name) + (ms ? " " + hm(ms) : ""), anchor(at[0]));
    const near = Math.abs(a[0] - b[0]) < 90 && Math.abs(a[1] - b[1]) < 30;
    svg.innerHTML = `${backdrop(path)}<path class="way" d="${path(line)}"/><circle class="home" cx="${a[0]}" cy="${a[1]}" r="5"/><path class="here" d="M${b} ${marks.block}"/>` +
      label(a, way.from_name, way.from_ms, near ? -14 : 20) + label(b, way.to_name, way.to_ms, 23) +
      text(mid[0], mid[1] - 9, `${Math.round(way.km).toLocaleString("en")} km` + (way.minutes ? ` in ${way.minutes < 120 ? Math.round(way.minutes) + " min" : Math.round(way.minutes / 60) + " h"}` : ""));
  };
  const drawPlace = svg => {
    const { lng, lat, radius, name, mark } = svg.dataset, at = [+lng, +lat], w = svg.clientWidth, h = svg.clientHeight;
    const p = geo.geoAzimuthalEqualArea().rotate([-at[0], -at[1]]).clipAngle(60).translate([w / 2, h / 2]).scale(Math.min(2600, Math.max(500, 330000 / Math.max(60, +radius * 1.5))));
    const path = geo.geoPath(p), r = Math.min(h / 2 - 6, +radius / 6371 * p.scale());
    svg.innerHTML = `${backdrop(path)}<circle class="within" cx="${w / 2}" cy="${h / 2}" r="${r}"/>` +
      (marks[mark] ? `<path class="here ${mark}" d="M${w / 2} ${h / 2} ${marks[mark]}"/>` : `<circle class="home" cx="${w / 2}" cy="${h / 2}" r="5"/>`) + text(w / 2, h / 2 + 22, name);
  };
  const draw = () => { if ($("travel")) drawTravel($("travel")); if ($("place")) drawPlace($("place")); };
  draw();
  addEventListener("resize", draw);

  // JSON in three colours: names, numbers, the rest
  const json = $("json");
  if (json) json.innerHTML = json.textContent.replace(/[&<>]/g, c => `&#${c.charCodeAt(0)};`).replace(/^(\s*)("(?:[^"\\]|\\.)*")(?=:)/gm, "$1<b>$2</b>").replace(/(: |^\s+)(-?\d+(?:\.\d+)?(?:e-?\d+)?)(?=,?$)/gim, "$1<i>$2</i>");

  let ids = [];
  try { ids = JSON.parse(sessionStorage.trail || "[]"); } catch { /* no list to go through */ }
  const here = ids.indexOf(decodeURIComponent(location.pathname.split("/").pop())), trail = $("trail");
  if (here >= 0 && ids.length > 1) {
    trail.hidden = false;
    trail.querySelector("[data-place]").textContent = `${here + 1} of ${ids.length}`;
    for (const [name, id] of [["previous", ids[here - 1]], ["next", ids[here + 1]]]) {
      const button = trail.querySelector(`[data-${name}]`);
      if (id) button.href = `${base}/decisions/${encodeURIComponent(id)}`;
      else { button.removeAttribute("href"); button.removeAttribute(`data-${name}`); button.setAttribute("aria-disabled", "true"); }
    }
  }
})();
