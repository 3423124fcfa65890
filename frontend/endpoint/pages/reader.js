// For whom a page is: the words of the language, names of IRIs, and links from where the page is.

import { compact } from "../terms.js";
import { calledIn, folderOf } from "./names.js";

const DATATYPE = /^xsd:/;

export class Reader {
  // *root* leads from the page to the first page in its language.
  constructor(settings, language, root) {
    Object.assign(this, { settings, language, root, words: settings.words[language] ?? {}, compacted: new Map() });
  }

  // A text in the language of the page, with values for its %(names)s.
  say(text, values = {}) {
    return (this.words[text] ?? text).replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);
  }

  count(text, count) {
    const number = count.toLocaleString("en");
    const said = this.words[text] ?? (count === 1 ? text.replace(/s$/, "") : text);
    return said.replace("%(number)s", number);
  }

  compact(iri) {
    if (!this.compacted.has(iri)) this.compacted.set(iri, compact(iri, this.settings.prefixes));
    return this.compacted.get(iri);
  }

  // Where to read of an IRI; null if not on this site.
  linked(iri) {
    const folder = folderOf(iri, this.settings.iri_base);
    return folder === null ? null : this.root + folder;
  }

  // What a term of results JSON is for people: text, the IRI to link to, kind of text, language and direction.
  value(term, label) {
    if (term.type === "bnode") return { text: `_:${term.value}` };
    if (term.type === "triple") return { text: ["subject", "predicate", "object"].map((part) => this.value(term.value[part]).text).join(" ") };
    if (term.type === "uri") return this.ofIri(term.value, label);
    const language = term["xml:lang"] ?? "";
    const kind = language || this.compact(term.datatype ?? "").replace(DATATYPE, "");
    return { text: term.value, note: kind === "string" ? "" : kind, language, direction: term["its:dir"] ?? "" };
  }

  ofIri(iri, label) {
    const short = this.compact(iri);
    if (!label) return { text: calledIn(this.words, iri) ?? short, iri };
    const { value: text, "xml:lang": language = "", "its:dir": direction = "" } = label;
    return { text, iri, name: short === text ? "" : short, language, direction };
  }
}
