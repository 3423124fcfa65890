// Texts as terms in the syntax of SPARQL, as people write them for parameters: null for what is none.

import { XSD, inQuotes } from "./terms.js";

const IN_BRACKETS = /^<([^\x00-\x20<>"{}|^`\\]*)>$/;
export const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>"{}|^`\\]*$/;
const WIKIDATA = /^Q[1-9][0-9]{0,11}$/;
const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

const SIGNED = "^[+-]?";
const INTEGER = new RegExp(`${SIGNED}[0-9]{1,18}$`);
const DECIMAL = new RegExp(`${SIGNED}(?:[0-9]{1,18}(?:\\.[0-9]{0,18})?|\\.[0-9]{1,18})$`);
const DOUBLE = /^(?:[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?|-?INF|NaN)$/;
const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const DATE_TIME = /^([0-9]{4}-[0-9]{2}-[0-9]{2})T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](?:\.[0-9]{1,6})?)?(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?$/;
const NUMBERS = { integer: INTEGER, decimal: DECIMAL, double: DOUBLE };
const OF_TURTLE = {
  integer: /^[+-]?[0-9]+$/,
  decimal: /^[+-]?[0-9]*\.[0-9]+$/,
  double: /^[+-]?(?:[0-9]+\.?|[0-9]*\.[0-9]+)[0-9]*[eE][+-]?[0-9]+$/,
};
// No escape is of more than Unicode has.
const QUOTED = /^"((?:[^"\\]|\\(?!U(?!00(?:0|10))[0-9A-Fa-f]{8}).)*)"(?:@([A-Za-z0-9-]+)|\^\^(\S+))?$/s;
const LANGUAGE = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/;
const ESCAPE = /\\(?:u([0-9A-Fa-f]{4})|U(00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})|(.))/gs;
const ESCAPED = { t: "\t", b: "\b", n: "\n", r: "\r", f: "\f" };

// A prefixed name as an IRI, if its prefix is known here; any other text as it is.
export function inFull({ prefixes }, text) {
  const [, prefix, local] = /^([^:]*):(?!\/\/)(.*)$/s.exec(text) ?? [];
  return Object.hasOwn(prefixes, prefix ?? " ") ? prefixes[prefix] + local : text;
}

// The IRI that people mean: in full, in angle brackets or not, with a prefix, as an item of Wikidata, or as
// the end of the IRI of a thing.
export function iri(settings, text) {
  const [, bracketed] = IN_BRACKETS.exec(text) ?? [];
  if (ABSOLUTE.test(bracketed ?? "")) return text;
  if (bracketed !== undefined) return URL.canParse(bracketed, settings.relative_to) ? `<${new URL(bracketed, settings.relative_to).href}>` : null;
  if (WIKIDATA.test(text)) return `<${settings.prefixes.wd}${text}>`;
  if (settings.things && NAME.test(text)) return `<${settings.things}${text}>`;
  return ABSOLUTE.test(text) ? valid(inFull(settings, text)) : null;
}

// An IRI; null for one with a host or a percent sign that none can have.
const valid = (text) => (/%(?![0-9A-Fa-f]{2})/.test(text) || !URL.canParse(text) ? null : `<${text}>`);

function isDate(text) {
  const [, year, month, day] = DATE.exec(text) ?? [];
  return Number(year) > 0 && month > 0 && month < 13 && day > 0 && day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

// With the seconds, which inputs of browsers leave out.
function dateTime(text) {
  const [, date, , seconds] = DATE_TIME.exec(text) ?? [];
  if (!date || !isDate(date)) return null;
  return seconds ? text : `${text.slice(0, 16)}:00${text.slice(16)}`;
}

const matching = (pattern) => (text) => (pattern.test(text) ? text : null);
const LEXICAL = {
  integer: matching(INTEGER),
  decimal: matching(DECIMAL),
  double: matching(DOUBLE),
  boolean: (text) => ({ 1: "true", 0: "false", true: "true", false: "false" })[text] ?? null,
  date: (text) => (isDate(text) ? text : null),
  dateTime,
  gYear: matching(/^-?[0-9]{4,9}$/),
  gYearMonth: matching(/^-?[0-9]{4,9}-(?:0[1-9]|1[0-2])$/),
};

function typed(type, text) {
  const lexical = LEXICAL[type](text);
  return lexical === null ? null : `${inQuotes(lexical)}^^<${XSD}${type}>`;
}

function number(text) {
  const type = Object.keys(NUMBERS).find((name) => NUMBERS[name].test(text));
  return type ? typed(type, text) : null;
}

// A value of a type of parameters, by its name; what is no other type is a language.
export function term(settings, type, text) {
  if (type === "iri") return iri(settings, text);
  if (type === "string") return inQuotes(text);
  if (type === "number") return number(text);
  return Object.hasOwn(LEXICAL, type) ? typed(type, text) : `${inQuotes(text)}@${type.replaceAll("_", "-").toLowerCase()}`;
}

// A property or a datatype, which is not meant by the end of an IRI alone.
export const named = (settings, text) => (NAME.test(text) ? null : iri(settings, text));

export const unescaped = (text) => text.replace(ESCAPE, (_, four, eight, sign) =>
  (sign ? ESCAPED[sign] ?? sign : String.fromCodePoint(parseInt(four ?? eight, 16))));

function literal(settings, text, language, datatype) {
  if (language) return LANGUAGE.test(language) ? `${inQuotes(text)}@${language.toLowerCase()}` : null;
  const type = datatype && named(settings, datatype);
  return type && type !== `<${XSD}string>` ? `${inQuotes(text)}^^${type}` : type === null ? null : inQuotes(text);
}

// What stands for any term: an IRI, a number, a literal as in N-Triples, or its text alone, beside which its language or
// datatype may be given.
export function anyTerm(settings, text, language, datatype) {
  if (language && datatype) return null;
  if (language || datatype) return literal(settings, text, language, datatype);
  const [, quoted, itsLanguage, itsDatatype] = QUOTED.exec(text) ?? [];
  if (quoted !== undefined) return literal(settings, unescaped(quoted), itsLanguage, itsDatatype);
  if (text.startsWith('"')) return null;
  if (text.startsWith("<") || ABSOLUTE.test(text) || WIKIDATA.test(text)) return iri(settings, text);
  const number = Object.keys(OF_TURTLE).find((name) => OF_TURTLE[name].test(text));
  return literal(settings, text, "", number && `<${XSD}${number}>`);
}
