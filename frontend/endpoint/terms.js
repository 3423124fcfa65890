// Terms of SPARQL results JSON: as N-Triples, as plain values, and with short names.

export const XSD = "http://www.w3.org/2001/XMLSchema#";
export const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const ESCAPES = { "\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f" };
const BASE_CHARACTERS = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd";
const FIRST = `[${BASE_CHARACTERS}_0-9]|%[0-9A-Fa-f]{2}`;
const INNER = `[${BASE_CHARACTERS}_0-9\u00b7\u0300-\u036f\u203f\u2040-]|%[0-9A-Fa-f]{2}`;
const LOCAL = new RegExp(`^(?:${FIRST})(?:(?:${INNER}|\\.)*(?:${INNER}))?$`);
export const INTEGERS = "integer long int short byte nonNegativeInteger positiveInteger nonPositiveInteger negativeInteger unsignedLong unsignedInt unsignedShort unsignedByte".split(" ");
const DECIMAL = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$/;
const DOUBLE = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
// Significant digits of a decimal that survive the way through a double.
const DIGITS = 15;

export const inQuotes = (text) => `"${text.replace(/[\\"\n\r\t\b\f]/g, (sign) => ESCAPES[sign]).replace(/[\x00-\x1f\x7f]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`)}"`;

// A term as N-Triples has it.
export function inTriples(term) {
  const { type, value } = term;
  if (type === "uri") return `<${value}>`;
  if (type === "bnode") return `_:${value}`;
  if (type === "triple") return `<<( ${triple(value)} )>>`;
  return inQuotes(value) + tagOf(term) + (term.datatype ? `^^<${term.datatype}>` : "");
}

const triple = ({ subject, predicate, object }) => [subject, predicate, object].map(inTriples).join(" ");

export const tagOf = (term) => (term["xml:lang"] ? `@${term["xml:lang"]}${term["its:dir"] ? `--${term["its:dir"]}` : ""}` : "");

export const plain = (term) => {
  if (!term) return "";
  if (term.type === "triple") return triple(term.value);
  return term.type === "bnode" ? inTriples(term) : term.value;
};

// An IRI with one of the prefixes if SPARQL reads it so without an escape, else as it is.
export function compact(iri, prefixes) {
  const fitting = Object.entries(prefixes).filter(([, space]) => space && iri.startsWith(space));
  fitting.sort(([, one], [, other]) => other.length - one.length);
  const found = fitting.find(([, space]) => LOCAL.test(iri.slice(space.length)));
  return found ? `${found[0]}:${iri.slice(found[1].length)}` : iri;
}

// A term as the text of a value of JSON: null where there is none; a number or a boolean where every reader of
// JSON takes it exactly, else a text.
export function inJson(term) {
  if (!term) return "null";
  const read = term.type === "literal" ? READERS[term.datatype] : null;
  return read?.(term.value.trim()) ?? JSON.stringify(plain(term));
}

const READERS = {
  ...Object.fromEntries(INTEGERS.map((name) => [XSD + name, integer])),
  [`${XSD}decimal`]: decimal,
  [`${XSD}double`]: double,
  [`${XSD}float`]: double,
  [`${XSD}boolean`]: (text) => ({ true: "true", 1: "true", false: "false", 0: "false" })[text] ?? null,
};

function integer(text) {
  const isExact = /^[+-]?[0-9]{1,4000}$/.test(text) && Number.isSafeInteger(Number(text));
  return isExact ? String(Number(text)) : null;
}

// As Python writes a Decimal: all its digits, with an exponent where it is very small.
function decimal(text) {
  if (!DECIMAL.test(text)) return null;
  const sign = text.startsWith("-") ? "-" : "";
  const [whole, part = ""] = text.replace(/^[+-]/, "").split(".");
  const digits = (whole + part).replace(/^0+(?=.)/, "");
  if (digits.replace(/^0+|0+$/g, "").length > DIGITS) return null;
  const exponent = digits.length - 1 - part.length;
  if (exponent < -6) return `${sign}${digits[0]}${digits.length > 1 ? `.${digits.slice(1)}` : ""}E${exponent}`;
  return `${sign}${whole.replace(/^0+(?=.)/, "") || "0"}${part && `.${part}`}`;
}

// The shortest digits that are read as this number, with an exponent for what is very large or small.
function double(text) {
  const number = Number(text);
  if (!DOUBLE.test(text) || !Number.isFinite(number)) return null;
  const sign = number < 0 || Object.is(number, -0) ? "-" : "";
  const [mantissa, power] = Math.abs(number).toExponential().split("e");
  const digits = mantissa.replace(".", ""), point = Number(power) + 1;
  if (number === 0) return `${sign}0.0`;
  if (point > 16 || point <= -5) return `${sign}${mantissa}e${Number(power)}`;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, "0").slice(0, point)}.${digits.slice(point) || "0"}`;
}
