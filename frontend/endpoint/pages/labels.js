// Labels of what a page shows, in the languages that its reader prefers.

import { labelsOf } from "../labels.js";

// The tags in which names are looked up for pages in a language, the preferred first.
export function tagsOf(language, { languages, language: own }) {
  const scripts = languages.filter((tag) => tag.split("-")[0] === language.split("-")[0]);
  return [...new Set([language, ...scripts, own, "en"].filter(Boolean).map((tag) => tag.toLowerCase()))];
}

export class Labels {
  // *inGraphs*: the query reads named graphs, and so names are looked up there, too.
  constructor(engine, tags, inGraphs) {
    Object.assign(this, { engine, tags, inGraphs, found: new Map() });
  }

  // Looks up what is not known yet of the IRIs.
  async read(iris) {
    const wanted = [...new Set(iris)].filter((iri) => !this.found.has(iri));
    if (!wanted.length) return;
    const labels = await labelsOf(this.engine, wanted, this.tags, this.inGraphs);
    wanted.forEach((iri) => this.found.set(iri, labels.get(iri)));
  }

  of(term) {
    return term.type === "uri" ? this.found.get(term.value) : undefined;
  }
}
