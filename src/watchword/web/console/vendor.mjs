// Builds static/vendor from npm packages: `npm ci --ignore-scripts && npm run vendor`. The output is committed, so that the
// Python wheel needs no Node. Charts and map come as one small bundle each, with only the parts that the pages use.
import { build } from "esbuild";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const out = fileURLToPath(new URL("./static/vendor/", import.meta.url));
const modules = fileURLToPath(new URL("../../../../node_modules/", import.meta.url));

const charts = `
  export { init, registerMap } from "echarts/core";
  import { use } from "echarts/core";
  import { BarChart, LineChart, ScatterChart } from "echarts/charts";
  import { AriaComponent, AxisPointerComponent, GeoComponent, GridComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
  import { CanvasRenderer } from "echarts/renderers";
  use([BarChart, LineChart, ScatterChart, AriaComponent, AxisPointerComponent, GeoComponent, GridComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent, CanvasRenderer]);`;

const geo = `
  import { feature } from "topojson-client";
  import atlas from "world-atlas/countries-110m.json";
  export { geoNaturalEarth1, geoMercator, geoAzimuthalEqualArea, geoInterpolate, geoDistance, geoPath, geoGraticule } from "d3-geo";
  export const land = feature(atlas, { ...atlas.objects.countries, geometries: atlas.objects.countries.geometries.filter(g => g.properties.name !== "Antarctica") });`;

const bundle = (contents, globalName, name) => build({
  stdin: { contents, resolveDir: modules + ".." }, bundle: true, minify: true, format: "iife", globalName, target: "es2020",
  outfile: out + name, legalComments: "none", define: { "process.env.NODE_ENV": '"production"' }, logLevel: "warning" });

const licences = ["echarts", "zrender", "htmx.org", "d3-geo", "d3-array", "internmap", "topojson-client", "world-atlas", "tslib",
  "@fontsource-variable/geist", "@fontsource-variable/geist-mono"];
const licence = async name => {
  const { version } = JSON.parse(await readFile(`${modules}${name}/package.json`, "utf8"));
  for (const file of ["LICENSE", "LICENSE.md", "LICENSE.txt"]) {
    const text = await readFile(`${modules}${name}/${file}`, "utf8").catch(() => null);
    if (text) return `${"=".repeat(100)}\n${name} ${version}\n${"=".repeat(100)}\n\n${text.trim()}\n`;
  }
  throw new Error(`no licence found for ${name}`);
};

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await bundle(charts, "echarts", "echarts.min.js");
await bundle(geo, "geo", "geo.min.js");
await copyFile(require.resolve("htmx.org/dist/htmx.min.js"), out + "htmx.min.js");
for (const font of ["geist", "geist-mono"])
  await copyFile(`${modules}@fontsource-variable/${font}/files/${font}-latin-wght-normal.woff2`, `${out}${font}.woff2`);
await writeFile(out + "LICENCES.txt", (await Promise.all(licences.map(licence))).join("\n"));
