// The form of a canned query, in the text of its page, with other values.

import { term } from "../values.js";
import { Address } from "./address.js";
import { withAttribute } from "./frame.js";
import { escaped, html, joined } from "./html.js";

const OPTION = /<option value="([^"]*)"(?: selected)?>([^<]*)<\/option>/g;
const MEANING = /<small><q>[^]*?<\/small>\n?/g;
const VARIANTS = 8;

const plain = (text) => text.replace(/&(#34|#39|quot|amp|lt|gt);/g, (_, name) => ({ "#34": '"', "#39": "'", quot: '"', amp: "&", lt: "<", gt: ">" })[name]);
const quotedIn = (name) => escaped(name).replace(/[.*+?^$()|[\]\\{}]/g, "\\$&");

// Puts the values *given* into the form; returns of each list with one choice its options and the one that is chosen.
export function exchangeForm(frame, { question, given, address, meanings, reader, problem }) {
  const chosen = [], form = /<form id="parameters"[^]*?<\/form>/;
  frame.exchange(form, (text) => {
    let made = text.replace(MEANING, "");
    for (const row of question.parameters) {
      const values = given.filter(([name, value]) => name === row.name && value).map(([, value]) => value);
      const meant = meanings.filter(({ parameter }) => parameter === row.name).map((each) => meaning(each, reader)).join("")
        + (problem?.more.parameter === row.name && problem.more.suggestions ? doubt(problem, given, reader) : "");
      made = withValues(made, row, values, { settings: reader.settings, chosen, meant });
      if (values.length && !row.required) made = made.replace(/<details class="more"(?: open)?>/, '<details class="more" open>');
    }
    const kept = address.asked.filter(([name]) => !given.some(([own]) => own === name));
    const hidden = kept.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`).join("");
    return made.replace('<div class="toolbar">', () => `${hidden}<div class="toolbar">`);
  });
  return chosen;
}

const meaning = ({ value, name, label }, reader) =>
  html`<small><q>${value}</q>${reader.say(": ")}<code>${name}</code>${reader.say(" (")}${label}${reader.say(")")}</small>\n`;

// A value that names nothing, or several things, with what it may mean.
function doubt({ message, more: { parameter, value, suggestions } }, given, reader) {
  const said = reader.say(message.includes("names several things") ? "“%(text)s” names several things." : "“%(text)s” names nothing here.", { text: value });
  const links = suggestions.map((choice) => {
    const pairs = given.map(([name, text]) => [name, name === parameter && text === value ? choice.value : text]);
    return html`<a href="${new Address([]).written(pairs)}">${choice.label}</a> <small><code>${choice.value}</code></small>`;
  });
  return html`<p class="notice warning" role="alert"><strong>${said}</strong>
${links.length > 0 && html`${reader.say("Do you mean:")} ${joined(links, reader.say(", "))}\n`}<a href="${reader.root}search/${new Address([]).written([["q", value]])}">${reader.say("Search for it")}</a></p>\n`;
}

function withValues(form, row, values, { settings, chosen, meant }) {
  const list = new RegExp(`(<select [^>]*name="${quotedIn(row.name)}"[^>]*>)([^]*?)(</select>)`);
  if (list.test(form)) return form.replace(list, (_, begin, options, end) => begin + withChoice(options, row, values, settings, chosen) + end + meant);
  const inputs = new RegExp(`(?:<input [^>]*name="${quotedIn(row.name)}"[^>]*>\\s*)+`);
  return form.replace(inputs, (text) => {
    const first = withAttribute(/<input [^>]*>/.exec(text)[0], "value", null);
    const shown = row.list ? [...values, ""] : [values[0] ?? ""];
    const input = (value, at) => withAttribute(at ? withAttribute(withAttribute(first, "id", null), "aria-label", row.description || row.name) : first, "value", value);
    return `${shown.map(input).join("\n")}\n${meant}`;
  });
}

// The options of a list, of which those are chosen that mean one of the values, however these are written.
function withChoice(options, row, values, settings, chosen) {
  const meant = new Set(values.map((value) => term(settings, row.type, value) ?? value));
  const listed = [...options.matchAll(OPTION)].map(([, value, label]) => ({ value: plain(value), label: plain(label) }));
  const isChosen = ({ value }) => value !== "" && meant.has(term(settings, row.type, value) ?? value);
  const known = new Set(listed.filter(isChosen).map(({ value }) => term(settings, row.type, value) ?? value));
  const other = values.filter((value) => !known.has(term(settings, row.type, value) ?? value)).map((value) => ({ value, label: value }));
  const any = listed.filter(({ value }) => value === ""), rest = listed.filter(({ value }) => value !== "");
  if (!row.list) chosen.push({ name: row.name, options: rest.filter((option) => !isChosen(option)) });
  const written = (option) => html`<option value="${option.value}"${(isChosen(option) || other.includes(option)) && html` selected`}>${option.label}</option>\n`;
  return `\n${[...any, ...other, ...rest].map(written).join("")}`;
}

// The same question with other values: some of those that a list offers.
export function exchangeVariants(frame, chosen, address, reader) {
  const links = chosen.flatMap(({ name, options }) => options.slice(0, VARIANTS).map(({ value, label }) => {
    const kept = address.asked.filter(([key]) => key !== name);
    return html`<a href="${address.written([...kept, [name, value]])}">${label}</a>`;
  }));
  const list = links.length ? html`${joined(links, reader.say(", "))}${links.length >= VARIANTS && " …"}` : "";
  frame.text = frame.text.replace(/(<details class="variants soft"><summary>[^<]*<\/summary>)[^]*?(<\/details>)\n?/, (_, begin, end) => (links.length ? `${begin}${list}${end}\n` : ""));
}
