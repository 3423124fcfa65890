// Sets out a query evenly: keywords in capitals, a line for each triple, braces indented. It changes nothing
// but white space and the case of keywords: strings, IRIs, names and comments stay as they are.
import { tokens } from "./sparql-tokens.js";

const STEP = "  ";
const SHORT = 72; // letters of a group that may stay on one line
const PROLOGUE = new Set(["PREFIX", "BASE", "VERSION"]);
const CLAUSES = new Set([...PROLOGUE, "SELECT", "CONSTRUCT", "ASK", "DESCRIBE", "FROM", "GROUP", "HAVING", "ORDER",
  "LIMIT", "OFFSET", "VALUES"]);
const PATTERNS = new Set(["OPTIONAL", "FILTER", "BIND", "MINUS", "GRAPH", "SERVICE", "VALUES", "SELECT"]);
const SOLUTIONS = new Set(["GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET"]);
const CONDITIONS = new Set(["FILTER", "BIND", "HAVING"]);
const GO_ON = new Set([".", ",", ";", "UNION"]); // after a closing brace, in its line
const OPENING = new Set(["(", "[", "{|", "<<", "<<("]);
const CLOSING = new Set([")", "]", "|}", ">>", ")>>"]);
const SPACED = new Set(["&&", "||", "<", ">", "<=", ">=", "!=", "{|", "|}", "<<", ">>", "<<(", ")>>", "{", "}"]);

class Layout {
  text = "";
  braces = []; // how the content of each open brace is set out: group, rows, or line
  brackets = [0]; // how many are open, within each brace
  previous = null;
  clause = ""; // the keyword that began what is being written
  goesOn = false; // whether a semicolon has gone on with a subject
  isDue = false; // whether a line begins before the next token

  get isInBrackets() { return this.brackets.at(-1) > 0; }
  get indent() { return this.braces.filter((kind) => kind !== "line").length + (this.goesOn ? 1 : 0); }

  add({ kind, text }, gap, content) {
    const lines = gap.split("\n").length - 1;
    const written = kind === "keyword" ? text.toUpperCase() : kind === "comment" ? text.trimEnd() : text;
    const closed = written === "}" && kind !== "comment" ? this.close() : "";
    if (this.previous) this.separate({ kind, text: written }, lines, closed, gap);
    this.text += written;
    if (kind === "comment") this.isDue = true;
    else this.after(kind, written, content);
    this.previous = { kind, text: written };
  }

  separate(token, lines, closed, gap) {
    if (token.kind === "comment" && !lines) this.text += STEP;
    else if (this.previous.kind === "comment" || token.kind === "comment") this.line(lines > 1);
    else if (closed) closed === "line" ? (this.text += " ") : this.line(false);
    else if (this.beginsLine(token, lines)) this.line(this.isBlank(token, lines));
    else if (lines && this.mayGoOnBelow(token)) this.line(false, this.brackets.at(-1) || 1);
    else this.text += this.space(token, gap);
  }

  beginsLine({ kind, text }, lines) {
    const afterBrace = this.previous.text === "}";
    if (this.isDue) return !(afterBrace && GO_ON.has(text)) || (text === "UNION" && lines > 0);
    if (text === "{" && this.previous.text === "UNION") return lines > 0;
    if (kind !== "keyword" || this.isInBrackets || this.braces.at(-1) === "line") return false;
    if (text === "WHERE" || text === "UNION") return lines > 0;
    if (SOLUTIONS.has(text)) return true;
    if (!this.braces.length) return CLAUSES.has(text);
    return PATTERNS.has(text) && this.previous.text !== "{";
  }

  // A line that somebody began within a long list or condition stays.
  mayGoOnBelow({ kind, text }) {
    return (this.isInBrackets || !this.braces.length) && (kind !== "punctuation" || text === "(");
  }

  isBlank({ text }, lines) {
    if (!this.braces.length && PROLOGUE.has(this.clause)) return !PROLOGUE.has(text);
    return lines > 1 && this.previous.text !== "{";
  }

  line(hasBlank, more = 0) {
    this.text = `${this.text.trimEnd()}\n${hasBlank ? "\n" : ""}${STEP.repeat(this.indent + more)}`;
    this.isDue = false;
  }

  // Where there was no space there is none, unless one makes it easier to read.
  space({ kind, text }, gap) {
    const { kind: before, text: last } = this.previous;
    if (text === "," || last === "(" || (text === ")" && (before !== "punctuation" || last === "}"))) return "";
    if (SPACED.has(text) || SPACED.has(last) || last === "," || last === ";") return " ";
    if ((text === "." || text === ";") && kind === "punctuation") return " ";
    const isClause = before === "keyword" && last !== "ASC" && last !== "DESC";
    return gap || (isClause && (text === "(" || text === "*")) ? " " : "";
  }

  after(kind, text, content) {
    if (kind === "punctuation") this.bracket(text);
    if (text === "{") this.opened(content);
    else if (this.isInBrackets) return;
    else if (text === "}") this.ended();
    else if (this.braces.at(-1) === "line") return;
    else if (kind === "punctuation" && text === ".") this.ended();
    else if (text === ";" && this.braces.length) this.isDue = this.goesOn = true;
    else if (text === ")" && (CONDITIONS.has(this.clause) || this.braces.at(-1) === "rows")) this.isDue = true;
    else if (kind === "keyword" && (CLAUSES.has(text) || PATTERNS.has(text))) this.clause = text;
  }

  bracket(text) {
    const change = OPENING.has(text) ? 1 : CLOSING.has(text) ? -1 : 0;
    this.brackets[this.brackets.length - 1] = Math.max(0, this.brackets.at(-1) + change);
  }

  ended() {
    this.isDue = this.braces.at(-1) !== "line";
    this.clause = "";
    this.goesOn = false;
  }

  opened(content) {
    const first = content.trimStart()[0];
    const isLine = this.clause === "VALUES" ? first !== "(" : isShort(content);
    this.braces.push(isLine ? "line" : this.clause === "VALUES" ? "rows" : "group");
    this.brackets.push(0);
    this.ended();
  }

  close() {
    this.goesOn = false;
    this.clause = "";
    if (this.brackets.length > 1) this.brackets.pop();
    return this.braces.pop() ?? "group";
  }
}

// Whether what is in a pair of braces is on one line and can stay there: no more than a triple or a condition.
function isShort(content) {
  const list = tokens(content);
  return !!content.trim() && content.length < SHORT && !content.includes("\n") &&
    !list.some(({ kind, text }) => kind === "comment" || text === "{" || text === ";") &&
    list.filter(({ kind, text }) => kind === "punctuation" && text === ".").length < 2 &&
    !/\.\s*[^\s]/.test(list.map(({ kind, text }) => (kind === "punctuation" || kind === "space" ? text : "x")).join(""));
}

// The text between each opening brace, by its number among the tokens, and the one that closes it.
function contents(list, text) {
  const found = new Map(), open = [];
  list.forEach((token, number) => {
    if (token.kind !== "punctuation") return;
    if (token.text === "{") open.push(number);
    else if (token.text === "}" && open.length) {
      const start = open.pop();
      found.set(start, text.slice(list[start].end, token.start));
    }
  });
  return found;
}

// The query set out anew. What is set out already stays as it is.
export function format(text) {
  const layout = new Layout(), list = tokens(text), within = contents(list, text);
  list.forEach((token, number) => {
    const before = list[number - 1];
    if (token.kind !== "space")
      layout.add(token, before?.kind === "space" ? before.text : "", within.get(number) ?? "\n");
  });
  return layout.text ? `${layout.text.trimEnd()}\n` : "";
}
