// Rows of an answer as a table: as gbagraph.web.table and the templates answer-table.html and term.html.

import { html } from "./html.js";

const STAR = /(?:^|\s)SELECT\s+(?:DISTINCT\s+|REDUCED\s+)?\*/i;
const NO_VARIABLE = /"""[^]*?"""|'''[^]*?'''|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|<[^<>\s]*>|#.*|[?$](\w+)/g;
const LONGEST = 1000;
// Characters of queries in the links of all columns; a page with more has none to sort by.
const LINKED = 500_000;
const NUMBERS = new Set(["integer", "decimal", "double", "float", "long", "int", "short", "byte"]);
const ARROWS = { none: "↕", ascending: "▲", descending: "▼" };
const PLACES = ["subject", "predicate", "object"];
const ADDRESS = /^https?:\/\//;

// The columns of SELECT * as the query mentions them; the engine sorts them by name.
function inOrder(names, query) {
  if (!STAR.test(query)) return names;
  const mentioned = [...new Set([...query.matchAll(NO_VARIABLE)].map((match) => match[1]).filter(Boolean))];
  const place = (name) => (mentioned.includes(name) ? mentioned.indexOf(name) : mentioned.length);
  return [...names].sort((one, other) => place(one) - place(other));
}

// For columns of IRIs the column with their labels, where the query has one.
export function labelling(names, rows) {
  const found = new Map(names.filter((name) => names.includes(`${name}Label`)).map((name) => [name, `${name}Label`]));
  for (const row of rows) for (const [name, label] of found) {
    if (row[label] && !(row[name]?.type === "uri" && row[label].type === "literal")) found.delete(name);
  }
  return found;
}

export class Table {
  // *titles* are what people call columns, if not by their names.
  constructor({ names, rows, query, titles = {} }, address, reader, labels) {
    Object.assign(this, { address, reader, labels, titles, query });
    const ordered = inOrder(names, query);
    this.labelled = labelling(ordered, rows);
    this.labelColumns = new Set(this.labelled.values());
    const shown = ordered.filter((name) => !this.labelColumns.has(name));
    this.cells = rows.map((row) => shown.map((name) => this.cell(row, name)));
    this.canSort = address.isLinkable && names.length * query.length <= LINKED;
    this.columns = shown.map((name, at) => this.column(name, this.cells.map((row) => row[at]).filter(({ values }) => values.length)));
  }

  get hasNames() {
    return this.cells.flat().some(({ values }) => values.some(({ name }) => name));
  }

  cell(row, name) {
    const term = row[name];
    if (!term) return { values: [] };
    if (term.type === "triple") return { values: PLACES.map((part) => this.shown(term.value[part])) };
    const own = row[this.labelled.get(name)];
    if (own) return { values: [this.reader.value(term, own)] };
    const value = this.shown(term);
    return { values: [value], isNumber: NUMBERS.has((value.note ?? "").split(":")[0]) && !value.language };
  }

  shown(term) {
    const value = this.reader.value(term, this.labels.of(term));
    const signs = value.text.length > LONGEST ? [...value.text] : [];
    return signs.length > LONGEST ? { ...value, text: `${signs.slice(0, LONGEST).join("")}…` } : value;
  }

  column(name, filled) {
    const order = this.address.shown("order");
    const sorted = { [name]: "ascending", [`-${name}`]: "descending" }[order] ?? "none";
    const after = { none: name, ascending: `-${name}`, descending: null }[sorted];
    const notes = new Set(filled.flatMap(({ values }) => values.map(({ note }) => note ?? "")));
    return {
      sorted, title: this.titles[name] || name, isNumber: filled.length > 0 && filled.every(({ isNumber }) => isNumber),
      note: notes.size === 1 ? [...notes][0] : "", link: this.canSort ? this.address.link({ order: after }) : "",
    };
  }

  get html() {
    const { reader } = this;
    return html`<div class="scroll" id="rows" tabindex="0" role="region" aria-label="${reader.say("Rows")}">
<table class="answer rows">
<thead><tr>
${this.columns.map((column) => this.head(column))}</tr></thead>
<tbody>
${this.cells.map((row) => html`<tr>${row.map((cell, at) => this.written(cell, this.columns[at]))}
</tr>
`)}</tbody>
</table>
</div>
`;
  }

  head({ sorted, title, isNumber, note, link }) {
    const isSortable = link || sorted !== "none";
    const arrow = isSortable && html`<span aria-hidden="true"> ${ARROWS[sorted]}</span>`;
    const named = link ? html`<a href="${link}#answer" rel="nofollow">${title}${arrow}</a>` : html`${title}${arrow}`;
    const attributes = html`${isNumber && html` class="number"`}${isSortable && html` aria-sort="${sorted}"`}`;
    return html`<th scope="col"${attributes}>${named}${note && html` <small class="note">${this.reader.say(note)}</small>`}</th>
`;
  }

  written({ values }, { title, isNumber, note }) {
    const terms = values.map((value) => term(note && values.length === 1 ? { ...value, note: "" } : value, this.reader));
    const shown = terms.length > 1 ? html`<span class="triple">${terms.map((each) => html`${each} `)}</span>` : terms;
    return html`<td${isNumber && html` class="number"`} data-column="${title}">${shown}</td>`;
  }
}

// A term: a label that links, with the prefixed name for those who write queries; a text with its kind.
function term(value, reader) {
  const { text, iri, name, note } = value, spoken = language(value, reader);
  if (iri) return html`${linked(value, reader, spoken)}${name && html` <code class="name">${name}</code>`}`;
  if (ADDRESS.test(text) && !text.includes(" ")) return html`<a href="${text}" rel="noreferrer">${text}</a>`;
  return html`<span${spoken}>${text}</span>${note && html` <small class="note">${reader.say(note)}</small>`}`;
}

// Of other sites, only what browsers open as pages is a link: an IRI can be of any scheme.
function linked({ text, iri }, reader, spoken) {
  const path = reader.linked(iri);
  if (path !== null) return html`<a href="${path}"${spoken}>${text}</a>`;
  return ADDRESS.test(iri) ? html`<a href="${iri}" rel="noreferrer"${spoken}>${text}</a>` : html`${text}`;
}

function language({ language, direction }, reader) {
  const isOther = language && language !== reader.language.toLowerCase();
  return html`${isOther && html` lang="${language}"`}${direction && html` dir="${direction}"`}`;
}
