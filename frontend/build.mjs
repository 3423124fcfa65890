// Builds what pages load of other people's packages: node build.mjs FOLDER
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { land } from "./land.mjs";
import { oxigraph } from "./oxigraph.mjs";

const folder = process.argv[2];
const packages = ["prism-code-editor", "world-atlas"];

const licence = async name => {
  const { version } = JSON.parse(await readFile(`node_modules/${name}/package.json`, "utf8"));
  const text = await readFile(`node_modules/${name}/LICENSE`, "utf8");
  return `${name} ${version}\n\n${text.trim()}\n`;
};

await build({
  entryPoints: { prism: "editor-entry.js" },
  outdir: folder,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  banner: { js: "/*! prism-code-editor, MIT: LICENSES.txt */" },
});
const script = (from, format, to) => build({
  entryPoints: { [to]: `endpoint/${from}.js` },
  outdir: join(folder, "endpoint"),
  bundle: true,
  minify: true,
  format,
  target: "es2022",
  plugins: [oxigraph],
});
await script("endpoint", "esm", "endpoint");
await build({ entryPoints: { prism: "editor-entry.css" }, outdir: folder, bundle: true, minify: true });
const atlas = JSON.parse(await readFile("node_modules/world-atlas/land-10m.json", "utf8"));
await writeFile(join(folder, "land.json"), JSON.stringify(land(atlas)) + "\n");
const licences = await Promise.all(packages.map(licence));
await writeFile(join(folder, "LICENSES.txt"), licences.join(`\n${"-".repeat(72)}\n\n`));
