// Builds what pages load of other people's packages, and what answers requests in a published site:
// node build.mjs PAGES SITE
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { land } from "./land.mjs";
import { meter } from "./meter.mjs";
import { oxigraph } from "./oxigraph.mjs";

const [pages, site] = process.argv.slice(2);
const options = { bundle: true, minify: true, target: "es2022" };

const licence = async name => {
  const { version, license } = JSON.parse(await readFile(`node_modules/${name}/package.json`, "utf8"));
  const own = `node_modules/${name}/LICENSE`;
  const text = await readFile(existsSync(own) ? own : "../LICENSE", "utf8");
  return `${name} ${version}, ${license}\n\n${text.trim()}\n`;
};

const licences = async (folder, names) => {
  const texts = await Promise.all(names.map(licence));
  await writeFile(join(folder, "LICENSES.txt"), texts.join(`\n${"-".repeat(72)}\n\n`));
};

const script = (name, format, more) => build({
  ...options,
  entryPoints: [`endpoint/${name}.js`],
  outfile: join(site, `${name}.js`),
  format,
  plugins: [oxigraph],
  external: ["node:*"],
  ...more,
});

await Promise.all([mkdir(pages, { recursive: true }), mkdir(site, { recursive: true })]);
await build({
  ...options,
  entryPoints: { prism: "editor-entry.js" },
  outdir: pages,
  format: "esm",
  banner: { js: "/*! prism-code-editor, MIT: LICENSES.txt */" },
});
await build({ ...options, entryPoints: { prism: "editor-entry.css" }, outdir: pages });
const atlas = JSON.parse(await readFile("node_modules/world-atlas/land-10m.json", "utf8"));
await writeFile(join(pages, "land.json"), JSON.stringify(land(atlas)) + "\n");
await licences(pages, ["prism-code-editor", "world-atlas"]);
await script("endpoint", "esm");
for (const name of ["sw", "boot", "lost"]) await script(name, "iife");
await script("ask", "esm");
// The endpoint as the service worker reads it, as a function's text.
await script("endpoint", "iife", { globalName: "site", outfile: join(site, "worker.js") });
const wasm = await readFile("node_modules/oxigraph/web_bg.wasm");
await writeFile(join(site, "oxigraph.wasm"), meter(wasm, { call: /^__wbg_now_/, every: 50_000, megabytes: 512 }));
await licences(site, ["oxigraph"]);
