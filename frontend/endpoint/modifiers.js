// What every canned query takes beside its own parameters: which rows to give, and in which order. They
// become a part of the query itself, as on the server.

import { AGGREGATES } from "./dialect.js";
import { Problem } from "./problem.js";
import { quoted } from "./negotiation.js";
import { closings, is, replaced, words } from "./rewriting.js";
import { inQuotes } from "./terms.js";
import { term } from "./values.js";

export const MODIFIERS = ["limit", "offset", "sort", "filter"];
export const REPEATED = ["sort", "filter"];

const AFTER_PATTERN = ["GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"];
const CONDITION = /^([\p{L}\p{N}_]+)\s*(<=|>=|!=|=|<|>|~)\s*(.+)$/su;
const SORT = /^(-?)([\p{L}\p{N}_]+)$/u;

export function bad(parameter, text, expected) {
  const value = Array.from(text).slice(0, 100).join("");
  const detail = `The parameter ${parameter} has the value ${quoted(value)}. Expected: ${expected}.`;
  return new Problem("bad-parameter", detail, { parameter, value, expected });
}

// Where the bracket that is opened at this place of the words is closed.
function closing(found, at) {
  const opening = found[at].text, closed = closings(found, opening, opening === "(" ? ")" : "}");
  return closed.get(at) ?? found.length - 1;
}

// What a column shows, without the parentheses around all of it.
function expression(text, found) {
  while (found[0].text === "(" && closing(found, 0) === found.length - 1) found = found.slice(1, -1);
  return text.slice(found[0].start, found.at(-1).end);
}

// The columns of a SELECT, by name, with what they show, and where its words go on; null for an asterisk.
function columns(text, found, at) {
  const named = new Map();
  if (found[at].text === "*") return [null, at + 1];
  while (found[at]?.kind === "variable" || found[at]?.text === "(") {
    const end = found[at].text === "(" ? closing(found, at) : at;
    if (end === at) named.set(found[at].text.slice(1), found[at].text);
    else if (is(found[end - 2], "AS")) named.set(found[end - 1].text.slice(1), expression(text, found.slice(at + 1, end - 2)));
    at = end + 1;
  }
  return [named, at];
}

// A query with what is to be put into it.
class Changed {
  constructor(name, text, settings) {
    Object.assign(this, { name, text, settings, insertions: [] });
    const found = words(text);
    let at = found.findIndex((token) => is(token, "SELECT", "ASK", "CONSTRUCT", "DESCRIBE"));
    if (!is(found[at], "SELECT")) throw this.refused("only the rows of SELECT can be chosen, sorted and filtered");
    at += is(found[at + 1], "DISTINCT", "REDUCED") ? 2 : 1;
    const first = at;
    [this.columns, at] = columns(text, found, at);
    const opening = found.findIndex((token, place) => place >= at && token.text === "{");
    const end = closing(found, opening);
    this.where = { start: found[opening].start, end: found[end].end };
    const rest = found.slice(end + 1);
    this.rest = rest.filter((token) => is(token, ...AFTER_PATTERN));
    this.isAggregated = Boolean(this.clause("GROUP"))
      || [...found.slice(first, at), ...rest].some((token) => is(token, ...AGGREGATES));
  }

  refused(why) {
    return new Problem("bad-parameter", `${MODIFIERS.join(", ")} cannot be given to ${this.name}: ${why}.`);
  }

  // The query with all insertions, at the same place in the order in which they were made.
  written() {
    return replaced(this.text, this.insertions.map(([at, inserted]) => [at, at, inserted]));
  }

  clause(...names) {
    return this.rest.find((token) => is(token, ...names));
  }

  before(...names) {
    return this.clause(...names)?.start ?? this.text.length;
  }

  expression(parameter, column) {
    if (!this.columns) throw this.refused("its columns have no names before it is asked. Write them for SELECT *");
    if (this.columns.has(column)) return this.columns.get(column);
    throw bad(parameter, column, `one of the columns ${[...this.columns.keys()].join(", ")}`);
  }

