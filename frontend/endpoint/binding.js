// A canned query with values bound: terms in place of its parameters, with the errors that the server tells.

import { bad, modified, MODIFIERS, REPEATED } from "./modifiers.js";
import { Problem } from "./problem.js";
import { term } from "./values.js";

const OF_LABEL = "urn:x-label:";
const SHAPES = {
  column: (term, name) => `(${term} AS ?${name})`,
  key: (term, name) => `(${term} AS ?${name})`,
  condition: (term) => `(${term})`,
  bound: () => "true",
  end: (term, name) => ` BIND(${term} AS ?${name}) `,
};

// Percent-encoded, all but the characters that need it nowhere (RFC 3986, section 2.3).
export const encoded = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt().toString(16).toUpperCase()}`);

// A part of a path that needs no escapes: `~3A` for a colon.
export const inPath = (text) => encoded(text).replaceAll("~", "%7E").replaceAll("%", "~");

export const wrong = (detail, parameter, more = {}) => new Problem("bad-parameter", detail, { parameter, ...more });

// What stands at a slot of a query whose variable is bound to these terms.
export function filled({ name, place, text }, terms) {
  if (place === "list") return terms.join(", ");
  const [value] = terms;
  const isPart = place === "subject" || place === "property";
  if (isPart && !value.startsWith("<")) throw wrong(`The variable ?${name} is the ${place} of a triple, which ${value.slice(0, 100)} cannot be.`, name);
  if (place === "assigned") throw wrong(`The variable ?${name} gets its values in the query itself, so none can be bound to it.`, name);
  if (place === "grouped") return text;
  return SHAPES[place]?.(value, name) ?? value;
}

function unknown({ name, parameters }, parameter) {
  const takes = parameters.length ? `It takes: ${parameters.map((row) => row.name).join(", ")}.` : "It takes none of its own.";
  return wrong(`The query ${name} has no parameter ${parameter}. ${takes} Any query takes ${MODIFIERS.join(", ")}.`, parameter);
}

// The values by parameter, none for an optional one that is given as an empty text.
function valuesOf(question, pairs) {
  const given = new Map();
  for (const [name, value] of pairs) {
    const row = question.parameters.find((each) => each.name === name);
    if (!row && !MODIFIERS.includes(name)) throw unknown(question, name);
    if (given.has(name) && !(row ? row.list : REPEATED.includes(name))) throw wrong(`The parameter ${name} is given twice.`, name);
    const isEmpty = value === "" && (!row || row.list || !row.required);
    given.set(name, [...(given.get(name) ?? []), ...(isEmpty ? [] : [value])]);
  }
  return given;
}

// A value as a term; it has to be of the type, and one of the choices.
function valueOf(row, value, settings) {
  const written = term(settings, row.type, value);
  const isChoice = !row.choices.length || row.choices.some((value) => term(settings, row.type, value) === written);
  if (written === null || !isChoice) throw bad(row.name, value, row.expects);
  return written;
}

// A value that only the data can check; one that may be a label stands for the thing that has it.
function reference(row, value, settings) {
  let written = null;
  try {
    written = valueOf(row, value, settings);
  } catch (error) {
    if (row.type !== "iri" || !value.trim()) throw error;
    written = `<${OF_LABEL}${encoded(value)}>`;
  }
  return { parameter: row.name, value, term: written, among: row.drawn?.text ?? "", column: row.drawn?.value ?? "" };
}

// The terms of a parameter; null where it stays free.
function termsOf(question, row, given, settings) {
  if (given.get(row.name)?.length) return given.get(row.name).map((value) => row.is_reference ? reference(row, value, settings).term : valueOf(row, value, settings));
  if (row.default !== null && !given.has(row.name)) return [valueOf(row, row.default, settings)];
  if (!row.required) return null;
  const example = row.example ? ` For example ${row.name}=${row.example}.` : "";
  throw wrong(`The query ${question.name} needs the parameter ${row.name}: ${row.expects}.${example}`, row.name, { expected: row.expects });
}

// A canned query with the values of pairs of a parameter and a text: its *text* as it is told, as it is
// *evaluated*, and the *references*, values that only the data can check.
export function bound(question, pairs, settings) {
  const given = valuesOf(question, pairs);
  const references = question.parameters.filter((row) => row.is_reference)
    .flatMap((row) => (given.get(row.name) ?? []).map((value) => reference(row, value, settings)));
  const terms = new Map();
  for (const row of question.parameters) {
    const values = termsOf(question, row, given, settings);
    if (values) terms.set(row.variable, values);
  }
  const written = (pieces) => {
    const text = pieces.map((piece) => piece.name === undefined ? piece : terms.has(piece.name) ? filled(piece, terms.get(piece.name)) : piece.text).join("");
    return modified(question, text, given, settings);
  };
  const text = written(question.pieces);
  return { text, evaluated: question.evaluated.length ? written(question.evaluated) : text, references };
}
