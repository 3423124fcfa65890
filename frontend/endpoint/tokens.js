// SPARQL as tokens: enough of its grammar to tell variables, IRIs, strings and comments apart, as the
// server splits it (SPARQL 1.1, section 19.8). Whether a text is a query, the engine says.

// What no part of a name is: fewer characters than those that are.
const OTHER = String.raw`\x00-,\/;-@\[-\^\x60\{-\u00b6\u00b8-\u00bf\u00d7\u00f7\u037e`
  + String.raw`\u2000-\u200b\u200e-\u203e\u2041-\u206f\u2190-\u2bff\u2ff0-\u3000`;
const NOT_FIRST = String.raw`.\-\u00b7\u0300-\u036f\u203f\u2040`;
const LETTER = `[^${OTHER}${NOT_FIRST}:0-9_]`;
const FIRST = `[^${OTHER}${NOT_FIRST}:]`;
const IN_LOCAL = String.raw`%[0-9A-Fa-f]{2}|\\.`;
const IRI = String.raw`<(?:[^<>"\{\}\|\^\x60\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>`;
const KINDS = {
  comment: String.raw`#[^\r\n]*`,
  iri: IRI,
  string: String.raw`"{3}(?:(?:"|"")?(?:[^"\\]|\\.))*(?:"{3})?|'{3}(?:(?:'|'')?(?:[^'\\]|\\.))*(?:'{3})?`
    + String.raw`|"(?:[^"\\\r\n]|\\.)*"?|'(?:[^'\\\r\n]|\\.)*'?`,
  variable: String.raw`[?$]${FIRST}[^${OTHER}.:\-]*`,
  blank: `_:${FIRST}(?:[^${OTHER}.:]+|\\.+(?=[^${OTHER}.:]))*`,
  language: String.raw`@[A-Za-z]+(?:-[A-Za-z0-9]+)*`,
  name: `(?:${LETTER}[^${OTHER}:]{0,100}(?<!\\.))?:(?:(?:[^${OTHER}${NOT_FIRST}]|${IN_LOCAL})`
    + `(?:[^${OTHER}.]+|${IN_LOCAL}|\\.+(?=[^${OTHER}.]|${IN_LOCAL}))*)?`,
  word: String.raw`\p{L}[\p{L}\p{N}_]*`,
  number: String.raw`(?:\d+\.\d*|\.?\d+)[eE][+\-]?\d+|\d*\.\d+|\d+`,
  space: String.raw`\s+`,
  other: String.raw`\^\^|<(?!${IRI})<|>>|\{\||\|\}|\|\||&&|!=|<=|>=|\\.|.`,
};
const TOKEN = new RegExp(Object.entries(KINDS).map(([kind, text]) => `(?<${kind}>${text})`).join("|"), "gsu");

// All tokens of a query, each with its kind, its text, and where it starts and ends.
export const tokens = (query) => Array.from(query.matchAll(TOKEN), ({ 0: text, index: start, groups }) => {
  const kind = Object.keys(KINDS).find((name) => groups[name] !== undefined);
  return { kind, text, start, end: start + text.length };
});

// Those that are no space and no comment.
export const words = (query) => tokens(query).filter(({ kind }) => kind !== "space" && kind !== "comment");

// Whether a token is one of these keywords.
export const isWord = (token, ...keywords) => token?.kind === "word" && keywords.includes(token.text.toUpperCase());
