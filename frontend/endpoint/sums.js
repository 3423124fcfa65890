// Sums of dates and durations, each with its value, as the server has them (its module sparql/sums tells why): the
// engine takes a duration only on the right, and puts the sides of a sum in an order of its own. So ?a + ?b is also
// tried as ?a - -?b and ?b - -?a.

import { is, replaced, words } from "./rewriting.js";

const ANY = ["COALESCE", "IF", "MAX", "MIN", "SAMPLE", "STRDT"];
const DATES = ["date", "dateTime", "time", "dateTimeStamp", "NOW", "ADJUST"];
const DURATIONS = ["duration", "dayTimeDuration", "yearMonthDuration", "TIMEZONE"];
const BETWEEN = ["AS", "DISTINCT", "EXISTS", "IN", "NOT"];
const CLOSED_BY = { "{": "}", "[": "]" };
const LONGEST = 8000;
// What is no value of a sum of dates and durations: a part is tried as *date* and as *duration*, if it may be one.
const NONE = { date: "", duration: "", adds: false };

// The first of these that has a value.
const tried = (ways) => {
  const distinct = [...new Set(ways.filter(Boolean))];
  return distinct.length > 1 ? `COALESCE(${distinct.join(", ")})` : distinct.join("");
};

// How a sum and a difference are tried, as a date and as a duration.
function added(left, right) {
  const dates = [[left, right], [right, left]].filter(([one, other]) => one.date && other.duration);
  const both = left.duration && right.duration;
  return [dates.map(([one, other]) => `(${one.date} - -${other.duration})`), both ? [`(${left.duration} - -${right.duration})`] : []];
}

function subtracted(left, right) {
  const date = left.date && right.duration ? `(${left.date} - ${right.duration})` : "";
  const pairs = [[left.duration, right.duration], [left.date, right.date]].filter(([one, other]) => one && other);
  return [[date], pairs.map(([one, other]) => `(${one} - ${other})`)];
}

class NotSparql extends Error {}

// A place in the tokens of a query, moved forward by each method that takes a part.
class Sums {
  constructor(query) {
    this.query = query;
    this.found = [...words(query), { kind: "end", text: "", start: query.length, end: query.length }];
    this.at = 0;
    this.edits = [];
  }

  written() {
    while (this.next.kind !== "end") this.other();
    return replaced(this.query, this.edits);
  }

  get next() {
    return this.found[this.at];
  }

  get end() {
    return this.found[this.at - 1].end;
  }

  take() {
    if (this.next.kind === "end") throw new NotSparql();
    return this.found[this.at++];
  }

  is(...texts) {
    return this.next.kind === "punctuation" && is(this.next, ...texts);
  }

  // What stands from *start* to this place, with the edits from that number on.
  text(start, edits) {
    const moved = this.edits.slice(edits).map(([first, end, text]) => [first - start, end - start, text]);
    return replaced(this.query.slice(start, this.end), moved);
  }

  // Takes what is no part of a sum: a bracket with all that is in it, or another token.
  other() {
    if (this.is("(")) this.arguments();
    else if (this.is("{", "[")) {
      const closing = CLOSED_BY[this.take().text];
      while (!this.is(closing)) this.other();
      this.take();
    } else this.take();
  }

  // Takes parentheses that are no value: of a call, for instance.
  arguments() {
    this.finish(this.inside());
    this.take();
  }

  parentheses() {
    const { start } = this.next, edits = this.edits.length, part = this.inside();
    this.take();
    return { ...part, start, edits };
  }

  // Takes parentheses but for the closing one; they are a part, if one expression is in them.
  inside() {
    this.take();
    let part = this.isOperand() ? this.sum() : NONE;
    while (!this.is(")")) {
      this.finish(part);
      part = NONE;
      if (this.isOperand()) this.finish(this.sum());
      else this.other();
    }
    return part;
  }

  isOperand() {
    const { kind } = this.next;
    if (is(this.next, ...BETWEEN)) return false;
    return !["punctuation", "end", "blank"].includes(kind) || this.is("(", "+", "-", "!");
  }

  // Takes terms with plus and minus between them.
  sum() {
    const { start } = this.next, edits = this.edits.length;
    let left = this.term();
    while (this.is("+", "-")) {
      const isPlus = this.take().text === "+", right = this.term();
      let [date, duration] = (isPlus ? added : subtracted)(left, right).map(tried);
      if (date.length + duration.length > LONGEST) date = duration = "";
      left = { date, duration, adds: isPlus || left.adds || right.adds };
    }
    return { ...left, start, edits };
  }

  // Takes a value, or a product: that is a number, whatever its factors.
  term() {
    let part = this.signed();
    while (this.is("*", "/")) {
      this.take();
      this.signed();
      part = NONE;
    }
    return part;
  }

  signed() {
    if (!this.is("+", "-", "!")) return this.value();
    const sign = this.take().text, part = this.signed();
    return sign === "!" || !part.duration ? NONE : { date: "", duration: `(${sign}${part.duration})`, adds: part.adds };
  }

  // Takes a bracket, a call, a variable or a literal.
  value() {
    if (this.is("(")) return this.parentheses();
    if (!this.isOperand()) return NONE;
    const { start } = this.next, edits = this.edits.length, token = this.take();
    let kind = token.text;
    if (token.kind === "string") kind = this.datatype();
    else if (token.kind !== "variable") {
      if (!this.is("(")) return NONE;
      if (!["iri", "name"].includes(token.kind)) kind = kind.toUpperCase();
      this.arguments();
    }
    const text = this.text(start, edits);
    if (token.kind === "variable" || ANY.includes(kind)) return { date: text, duration: text, adds: false };
    const local = kind.replace(/>$/, "").split(/[:#]/).at(-1);
    return { date: DATES.includes(local) ? text : "", duration: DURATIONS.includes(local) ? text : "", adds: false };
  }

  // Takes what follows the text of a literal: its datatype, which is returned, or its language.
  datatype() {
    if (this.is("^^")) {
      this.take();
      return this.take().text;
    }
    if (this.next.kind === "language") this.take();
    return "";
  }

  // Writes a part anew, which ends here, if it has a sum that may be one of dates and durations. The last argument is
  // never the value: by it the parser sees which variables there are, so that each is grouped by.
  finish({ date, duration, adds, start, edits }) {
    if (!adds || !(date || duration)) return;
    const plain = this.text(start, edits);
    this.edits.splice(edits, Infinity, [start, this.end, `IF(true, ${tried([plain, date, duration])}, ${plain})`]);
  }
}

// The query, where each sum that may be one of dates and durations is tried in all orders. What is no SPARQL, or nests
// too deeply, is returned as it is.
export function withSums(query) {
  if (!query.includes("+")) return query;
  try {
    return new Sums(query).written();
  } catch (problem) {
    if (problem instanceof NotSparql || problem instanceof RangeError) return query;
    throw problem;
  }
}
