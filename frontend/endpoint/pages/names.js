// IRIs as people read them, and where their pages are: as gbagraph.rdf.namespaces on a server.

const CHARACTERS = "A-Za-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d\\u2070-\\u218f"
  + "\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd";
const FIRST = `[${CHARACTERS}_0-9]|%[0-9A-Fa-f]{2}`;
const INNER = `[${CHARACTERS}_0-9\\u00b7\\u0300-\\u036f\\u203f\\u2040-]|%[0-9A-Fa-f]{2}`;
// PN_LOCAL of SPARQL 1.1, section 19.8, without backslash and colon.
const LOCAL = new RegExp(`^(?:${FIRST})(?:(?:${INNER}|\\.)*(?:${INNER}))?$`);
const VOCABULARIES = ["https://w3id.org/gbagraph/ontology#", "https://w3id.org/gbagraph/evidence#"];
const READ_OTHERWISE = /[?%]|^\/|(^|\/)\.{1,2}(\/|$)/;
// Units of QUDT as people write them.
const UNIT = "http://qudt.org/vocab/unit/";
const UNITS = {
  KiloM2: "km²", M2: "m²", HA: "ha", KiloM: "km", M: "m", CentiM: "cm", MilliM: "mm", NUM: "", UNITLESS: "", YR: "years",
  MO: "months", WK: "weeks", DAY: "days", HR: "hours", MIN: "minutes", SEC: "s", PERCENT: "%", KiloGM: "kg", TONNE: "t",
  DEG_C: "°C", "KiloM-PER-HR": "km/h", MegaW: "MW", KiloW: "kW", "KiloW-HR": "kWh", "NUM-PER-YR": "a year",
};

// The IRI with a prefix where there is one, else as it is; the longest namespace wins.
export function compact(iri, prefixes) {
  const fitting = Object.entries(prefixes).filter(([, space]) => space && iri.startsWith(space));
  const best = fitting.sort(([, one], [, other]) => other.length - one.length)
    .find(([, space]) => LOCAL.test(iri.slice(space.length)));
  return best ? `${best[0]}:${iri.slice(best[1].length)}` : iri;
}

const documentPath = (iri) => `/doc?${new URLSearchParams({ iri })}`;

// The path of the page about an IRI; null for an IRI of another site.
export function localPath(iri, base) {
  const isOwn = iri.startsWith(base), rest = isOwn ? iri.slice(base.length) : iri;
  const isPart = isOwn && rest.includes("#") && !VOCABULARIES.some((space) => iri.startsWith(space));
  if (!base || isPart) return documentPath(iri);
  if (!isOwn) return null;
  return READ_OTHERWISE.test(rest) ? documentPath(iri) : `/${rest}`;
}

// The sign of a unit; undefined for any other IRI.
export const unitSign = (iri) => (iri.startsWith(UNIT) ? UNITS[iri.slice(UNIT.length)] : undefined);
