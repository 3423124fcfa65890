// Triples as Oxigraph writes them with prefixes, which its build for browsers takes none of.

import { RDF, XSD, inQuotes, tagOf } from "./terms.js";

const ITS = "http://www.w3.org/2005/11/its";
const START = "A-Z_a-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c-\\u200d\\u2070-\\u218f\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}";
const MORE = "0-9\\u00b7\\u0300-\\u036f\\u203f-\\u2040\\-";
const SHORTENED = { integer: /^[+-]?[0-9]+$/, decimal: /^[+-]?[0-9]*\.[0-9]+$/, boolean: /^(?:true|false)$/, double: /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+$/ };
const FIRST_OF_LOCAL = new RegExp(`^[${START}:0-9]$`, "u");
const IN_LOCAL = new RegExp(`^[${START}${MORE}:]$`, "u");
const ESCAPED_IN_LOCAL = /^[_~.\-!$&'()*+,;=/?#@%]$/;
const XML_NAME = new RegExp(`[${START}][${START}${MORE}.]*$`, "u");
const RESERVED = ["Description", "li", "RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype"].map((name) => RDF + name);

const keyOf = ({ type, value }) => `${type} ${value}`;
const byBytes = (one, other) => (one < other ? -1 : Number(one > other));

// --- Turtle --------------------------------------------------------------------------------------

function localName(text) {
  const signs = [...text];
  const escaped = signs.map((sign, at) => {
    const isDot = sign === "." && at > 0 && at < signs.length - 1;
    if ((at ? IN_LOCAL : FIRST_OF_LOCAL).test(sign) || isDot) return sign;
    return ESCAPED_IN_LOCAL.test(sign) ? `\\${sign}` : null;
  });
  return escaped.includes(null) ? null : escaped.join("");
}

// What writes terms in Turtle, with these prefixes, the longest first.
function turtleTerms(prefixes) {
  const iri = (value) => {
    for (const [name, space] of prefixes) {
      const local = value.startsWith(space) ? localName(value.slice(space.length)) : null;
      if (local !== null) return `${name}:${local}`;
    }
    return `<${value}>`;
  };
  const predicate = ({ value }) => (value === `${RDF}type` ? "a" : iri(value));
  const term = (found) => {
    const { type, value, datatype } = found;
    if (type === "uri") return iri(value);
    if (type === "bnode") return `_:${value}`;
    if (type === "triple") return `<<( ${term(value.subject)} ${predicate(value.predicate)} ${term(value.object)} )>>`;
    if (!datatype) return inQuotes(value) + tagOf(found);
    const isShort = datatype.startsWith(XSD) && SHORTENED[datatype.slice(XSD.length)]?.test(value);
    return isShort ? value : `${inQuotes(value)}^^${iri(datatype)}`;
  };
  return { predicate, term };
}

const byLength = (prefixes) => Object.entries(prefixes)
  .sort(([one], [other]) => byBytes(one, other))
  .sort(([, one], [, other]) => other.length - one.length);

export function turtle(triples, prefixes) {
  const sorted = byLength(prefixes), { predicate, term } = turtleTerms(sorted);
  if (!triples.length) return "";
  let text = sorted.map(([name, space]) => `@prefix ${name}: <${space}> .\n`).join("");
  let before = null;
  for (const triple of triples) {
    const isSame = before && keyOf(before.subject) === keyOf(triple.subject);
    if (isSame && before.predicate.value === triple.predicate.value) text += " , ";
    else if (isSame) text += ` ;\n\t${predicate(triple.predicate)} `;
    else text += `${before ? " .\n" : ""}${term(triple.subject)} ${predicate(triple.predicate)} `;
    text += term(triple.object);
    before = triple;
  }
  return `${text} .\n`;
}

// --- RDF/XML -------------------------------------------------------------------------------------

const XML_ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };
const inXml = (text) => text.replace(/[&<>"']/g, (sign) => XML_ESCAPES[sign]);

const element = (name, attributes) => `<${name}${attributes.map(([key, value]) => ` ${key}="${inXml(value)}"`).join("")}`;

// The qualified name of an IRI, and the declaration that it needs, with the prefixes of the document.
function qualified(iri, spaces, hasDefault) {
  const local = XML_NAME.exec(iri)?.[0] ?? "", space = iri.slice(0, iri.length - local.length);
  if (spaces.has(space)) return [spaces.get(space) ? `${spaces.get(space)}:${local}` : local, []];
  if (local && !hasDefault) return [local, [["xmlns", space]]];
  return [`oxprefix:${local}`, [["xmlns:oxprefix", space]]];
}

const nodeOf = ({ type, value }, ofIri) => [type === "uri" ? ofIri : "rdf:nodeID", value];

function literalAttributes(object) {
  if (!object["xml:lang"]) return object.datatype ? [["rdf:datatype", object.datatype]] : [];
  const direction = object["its:dir"] ? [["rdf:version", "1.2-basic"], ["its:version", "2.0"], ["its:dir", object["its:dir"]]] : [];
  return [["xml:lang", object["xml:lang"]], ...direction];
}

function property({ predicate, object }, named, indent) {
  const [name, declared] = named(predicate.value);
  if (object.type === "literal") return `${indent}${element(name, [...declared, ...literalAttributes(object)])}>${inXml(object.value)}</${name}>\n`;
  if (object.type !== "triple") return `${indent}${element(name, [...declared, nodeOf(object, "rdf:resource")])}/>\n`;
  const inner = `${indent}\t${element("rdf:Description", [nodeOf(object.value.subject, "rdf:about")])}>\n${property(object.value, named, `${indent}\t\t`)}${indent}\t</rdf:Description>\n`;
  return `${indent}${element(name, [...declared, ["rdf:version", "1.2"], ["rdf:parseType", "Triple"]])}>\n${inner}${indent}</${name}>\n`;
}

export function rdfXml(triples, prefixes) {
  const own = Object.entries(prefixes).filter(([name]) => !["rdf", "its", "oxprefix"].includes(name)).sort(([one], [other]) => byBytes(one, other));
  const spaces = new Map([...own.map(([name, space]) => [space, name]), [RDF, "rdf"], [ITS, "its"]]);
  const declared = [...spaces].sort(([one], [other]) => byBytes(one, other)).map(([space, name]) => [name ? `xmlns:${name}` : "xmlns", space]);
  const named = (iri) => qualified(iri, spaces, own.some(([name]) => !name));
  let text = `<?xml version="1.0" encoding="UTF-8"?>\n${element("rdf:RDF", declared)}>\n`;
  let before = null, tag = "";
  for (const triple of triples) {
    if (before !== keyOf(triple.subject)) {
      if (tag) text += `\t</${tag}>\n`;
      before = keyOf(triple.subject);
      const isType = triple.predicate.value === `${RDF}type` && triple.object.type === "uri" && !RESERVED.includes(triple.object.value);
      const [name, more] = isType ? named(triple.object.value) : ["rdf:Description", []];
      tag = name;
      text += `\t${element(tag, [...more, nodeOf(triple.subject, "rdf:about")])}>\n`;
      if (isType) continue;
    }
    text += property(triple, named, "\t\t");
  }
  return `${text}${tag ? `\t</${tag}>\n` : ""}</rdf:RDF>`;
}
