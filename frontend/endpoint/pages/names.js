// Where the pages about IRIs are, as gbagraph.rdf.namespaces on a server, and what IRIs without a label are called.

import { inPath } from "../binding.js";
import { localName } from "../texts.js";

const VOCABULARIES = ["https://w3id.org/gbagraph/ontology#", "https://w3id.org/gbagraph/evidence#"];
// Of the name of a folder; a longer one ends with a hash.
export const LONGEST = 200;
const READ_OTHERWISE = /[?%]|^\/|(^|\/)\.{1,2}(\/|$)/;
// Units of QUDT as people write them.
const UNIT = "http://qudt.org/vocab/unit/";
const UNITS = {
  KiloM2: "km²", M2: "m²", HA: "ha", KiloM: "km", M: "m", CentiM: "cm", MilliM: "mm", NUM: "", UNITLESS: "", YR: "years",
  MO: "months", WK: "weeks", DAY: "days", HR: "hours", MIN: "minutes", SEC: "s", PERCENT: "%", KiloGM: "kg", TONNE: "t",
  DEG_C: "°C", "KiloM-PER-HR": "km/h", MegaW: "MW", KiloW: "kW", "KiloW-HR": "kWh", "NUM-PER-YR": "a year",
};

// What stands for ?iri=IRI in the name of a folder, as gbagraph.features.site.places names it.
export const namedBy = (iri) => `iri=${inPath(iri).replaceAll("~3D", "=")}`;

// The folder of the page about an IRI, with a fragment; null for an IRI of another site, or without a page.
export function folderOf(iri, base) {
  const isOwn = iri.startsWith(base), rest = isOwn ? iri.slice(base.length) : iri;
  const isTerm = VOCABULARIES.some((space) => iri.startsWith(space));
  if (isOwn && base && isTerm) return rest.replace("#", "/#");
  if (base && !isOwn) return null;
  if (base && !rest.includes("#") && !READ_OTHERWISE.test(rest)) return `${VOCABULARIES.includes(`${iri}#`) ? "" : "doc/"}${rest}/`;
  const named = namedBy(iri);
  return named.length > LONGEST ? null : `doc/${named}/`;
}

const inWords = (name) => name.replace(/(?<=[a-z0-9])(?=[A-Z][a-z])|[_-]+/g, " ").split(/\s+/)
  .map((word) => (/[a-z]/.test(word) ? word.toLowerCase() : word)).join(" ");

// What an IRI is called by *words* of a language: a unit by its sign; undefined for most.
export function calledIn(words, iri) {
  const end = localName(iri), sign = iri.startsWith(UNIT) ? UNITS[end] : undefined;
  return words[UNITS[end] || inWords(end)] ?? sign;
}
