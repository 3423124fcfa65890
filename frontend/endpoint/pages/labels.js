// Labels of IRIs in the languages that a reader prefers: as gbagraph.rdf.labels on a server.

// Properties whose values are names, those of choice first.
const PROPERTIES = [
  "http://www.w3.org/2000/01/rdf-schema#label", "http://www.w3.org/2004/02/skos/core#prefLabel",
  "http://www.w3.org/2004/02/skos/core#altLabel", "https://schema.org/name", "https://schema.org/alternateName",
  "http://xmlns.com/foaf/0.1/name", "http://purl.org/dc/terms/title", "http://purl.org/dc/elements/1.1/title",
  "http://schema.org/name", "http://schema.org/alternateName", "http://www.w3.org/2006/vcard/ns#fn",
];

// The tags in which names are looked up for pages in a language, the preferred first.
export function tagsOf(language, { languages, language: own = "" }) {
  const scripts = languages.filter((tag) => tag.split("-")[0] === language.split("-")[0]);
  return [...new Set([language, ...scripts, own, "en"].filter(Boolean).map((tag) => tag.toLowerCase()))];
}

// Conditions on a tag in lower case, the strictest first (RFC 4647, section 3.4).
function conditions(language) {
  const parts = language.split("-");
  const exact = parts.map((_, at) => parts.slice(0, parts.length - at).join("-")).map((wanted) => (tag) => tag === wanted);
  return [...exact, (tag) => tag.startsWith(`${language}-`)];
}

const tag = (label) => (label["xml:lang"] ?? "").toLowerCase();
const asText = (label) => `${JSON.stringify(label.value)}${label["xml:lang"] ?? label.datatype ?? ""}`;
const before = (one, other) => (one < other ? -1 : 1);

export class Labels {
  // *ask* gives the rows of a query. Names are looked up in the default graph, and if *inGraphs* in all others.
  constructor(ask, tags, inGraphs) {
    Object.assign(this, { ask, inGraphs, found: new Map() });
    this.fits = [...tags.flatMap(conditions), (tag) => !tag];
  }

  // Looks up what is not known yet of the IRIs.
  async read(iris) {
    const wanted = [...new Set(iris)].filter((iri) => !this.found.has(iri));
    if (!wanted.length) return;
    const listed = (all) => all.map((iri) => `<${iri}>`).join(" ");
    const named = this.inGraphs ? "UNION { GRAPH ?g { ?s ?p ?o } }" : "";
    const rows = await this.ask(`SELECT DISTINCT ?s ?p ?o { VALUES ?s { ${listed(wanted)} } VALUES ?p { ${listed(PROPERTIES)} }
      { ?s ?p ?o } ${named} FILTER isLiteral(?o) }`);
    const known = Map.groupBy(rows, (row) => row.s.value);
    for (const iri of wanted) this.found.set(iri, this.chosen(known.get(iri) ?? []));
  }

  chosen(rows) {
    const ranked = rows.map(({ p, o }) => [PROPERTIES.indexOf(p.value), o])
      .sort(([one, a], [other, b]) => one - other || before(asText(a), asText(b))).map(([, label]) => label);
    for (const fits of this.fits) {
      const label = ranked.find((each) => fits(tag(each)));
      if (label) return label;
    }
    return undefined;
  }

  of(term) {
    return term.type === "uri" ? this.found.get(term.value) : undefined;
  }
}
