// Writes src/watchword/streams/world_map.json: the countries of the world as SVG paths, small enough to ship in a page.
// In an empty folder: npm install world-atlas@2.0.2 d3-geo@3.1.2 topojson-client@3.1.0 i18n-iso-countries@7
// then from there: node world_map.mjs REPOSITORY
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const here = createRequire(pathToFileURL(process.cwd() + "/"));
const load = async (name) => import(pathToFileURL(here.resolve(name)));
const { geoNaturalEarth1, geoPath, geoArea, geoCentroid } = await load("d3-geo");
const { feature } = await load("topojson-client");
const codes = here("i18n-iso-countries");
const world = here("world-atlas/countries-110m.json");
const repository = process.argv[2] ?? ".";

const WIDTH = 1000;
const UNNUMBERED = { Kosovo: "XK" };
const features = feature(world, world.objects.countries).features.filter((one) => one.properties.name !== "Antarctica");
const projection = geoNaturalEarth1().fitWidth(WIDTH, { type: "FeatureCollection", features });
const [, [, bottom]] = geoPath(projection).bounds({ type: "FeatureCollection", features });

/** An absolute path of whole numbers, as relative steps: half the size. */
function steps(path) {
  let out = "";
  for (const ring of path.split("M").slice(1)) {
    const points = ring.replace("Z", "").split("L").map((pair) => pair.split(",").map((value) => Math.round(+value)));
    const kept = points.filter((point, at) => at === 0 || point[0] !== points[at - 1][0] || point[1] !== points[at - 1][1]);
    if (kept.length < 3) continue;
    out += `M${kept[0].join(" ")}l` + kept.slice(1).map(([x, y], at) => `${x - kept[at][0]} ${y - kept[at][1]}`).join(" ") + "z";
  }
  return out.replaceAll(" -", "-");
}

/** The middle of the largest part: a country's middle, not its islands'. */
function middle(geometry) {
  const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  const shapes = parts.map((coordinates) => ({ type: "Polygon", coordinates }));
  return geoCentroid(shapes.sort((one, other) => geoArea(other) - geoArea(one))[0]);
}

const point = (place) => projection(place).map((value) => Math.round(value));
const shapes = {};
const centres = {};
for (const line of readFileSync(`${repository}/src/watchword/enrichment/pack/countries.tsv`, "utf8").trim().split("\n")) {
  const [code, lat, lng] = line.split("\t");
  centres[code] = point([+lng, +lat]);
}
for (const { id, properties, geometry } of features) {
  const code = codes.numericToAlpha2(id) ?? UNNUMBERED[properties.name] ?? properties.name;
  shapes[code] = steps(geoPath(projection)(geometry));
  centres[code] = point(middle(geometry));
}
const map = { source: "Natural Earth by way of world-atlas 2.0.2", width: WIDTH, height: Math.ceil(bottom), centres, shapes };
writeFileSync(`${repository}/src/watchword/streams/world_map.json`, JSON.stringify(map) + "\n");
console.log(`${Object.keys(shapes).length} shapes, ${Object.keys(centres).length} centres, ${JSON.stringify(map).length} bytes`);
