// The page that tells what is wrong in a query: the one of the site without a query, with what was found.

import { Address } from "./address.js";
import { html } from "./html.js";
import { HEADERS } from "./frame.js";
import { FOLLOWING, asSent, frameOf, inFolder, readerOf } from "./sparql.js";
import { sent } from "../protocol.js";

const SEVERITIES = { error: "Error", warning: "Warning", info: "Note" };
const COUNTED = { unmatched: "without a match", true: "true", false: "false", error: "in error", unbound: "without a value" };

export async function explainedPage(site, asked, pairs, explained) {
  const redirect = inFolder(asked);
  if (redirect) return redirect;
  const address = new Address(asSent(pairs)), reader = readerOf(await site.settings(), asked);
  const wanted = sent(address.hidden(""), reader.settings), found = await explained(wanted);
  const frame = await frameOf(site, asked, address, wanted.query, null, reader);
  return new Response(frame.answer(section(found, reader), FOLLOWING).text, { headers: HEADERS });
}

function section({ diagnostics, steps, left_out: leftOut }, reader) {
  const english = reader.language !== "en" && html` lang="en"`;
  const rows = diagnostics.map((found) => row(found, reader, english));
  return html`<section id="answer" aria-labelledby="answer-title">
<h2 id="answer-title">${reader.say("What is wrong")}</h2>
${rows.length > 0 && html`<ul id="diagnostics">\n${rows}</ul>\n`}${steps.length > 0 && way(steps, reader)}<p class="soft"${english}>${leftOut}</p>
</section>`;
}

function row({ code, severity, message, line, column, query, suggestion }, reader, english) {
  const place = reader.say("line %(line)s, column %(column)s", { line, column });
  const link = () => `?${new URLSearchParams({ query })}`;
  const repair = query && html`<p><a class="button repair" href="${link()}">${reader.say("Repair:")} <code>${suggestion}</code></a></p>\n`;
  return html`<li class="notice ${severity}" data-line="${String(line)}" data-column="${String(column)}" data-code="${code}" data-severity="${severity}"${query && html` data-query="${query}"`}>
<strong>${reader.say(SEVERITIES[severity])}</strong> <small>${place}</small> <small><code>${code}</code></small><br>
<span${english}>${message}</span>
${repair}</li>\n`;
}

function way(steps, reader) {
  const title = reader.say("Where the rows went");
  const head = ["Part of the query", "Before", "After", "Of these"].map((text, at) => html`<th scope="col"${[1, 2].includes(at) && html` class="number"`}>${reader.say(text)}</th>`);
  const rows = steps.map(({ text, before, after, counts }) => html`<tr${before > 0 && !after && html` class="lost"`}><td class="depth-0"><code>${text.slice(0, 120)}</code></td>
<td class="number">${String(before)}</td><td class="number">${String(after)}</td><td>${told(counts, reader)}</td></tr>\n`);
  return html`<details id="way" open>
<summary>${title}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="${title}">
<table class="answer"><thead><tr>${head}</tr></thead>
<tbody>\n${rows}</tbody></table></div>
</details>\n`;
}

const told = (counts, reader) =>
  Object.entries(counts).filter(([, number]) => number).map(([name, number]) => `${number} ${reader.say(COUNTED[name])}`).join(", ");
