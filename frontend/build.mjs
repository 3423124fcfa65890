// Builds what pages load of other people's packages, and what answers requests in a published site:
// node build.mjs PAGES SITE [what was built of SITE before]
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { build } from "esbuild";
import zopfli from "@gfx/zopfli";
import { land } from "./land.mjs";
import { meter } from "./meter.mjs";
import { oxigraph } from "./oxigraph.mjs";

const [pages, site, before = site] = process.argv.slice(2);
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

const script = (name, format) => build({
  ...options,
  entryPoints: [`endpoint/${name}.js`],
  outdir: site,
  format,
  plugins: [oxigraph],
  external: ["node:*"],
});

// The endpoint as the service worker reads it: packed, and as a function's text, for it can import no module later.
const packed = async () => {
  const { outputFiles: [{ contents }] } = await build({
    ...options,
    entryPoints: ["endpoint/endpoint.js"],
    write: false,
    format: "iife",
    globalName: "site",
    plugins: [oxigraph],
    external: ["node:*"],
  });
  await writeFile(join(site, "endpoint.js.gz"), await zopfli.gzipAsync(contents, {}));
};

// To compress it takes seconds: it is not done again for what was compressed before.
const engine = async () => {
  const wasm = await readFile("node_modules/oxigraph/web_bg.wasm"), name = "oxigraph.wasm.gz", old = join(before, name);
  const metered = meter(wasm, { call: /^__wbg_now_/, every: 50_000, megabytes: 512 });
  if (existsSync(old) && gunzipSync(await readFile(old)).equals(metered)) {
    if (before !== site) await copyFile(old, join(site, name));
  } else await writeFile(join(site, name), await zopfli.gzipAsync(metered, { numiterations: 1 }));
};

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
await packed();
await engine();
await licences(site, ["oxigraph"]);
