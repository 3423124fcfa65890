// The address of an answer: what is asked, and the part that the page shows of it. As gbagraph.web.table.

import { encoded } from "../binding.js";
import { quoted } from "../negotiation.js";
import { Problem } from "../problem.js";

const PAGE = new Set(["view", "order", "find", "page", "measure", "by"]);
const FORMATS = new Set(["format", "output"]);
const FOR_PAGES = new Set(["evidence", "labels"]);
const LONGEST = 64 * 1024;
const LAST = 1_000_000;

export class Address {
  // *pairs* are the parameters of a request; *own* the names of those that a canned query has itself: the
  // server's of such a name have a dollar sign before them.
  constructor(pairs, own = new Set()) {
    this.own = own;
    const known = pairs.filter(([, value]) => value).map(([name, value]) => [name, value, this.plain(name)]);
    this.shows = known.filter(([, , plain]) => PAGE.has(plain)).map(([, value, plain]) => [plain, value]);
    this.asked = known.filter(([, , plain]) => !PAGE.has(plain) && !FORMATS.has(plain)).map(([name, value]) => [name, value]);
  }

  plain(name) {
    if (name.startsWith("$") && this.own.has(name.slice(1))) return name.slice(1);
    return this.own.has(name) ? "" : name;
  }

  named(name) {
    return this.own.has(name) ? `$${name}` : name;
  }

  shown(name) {
    return new Map(this.shows).get(name) ?? "";
  }

  get page() {
    const text = this.shown("page") || "1";
    if (/^\d{1,9}$/.test(text) && text >= 1 && text <= LAST) return Number(text);
    throw new Problem("bad-parameter", `The parameter page has the value ${quoted(text.slice(0, 100))}. Give a number from 1.`, { parameter: "page" });
  }

  // Can a link hold the question?
  get isLinkable() {
    return this.asked.reduce((sum, [, value]) => sum + value.length, 0) < LONGEST;
  }

  // With other values for these parameters of the server; null leaves one out. Whatever is changed but the
  // page itself leads to the first page.
  link(changes = {}) {
    const all = { page: null, ...changes };
    const changed = new Set(Object.keys(all).map((name) => this.named(name)));
    const kept = this.asked.filter(([name]) => !changed.has(name));
    const shown = this.shows.filter(([name]) => !(name in all)).map(([name, value]) => [this.named(name), value]);
    const added = Object.entries(all).filter(([, value]) => value).map(([name, value]) => [this.named(name), String(value)]);
    return this.written([...kept, ...shown, ...added]);
  }

  download(format) {
    return this.written([...this.forPrograms, [this.named("format"), format]]);
  }

  get forPrograms() {
    const without = new Set([...FOR_PAGES].map((name) => this.named(name)));
    return this.asked.filter(([name]) => !without.has(name));
  }

  // What a form keeps that sets the parameter *name*.
  hidden(name) {
    const without = new Set([this.named(name), this.named("page")]);
    const shown = this.shows.map(([key, value]) => [this.named(key), value]);
    return [...this.asked, ...shown].filter(([key]) => !without.has(key));
  }

  // Links are relative: they lead to the page that they stand in.
  written(pairs) {
    return pairs.length ? `?${pairs.map((pair) => pair.map(encoded).join("=")).join("&")}` : "./";
  }
}
