// Splits SPARQL 1.2 into tokens, for highlighting, completion and formatting alike.
const NAME = String.raw`[\p{L}\p{N}_](?:[\p{L}\p{N}\p{M}_·\-]|\.+(?=[\p{L}\p{N}_·\-]))*`;
const LOCAL = String.raw`(?:[\p{L}\p{N}_:]|%[0-9a-fA-F]{2}|\\[!-~])` +
  String.raw`(?:[\p{L}\p{N}\p{M}_:·\-]|%[0-9a-fA-F]{2}|\\[!-~]|\.+(?=[\p{L}\p{N}_:·%\\\-]))*`;

// The order decides where two fit: an IRI before "less than", a name with a prefix before a word.
const KINDS = {
  space: String.raw`\s+`,
  comment: String.raw`#[^\n\r]*`,
  iri: String.raw`<[^\0- <>"{}|^\x60]*>`,
  variable: String.raw`[?$](?=[\p{L}\p{N}_])[\p{L}\p{N}\p{M}_·]*`,
  blank: String.raw`_:${NAME}|\[\s*\]`,
  number: String.raw`(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?|\d+\.[eE][+-]?\d+`,
  name: String.raw`:(?:${LOCAL})?`,
  language: String.raw`@[a-zA-Z]+(?:-[a-zA-Z0-9]+)*(?:--(?:ltr|rtl))?`,
  word: String.raw`[\p{L}_][\p{L}\p{N}\p{M}_]*`,
  punctuation: String.raw`<<\(|\)>>|<<|>>|\{\||\|\}|\^\^|\|\||&&|[!<>]=|[^]`,
};
const TOKEN = new RegExp(
  Object.entries(KINDS).map(([kind, pattern]) => `(?<${kind}>${pattern})`).join("|"), "yu");

const NAMES = Object.keys(KINDS);

// What is a token only if it has its end, the last group: strings, and names with a prefix.
const ENDED = [
  ["string", String.raw`"""(?:\\[^]|(?!""")[^\\])*(""")?`],
  ["string", String.raw`'''(?:\\[^]|(?!''')[^\\])*(''')?`],
  ["string", String.raw`"(?:\\[^]|[^\\"\n\r])*(")?`],
  ["string", String.raw`'(?:\\[^]|[^\\'\n\r])*(')?`],
  ["name", String.raw`\p{L}(?:[\p{L}\p{N}\p{M}_·\-]|\.+(?=[\p{L}\p{N}_·\-]))*(:(?:${LOCAL})?)?`],
].map(([kind, pattern]) => ({ kind, pattern: new RegExp(pattern, "yu") }));

const words = (text) => new Set(text.split(/\s+/));

const KEYWORDS = words(`ADD ALL AS ASC ASK BASE BIND BY CLEAR CONSTRUCT COPY CREATE DATA DEFAULT DELETE
  DESC DESCRIBE DISTINCT DROP EXISTS FILTER FROM GRAPH GROUP HAVING IN INSERT INTO LIMIT LOAD MINUS MOVE NAMED NOT
  OFFSET OPTIONAL ORDER PREFIX REDUCED SELECT SEPARATOR SERVICE SILENT TO UNDEF UNION USING VALUES VERSION WHERE
  WITH`);

// The functions of SPARQL 1.2, with what each takes.
export const FUNCTIONS = new Map(`ABS(number) AVG(expression) BNODE(label) BOUND(?variable) CEIL(number)
  COALESCE(first,second) CONCAT(first,second) CONTAINS(text,part) COUNT(*) DATATYPE(literal) DAY(dateTime)
  ENCODE_FOR_URI(text) FLOOR(number) GROUP_CONCAT(expression;SEPARATOR=",") hasLANG(literal) hasLANGDIR(literal)
  HOURS(dateTime) IF(condition,then,else) IRI(text) isBLANK(term) isIRI(term) isLITERAL(term) isNUMERIC(term)
  isTRIPLE(term) isURI(term) LANG(literal) LANGDIR(literal) LANGMATCHES(tag,range) LCASE(text) MAX(expression)
  MD5(text) MIN(expression) MINUTES(dateTime) MONTH(dateTime) NOW() OBJECT(triple) PREDICATE(triple) RAND()
  REGEX(text,pattern,flags) REPLACE(text,pattern,replacement,flags) ROUND(number) sameTerm(first,second)
  SAMPLE(expression) SECONDS(dateTime) SHA1(text) SHA256(text) SHA384(text) SHA512(text) STR(term)
  STRAFTER(text,part) STRBEFORE(text,part) STRDT(text,datatype) STRENDS(text,end) STRLANG(text,tag)
  STRLANGDIR(text,tag,direction) STRLEN(text) STRSTARTS(text,start) STRUUID() SUBJECT(triple)
  SUBSTR(text,start,length) SUM(expression) TIMEZONE(dateTime) TRIPLE(subject,predicate,object) TZ(dateTime)
  UCASE(text) URI(text) UUID() YEAR(dateTime)`.split(/\s+/).map((text) => {
  const [name, taken] = text.split("(");
  return [name.toUpperCase(), { name, signature: `(${taken.replaceAll(",", ", ").replace('", "', '","')}` }];
}));