  filter(conditions) {
    if (!conditions.length) return;
    const both = conditions.map((each) => `(${this.condition(each)})`).join(" && ");
    if (!this.isAggregated) {
      this.insertions.push([this.where.start, "{ "], [this.where.end, ` FILTER (${both}) }`]);
      return;
    }
    const having = this.clause("HAVING");
    const at = having ? having.end : this.before(...AFTER_PATTERN.slice(2));
    this.insertions.push([at, `\n${having ? "" : "HAVING "}(${both}) `]);
  }

  condition(text) {
    const [, column, sign, value] = CONDITION.exec(text.trim()) ?? [];
    if (!column) throw bad("filter", text, "a condition such as squareKilometres>100 or placeLabel~science");
    const shown = this.expression("filter", column);
    if (sign === "~") return `CONTAINS(LCASE(STR(${shown})), ${inQuotes(value.toLowerCase())})`;
    const operand = this.operand(value);
    if (operand) return `${shown} ${sign} ${operand}`;
    if (sign !== "=" && sign !== "!=") return `STR(${shown}) ${sign} ${inQuotes(value)}`;
    // A short name is that of one of our IRIs, as for parameters.
    return `STR(${shown}) ${sign === "=" ? "IN" : "NOT IN"} (${inQuotes(value)}, ${inQuotes(this.settings.things + value)})`;
  }

  // A number, a date, a time or an IRI as a term; null for any other text.
  operand(text) {
    const isIri = Object.hasOwn(this.settings.prefixes, text.split(":")[0]) || text.includes("://");
    const types = ["number", "date", "dateTime", ...(isIri ? ["iri"] : [])];
    return types.reduce((found, type) => found ?? term(this.settings, type, text), null);
  }

  sort(names) {
    const keys = names.map((name) => {
      const [, sign, column] = SORT.exec(name.trim()) ?? [];
      if (!column) throw bad("sort", name, "columns such as placeLabel, or -squareKilometres for the reverse");
      this.expression("sort", column);
      return `${sign ? "DESC" : "ASC"}(?${column})`;
    }).join(" ");
    if (!keys) return;
    const order = this.clause("ORDER");
    if (!order) this.insertions.push([this.before("LIMIT", "OFFSET", "VALUES"), `\nORDER BY ${keys} `]);
    else this.insertions.push([order.start + words(this.text.slice(order.start))[1].end, ` ${keys} `]);
  }

  cut(limit, offset) {
    if (limit === null && offset === null) return;
    if (this.clause("LIMIT", "OFFSET")) throw this.refused("it has a LIMIT or OFFSET of its own");
    const parts = [limit === null ? "" : `LIMIT ${limit}`, offset ? `OFFSET ${offset}` : ""].filter(Boolean);
    this.insertions.push([this.before("VALUES"), `\n${parts.join(" ")} `]);
  }
}

// Do the rows of a canned query have an order, so that its pages fit together?
export function isOrdered({ name, pieces, kind }) {
  const text = pieces.map((piece) => piece.text ?? piece).join("");
  return kind === "solutions" && Boolean(new Changed(name, text).clause("ORDER"));
}

function count(parameter, [value]) {
  if (value === undefined) return null;
  if (!/^[0-9]{1,9}$/.test(value)) throw bad(parameter, value, "a whole number such as 100");
  return Number(value);
}

// The text of a query with its parameters bound, changed by the values of MODIFIERS that are given.
export function modified(question, text, given, settings) {
  const values = Object.fromEntries(MODIFIERS.map((name) => [name, given.get(name) ?? []]));
  if (question.page_size && !values.limit.length) values.limit = [String(question.page_size)];
  if (!Object.values(values).some((each) => each.length)) return text;
  const changed = new Changed(question.name, text, settings);
  changed.filter(values.filter);
  changed.sort(values.sort.flatMap((value) => value.split(",")));
  changed.cut(count("limit", values.limit), count("offset", values.offset));
  return changed.written();
}
