// The document about the thing with any IRI: it is a file of the site, to which is led.

import { encoded } from "./binding.js";
import { existing, hashOf } from "./files.js";
import { LONGEST, namedBy } from "./pages/names.js";
import { Problem } from "./problem.js";
import { found } from "./search.js";
import { compact } from "./terms.js";
import { localName } from "./texts.js";

const NAMED = ["thing", "class", "property"];
// The score from which on a name fits, and no definition alone.
const LEAST = 0.6;
const SIMILAR = 5;
const SHORTEST = 3;

async function named(iri) {
  const name = namedBy(iri);
  return name.length > LONGEST ? `${name.slice(0, 100)}~${(await hashOf(`iri=${encoded(iri)}`)).slice(0, 20)}` : name;
}

async function pathOf(iri, { iri_base: base }) {
  const rest = iri.startsWith(base) && base ? iri.slice(base.length) : "";
  return rest && !rest.includes("#") ? `doc/${rest}` : `doc/${await named(iri)}`;
}

export async function doc(site, { url, parameters, language }) {
  const iri = parameters.getAll("iri").at(-1), settings = await site.settings();
  if (iri === undefined) throw new Problem("malformed-request", "Say of what: /doc?iri=IRI.");
  const path = await pathOf(iri, settings);
  if (!await existing(site, `${path}/index.html`)) throw new Problem("not-found", `${iri} is not the name of anything in this graph.`, { suggestions: await like(site, iri, settings) });
  // Claims and other nodes have a page in the first language only, and files have none.
  const format = url.searchParams.get("format"), isFirst = format || language === settings.languages[0];
  const folder = !isFirst && await existing(site, `${language}/${path}/index.html`) ? `${language}/` : "";
  const location = `${site.base.pathname}${folder}${encodeURI(path)}${format ? `?format=${encodeURIComponent(format)}` : ""}`;
  return new Response(null, { status: 303, headers: { location } });
}

// What there is with a name like the end of an IRI; where nothing has all of it, like its longest word.
async function like(site, iri, settings) {
  if (!settings.has_search) return [];
  const text = localName(iri).slice(0, 80).replace(/[-_]/g, " ").trim();
  const longest = text.split(/\s+/).reduce((one, other) => (other.length > one.length ? other : one), "");
  const all = await namedLike(site, text), rows = all.length ? all : await namedLike(site, longest);
  return rows.map(({ iri: other, label, address }) => ({
    label: label === localName(other) ? compact(other, settings.prefixes) : label, iri: other, address: `/${address}`,
  }));
}

async function namedLike(site, text) {
  if (text.length < SHORTEST) return [];
  const { results, suggestions = [] } = await found(site, { text, kinds: NAMED, languages: ["en"], limit: SIMILAR });
  const rows = results.filter(({ score }) => score >= LEAST);
  return rows.length ? rows : suggestions.filter(({ kind }) => NAMED.includes(kind));
}