const kindOfWord = (text) => {
  const upper = text.toUpperCase();
  if (KEYWORDS.has(upper)) return "keyword";
  if (FUNCTIONS.has(upper)) return "function";
  if (text === "a") return "type";
  return upper === "TRUE" || upper === "FALSE" ? "boolean" : "word";
};

// What begins at a place and has its end. What has none up to some place has none from any place before that either,
// and is not read again: *read* has how far that is known of each.
function ended(text, start, read) {
  for (const { kind, pattern } of ENDED) {
    if (start < (read.get(pattern) ?? 0)) continue;
    pattern.lastIndex = start;
    const [part, end] = pattern.exec(text) ?? [];
    if (end) return [kind, part];
    if (part) read.set(pattern, start + part.length);
  }
  return null;
}

function other(text, start) {
  TOKEN.lastIndex = start;
  const match = TOKEN.exec(text), [part] = match;
  const kind = NAMES.find((name) => match.groups[name] !== undefined);
  return [kind === "word" ? kindOfWord(part) : kind, part];
}

// The tokens of a text, whose texts joined are the text: {kind, text, start, end}.
export function tokens(text) {
  const found = [], read = new Map();
  for (let start = 0, end; start < text.length; start = end) {
    const [kind, part] = ended(text, start, read) ?? other(text, start);
    end = start + part.length;
    found.push({ kind, text: part, start, end });
  }
  return found;
}

const isMeant = ({ kind }) => kind !== "space" && kind !== "comment";

// The tokens that are neither white space nor comments.
export const meant = (list) => list.filter(isMeant);

const isWord = (token, word) => token?.text.toUpperCase() === word;

// What the declarations at the top say: the IRI of each prefix, each BASE, and where the last of them ends (0: none).
export function prologue(text) {
  const list = meant(tokens(text)), declared = new Map(), bases = [];
  let at = 0, end = 0;
  for (;;) {
    if (isWord(list[at], "PREFIX") && list[at + 2]?.kind === "iri") {
      declared.set(list[at + 1].text.slice(0, -1), list[at + 2].text.slice(1, -1));
      at += 3;
    } else if ((isWord(list[at], "BASE") || isWord(list[at], "VERSION")) && list[at + 1]) {
      if (list[at + 1].kind === "iri") bases.push(list[at + 1].text.slice(1, -1));
      at += 2;
    } else break;
    end = list[at - 1].end;
  }
  return { declared, bases, end };
}

// Where a further declaration goes: after the others, or after the comments that a query begins with.
export function placeOfPrefix(text) {
  const { end } = prologue(text);
  const after = end ? text.slice(end).match(/^[^\n]*\n?/)[0].length : text.match(/^(?:\s*#[^\n]*\n)*\s*/)[0].length;
  return end + after;
}

// The text with a declaration of the prefix: {at, insert} tell what to insert where.
export function withPrefix(text, prefix, iri) {
  const at = placeOfPrefix(text), isOwnLine = at === 0 || text[at - 1] === "\n";
  const hasOthers = prologue(text).end > 0;
  return { at, insert: `${isOwnLine ? "" : "\n"}PREFIX ${prefix}: <${iri}>\n${hasOthers || !text.slice(at).trim() ? "" : "\n"}` };
}
