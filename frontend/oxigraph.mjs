// Oxigraph as browsers load it: its glue as a function that makes an instance each time that it is called.
import { readFile } from "node:fs/promises";
import { transform } from "esbuild";

// What is taken from the glue, and what is there in its place; each has to be there.
const CHANGES = [
  [/async function __wbg_load[^]*?\n}\n/, ""],
  [/async function __wbg_init[^]*$/, ""],
  [/^export /gm, ""],
  [/^if \(Symbol\.dispose\).*$/gm, ""],
  ["Date.now()", "now()"],
  ["console.error(", "say("],
];

const changed = text => CHANGES.reduce((before, [from, to]) => {
  const after = before.replace(from, to);
  if (after === before) throw new Error(`The glue of Oxigraph has no ${from} any more.`);
  return after;
}, text);

// *now* tells the time, and stops the engine by throwing; *say* takes what it says of a crash. An instance that
// was stopped is never called again: so there is nobody who would give its objects back.
const wrapped = async text => {
  // What is not used of the glue is left out, which is known of a module alone.
  const { code } = await transform(`${changed(text)}\nexport { initSync, Store, namedNode };`, { treeShaking: true, format: "esm" });
  return `export default function instance(module, now, say) {
const FinalizationRegistry = undefined;
${code.replace(/export \{[^}]*\};\s*$/, "")}
return { exports: initSync({ module }), Store, namedNode };
}`;
};

export const oxigraph = {
  name: "oxigraph",
  setup: build => build.onLoad({ filter: /oxigraph[\\/]web\.js$/ }, async ({ path }) => ({
    contents: await wrapped(await readFile(path, "utf8")),
  })),
};
