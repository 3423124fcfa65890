// The part of a page with the answer, or what is wrong: as the server's templates answer.html and those in it.

import { html } from "./html.js";
import { snippets } from "./snippets.js";
import { Table } from "./table.js";

const TOO_LONG = "The query is too long for an address, so there are no links to other rows, views and files. Programs send it by POST and get all rows.";

// What came of a question: *found* is its kind with a boolean, or with the rows that are shown and the number
// of all; *turtle* the text of a graph in that view, *call* what programs ask.
export class Section {
  constructor(found, { address, reader, labels, formats, turtle, call, isOrdered, titles }) {
    Object.assign(this, { found, address, reader, formats, turtle, call, isOrdered });
    if (found.kind === "graph") titles = Object.fromEntries(found.names.map((name) => [name, reader.say(name)]));
    this.isTurtle = turtle !== undefined;
    if (found.rows && !this.isTurtle) this.table = new Table({ ...found, titles }, address, reader, labels);
  }

  get html() {
    const { found, reader } = this;
    return html`<section id="answer" aria-labelledby="answer-title"${found.kind !== "boolean" && html` data-rows="${found.total}"`}>
<div class="answer-head">
<h2 id="answer-title">${reader.say("Answer")}</h2>
<p class="count soft" role="status">${found.kind !== "boolean" && reader.count("%(number)s rows", found.total)}</p>
${this.table?.cells.length > 0 && html`<a class="skip" href="#rows">${reader.say("Skip to the rows")}</a>`}${this.views}${this.address.isLinkable && this.tools}
</div>
${this.address.isLinkable ? this.filter : html`<p class="notice">${reader.say(TOO_LONG)}</p>`}
${this.content}</section>
`;
  }

  // A graph has two views; pictures of answers are made when the site is written.
  get views() {
    if (this.found.kind !== "graph" || !this.address.isLinkable) return null;
    const tab = (name, view, isHere) => html`<a href="${this.address.link({ view })}#answer"${isHere && html` aria-current="true"`}>${this.reader.say(name)}</a> `;
    return html`<nav class="views" aria-label="${this.reader.say("Views")}">
${tab("Table", null, !this.isTurtle)}${tab("Turtle", "turtle", this.isTurtle)}
</nav>
`;
  }

  get tools() {
    const { reader, address, found: { kind, total } } = this, say = (text) => reader.say(text);
    const copy = kind === "solutions" && total > 0
      && html`<button type="button" class="copy" data-from="${address.download("tsv")}" data-copied="${say("Copied")}" hidden>${say("Copy")}</button>`;
    return html`<div class="answer-tools">
${this.table?.hasNames && html`<label class="inline"><input type="checkbox" id="names"> ${say("Identifiers")}</label>`}${copy}<details class="leave" name="leave">
<summary>${say("Download")}</summary>
<div>
<ul class="chips">
${this.formats[kind].filter(({ standard }) => standard).map(({ name, label }) => html`<li><a href="${address.download(name)}">${say(label)}</a></li>
`)}</ul>
</div>
</details>
<details class="leave" name="leave">
<summary>${say("Code")}</summary>
<div>
${snippets({ kind, ...this.call }).map(([title, text], at) => this.snippet(title, text, at === 0))}</div>
</details>
</div>`;
  }

  snippet(title, text, isOpen) {
    const { reader } = this;
    return html`<details name="code"${isOpen && html` open`}>
<summary>${title}</summary>
<pre tabindex="0" role="region" aria-label="${title}" data-language="javascript" data-copy="${reader.say("Copy")}" data-copied="${reader.say("Copied")}">${text}</pre>
</details>
`;
  }

  get filter() {
    const { reader, address, found } = this, find = address.shown("find");
    if (found.kind === "boolean" || !(found.total > 20 || find)) return null;
    return html`<form class="inline-form" action="./#answer" method="get">
${address.hidden("find").map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">
`)}<label class="inline"><span>${reader.say("Rows with")}</span> <input type="search" name="${address.named("find")}" value="${find}"></label>
<button>${reader.say("Filter")}</button>
</form>
`;
  }

  get content() {
    const { reader, address, found, table, turtle } = this, find = address.shown("find");
    if (found.kind === "boolean") return verdict(found.boolean, reader);
    if (turtle) return html`<pre class="turtle" tabindex="0" role="region" aria-label="Turtle">${turtle}</pre>
`;
    if (this.isTurtle) return this.notice("The graph is too large to be shown as text. Download it.");
    if (table.cells.length) return html`${table.html}${this.pages}`;
    if (found.total) return this.notice("There are no rows on this page.", html` <a href="${address.link()}">${reader.say("The first page")}</a>`);
    if (!find) return this.notice("The answer is empty: nothing fits the whole pattern.");
    return html`<p class="notice">${reader.say("No row contains “%(text)s”.", { text: find })} <a href="${address.link({ find: null })}">${reader.say("Show all rows")}</a></p>
`;
  }

  notice(text, link) {
    return html`<p class="notice">${this.reader.say(text)}${link}</p>
`;
  }

  get pages() {
    const { reader, address, found: { first, rows, total } } = this, last = first + rows.length - 1, { page } = address;
    if (!address.isLinkable || (page === 1 && last >= total)) return null;
    const to = (number, name, rel) => html`<a${rel && html` rel="${rel}"`} href="${address.link({ page: number > 1 ? number : null })}#answer">${reader.say(name)}</a>
`;
    const numbers = { first: first.toLocaleString("en"), last: last.toLocaleString("en") };
    return html`<nav class="pages" aria-label="${reader.say("Pages")}">
${page > 2 && to(1, "First")}${page > 1 && to(page - 1, "Previous", "prev")}<span class="soft">${reader.say("rows %(first)s to %(last)s", numbers)}</span>
${last < total && to(page + 1, "Next", (this.isOrdered || address.shown("order")) && "next")}</nav>
`;
  }
}

function verdict(isTrue, reader) {
  const [word, sentence] = isTrue ? ["Yes.", "There is something that fits the pattern."] : ["No.", "Nothing fits the pattern."];
  return html`<p class="verdict ${isTrue ? "yes" : "no"}"><strong>${reader.say(word)}</strong> ${reader.say(sentence)}</p>
`;
}

// What is wrong: at a place in the query, which the editor underlines, or all of it.
export function failed({ name, message, more }, title, reader) {
  const { line, column, excerpt } = more, english = reader.language !== "en" && html` lang="en"`;
  const isPlaced = name === "query-syntax" && line;
  const marks = isPlaced && html` data-line="${line}" data-column="${column}" data-code="syntax" data-severity="error"`;
  const said = isPlaced
    ? html`<p><strong>${reader.say("This is not valid SPARQL.")}</strong> <small>${reader.say("line %(line)s, column %(column)s", { line, column })}</small><br>
<span${english}>${message.replace(/^Line \d+, column \d+: /, "")}</span></p>`
    : html`<p${english}><strong>${reader.say(title)}${reader.say(".")}</strong> ${message}</p>`;
  return html`<section id="answer" aria-labelledby="answer-title">
<h2 id="answer-title">${reader.say("No answer")}</h2>
<div class="notice error" id="error" role="alert"${marks}>
${said}
${excerpt && html`<pre tabindex="0" role="region" aria-label="${reader.say("The place in the query")}">${excerpt}</pre>`}
</div>
</section>
`;
}
