// Content negotiation: one of the offered formats for an Accept header (RFC 9110, section 12.5.1), as the
// server's. An offer is a row of the tables of formats in settings.json: media_type, extension, name, names,
// standard.

import { Problem } from "./problem.js";

const MAX_MEMBERS = 200;
const QVALUE = /^(?:0?(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;
// A quoted value of a parameter may contain commas and semicolons, so the split must respect quotes.
const MEMBER = /((?:[^",]|"(?:[^"\\]|\\.)*"?)*),?/g;
const PART = /((?:[^";]|"(?:[^"\\]|\\.)*"?)*);?/g;
const LANGUAGE = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/;
const MAX_LANGUAGES = 10;

export const JSON_FORMAT = { media_type: "application/json", content_type: "application/json", extension: "json", name: "json", names: [], standard: true };
export const HTML = { media_type: "text/html", extension: "html", name: "html", names: ["htm"], standard: true };

// A text as the server quotes it.
export const quoted = (text) => {
  const sign = text.includes("'") && !text.includes('"') ? '"' : "'";
  return sign + text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t").replaceAll(sign, `\\${sign}`) + sign;
};

export const partitioned = (text, sign) => {
  const at = text.indexOf(sign);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + sign.length)];
};

export const unique = (values) => [...new Set(values)];

const split = (pattern, text) => [...text.matchAll(pattern)].map((match) => match[1].trim()).filter(Boolean);

const quality = (text) => (text && QVALUE.test(text) ? Number(`0${text}`) : null);

function member(text) {
  const [name = "", ...parameters] = split(PART, text);
  // Java sends a single asterisk, which servers of HTTP/1.0 understood.
  const [main, sub] = name === "*" ? ["*", "*"] : partitioned(name.toLowerCase(), "/");
  if (!main || !sub || (main === "*" && sub !== "*")) return null;
  for (const parameter of parameters) {
    const [key, value] = partitioned(parameter, "=").map((piece) => piece.trim());
    if (key.toLowerCase() !== "q") continue;
    const weight = quality(value);
    return weight === null ? null : [`${main}/${sub}`, weight];
  }
  return [`${main}/${sub}`, 1];
}

// The media ranges of a header with their qualities; members that are none are ignored.
const parse = (accept) => split(MEMBER, accept).slice(0, MAX_MEMBERS).map(member).filter(Boolean);

// The quality of the most specific of the ranges that match, and how specific that is.
function rating(ranges, mediaType) {
  const main = partitioned(mediaType, "/")[0];
  for (const [specificity, name] of [[2, mediaType], [1, `${main}/*`], [0, "*/*"]]) {
    const qualities = ranges.filter(([range]) => range === name).map(([, weight]) => weight);
    if (qualities.length) return [Math.max(...qualities), specificity];
  }
  return [0, -1];
}

// The best of the offers; null if none is acceptable. A header that cannot be parsed accepts anything.
export function preferred(accept, offers) {
  let ranges = parse(accept);
  if (!ranges.length) ranges = parse("*/*");
  let best = [null, 0, -1];
  for (const offer of offers) {
    const [weight, specificity] = rating(ranges, offer.media_type);
    if (weight > best[1] || (weight === best[1] && weight && specificity > best[2])) best = [offer, weight, specificity];
  }
  return best[0];
}

// The first of the offers that a value names: by a name, a file extension or a media type. It may be a list
// with commas: SPARQLWrapper sends several media types.
export function byName(value, offers) {
  for (const part of value.toLowerCase().split(",")) {
    const name = partitioned(part, ";")[0].trim();
    const found = offers.find(({ names }) => names.includes(name))
      ?? offers.find((offer) => name === offer.name || name === offer.media_type);
    if (found) return found;
  }
  return null;
}

export function unknownFormat(value, offers, what) {
  const available = unique(offers.map(({ name }) => name));
  const detail = `${quoted(value.slice(0, 100))} is not a format in which ${what} is available. The parameter format or output can be ${available.join(", ")}, or a media type.`;
  return new Problem("malformed-request", detail, { available });
}

export const mediaTypes = (offers) => unique(offers.filter(({ standard }) => standard).map((offer) => offer.media_type));

export function notAcceptable(accept, offers, what) {
  const available = mediaTypes(offers);
  const detail = `The Accept header ${quoted(accept.slice(0, 200))} accepts no format in which ${what} is available. Available: ${available.join(", ")}.`;
  return new Problem("not-acceptable", detail, { available });
}

// The best of the offers; what the parameters format and output request takes precedence.
export function choose(accept, offers, requested = [], what = "this resource") {
  const chosen = requested.length ? byName(requested[0], offers) : preferred(accept, offers);
  if (chosen) return chosen;
  throw requested.length ? unknownFormat(requested[0], offers, what) : notAcceptable(accept, offers, what);
}

// All formats of results, whatever their kind, in the tables of *formats*: those that Accept can request, or
// also those that only their name requests.
export const everything = ({ solutions, boolean, graph }, named = false) =>
  [...solutions, ...boolean, ...graph].filter((offer, at, all) => (named || !offer.by_name)
    && all.findIndex((other) => same(other, offer)) === at);

const same = (one, other) => one.media_type === other.media_type && one.extension === other.extension;

// Does a client that sends this prefer a page to a result, as browsers do? If it *isBare*, there is no query,
// and the page stands beside a graph alone.
export function prefersPage(formats, accept, requested, isBare = false) {
  if (requested.length) return byName(requested[0], [...everything(formats, true), HTML]) === HTML;
  return preferred(accept, [...(isBare ? formats.graph : everything(formats)), HTML]) === HTML;
}

const KINDS = ["solutions", "boolean", "graph"];

// The format for each kind of result: as requested by parameter, else by the header.
export function resultFormats(formats, accept, requested) {
  const unknown = requested.find((value) => !byName(value, everything(formats, true)));
  if (unknown !== undefined) throw unknownFormat(unknown, everything(formats, true), "a result");
  const chosen = KINDS.map((kind) => [kind, ofKind(formats[kind], accept, requested)]).filter(([, offer]) => offer);
  if (!requested.length && !chosen.length) throw notAcceptable(accept, everything(formats), "a result");
  return Object.fromEntries(chosen);
}

// One of these formats of one kind of result; null or undefined if none of them is wanted.
export const ofKind = (offers, accept, requested) => (requested.length
  ? requested.map((value) => byName(value, offers)).find(Boolean)
  : preferred(accept, offers.filter((offer) => !offer.by_name)));

// The language tags in a list with commas, the preferred first (RFC 4647, section 2.3).
export function languages(value) {
  const tags = unique(value.split(",").map((part) => part.trim().toLowerCase()).filter(Boolean));
  if (tags.length <= MAX_LANGUAGES && tags.every((tag) => LANGUAGE.test(tag))) return tags;
  const detail = `The parameter labels has the value ${quoted(value.slice(0, 100))}. Give language tags with commas between them, the preferred first and at most ${MAX_LANGUAGES}, such as zh-hans,en.`;
  throw new Problem("bad-parameter", detail, { parameter: "labels", value: value.slice(0, 100) });
}
