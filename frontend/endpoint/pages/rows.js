// The rows of one page of an answer: found, sorted and counted as gbagraph.engine.paging does on a server.

import { quoted } from "../negotiation.js";
import { Problem } from "../problem.js";
import { INTEGERS, XSD } from "../terms.js";

const SIZE = 100;
const NUMBERS = new Set([...INTEGERS, "decimal", "double", "float"].map((name) => XSD + name));

const parts = (term) => (term.type === "triple" ? Object.values(term.value).flatMap(parts) : [term]);
const irisOf = (rows) => rows.flatMap((row) => Object.values(row)).flatMap(parts)
  .filter(({ type }) => type === "uri").map(({ value }) => value);

// What a page shows of a term.
function said(term, reader, labels) {
  if (term.type === "uri") return [reader.compact(term.value), ...[labels.of(term)].filter(Boolean).map(({ value }) => value)];
  return [reader.value(term).text];
}

// Numbers by their value, before all else by what a page shows; no value is always the last.
function key(term, reader, labels, rankOfNone) {
  if (!term) return [rankOfNone, 0, ""];
  const number = NUMBERS.has(term.datatype) ? float(term.value) : NaN;
  if (!Number.isNaN(number)) return [0, number, ""];
  return [1, 0, said(term, reader, labels).at(-1).toLowerCase()];
}

const float = (text) => (/^\s*[+-]?INF\s*$/.test(text) ? (text.includes("-") ? -Infinity : Infinity) : Number(text.trim() || NaN));
const compared = (one, other) => one.reduce((sum, value, at) => sum || (value < other[at] ? -1 : value > other[at] ? 1 : 0), 0);

async function sorted(rows, order, names, reader, labels) {
  const name = order.replace(/^-/, ""), sign = order.startsWith("-") ? -1 : 1;
  if (!names.includes(name)) {
    const detail = `The parameter order has the value ${quoted(order.slice(0, 100))}. The columns are ${names.join(", ")}; a minus sign before one reverses the order.`;
    throw new Problem("bad-parameter", detail, { parameter: "order" });
  }
  await labels.read(irisOf(rows.map((row) => (row[name] ? { [name]: row[name] } : {}))));
  const keyed = rows.map((row) => [key(row[name], reader, labels, sign < 0 ? -1 : 9), row]);
  return keyed.sort(([one], [other]) => sign * compared(one, other)).map(([, row]) => row);
}

async function fitting(rows, find, reader, labels) {
  const wanted = find.toLowerCase().trim();
  if (!wanted) return rows;
  await labels.read(irisOf(rows));
  return rows.filter((row) => Object.values(row).some((term) => said(term, reader, labels).some((text) => text.toLowerCase().includes(wanted))));
}

// The rows that an address shows, the number of all, and that of the first.
export async function shownOf({ names, rows }, address, reader, labels) {
  const begins = (address.page - 1) * SIZE, order = address.shown("order");
  const found = await fitting(rows, address.shown("find"), reader, labels);
  const all = order ? await sorted(found, order, names, reader, labels) : found;
  const shown = all.slice(begins, begins + SIZE);
  await labels.read(irisOf(shown));
  return { rows: shown, total: all.length, first: begins + 1 };
}
