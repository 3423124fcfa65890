// The editor at /sparql: makes one of the form that the server sends. Without it the form works as it is.
import {
  createEditor, defaultKeymap, editHistory, editorCommands, highlightBracketPairs, insertText, matchBrackets,
} from "./built/prism.js";
import "./highlighting.js";
import { Answer } from "./answer.js";
import { CompletionList } from "./completion-list.js";
import { Diagnostics } from "./diagnostics.js";
import { format } from "./formatting.js";
import { fillExamples, fillPrefixes, fillRuns, onOpen, queryAt } from "./panels.js";
import { prologue, withPrefix } from "./sparql-tokens.js";
import { Storage } from "./storage.js";
import { Tabs } from "./tabs.js";
import { difference } from "./text-place.js";

const { addresses, language, words, kept } = JSON.parse(document.getElementById("editor-settings").textContent);
const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
const form = document.getElementById("ask");
const field = document.getElementById("query");
const parts = document.getElementById("editor-parts").content;
const part = (name) => parts.querySelector(`[data-part=${name}]`);

// --- The text -------------------------------------------------------------------------------------

const frame = document.createElement("div");
Object.assign(frame, { id: "editor-panel", className: "editor" });
frame.setAttribute("role", "tabpanel");
const narrow = matchMedia("(max-width: 40rem)");
const editor = createEditor(
  frame, { language: "sparql", value: field.value, tabSize: 2, wordWrap: narrow.matches },
  editHistory(), matchBrackets(false), highlightBracketPairs(),
  editorCommands({ ...defaultKeymap, "Mod+Enter": () => false, "9+f": () => (setOut(), true) },
    ['""', "''", "()", "[]", "{}"]),
);
narrow.addEventListener("change", () => editor.setOptions({ wordWrap: narrow.matches }));
Object.assign(editor.textarea, { name: field.name, required: field.required });
editor.textarea.setAttribute("aria-label", field.getAttribute("aria-label") ?? say("field"));
editor.textarea.setAttribute("aria-describedby", "editor-keys");
field.replaceWith(frame);
editor.textarea.id = "query";

function replace(text) {
  const { start, end, text: other } = difference(editor.value, text);
  if (start !== end || other) insertText(editor, other, start, end);
}

function setOut() {
  replace(format(editor.value));
}

// --- The choices beside it --------------------------------------------------------------------------

const choices = () => [...new FormData(form)].filter(([name, value]) => name !== "query" && typeof value === "string");

function choose(name, value) {
  const control = form.elements[name];
  if ([...control?.options ?? []].some((option) => option.value === value)) control.value = value;
}

const queryOf = (address) => new URL(address).searchParams.get("query");

// --- Tools ------------------------------------------------------------------------------------------

const bar = document.getElementById("editor-tools"), head = document.getElementById("editor-head"), tools = part("tools");
const runButton = bar.querySelector("[data-action=run]");
const cancel = part("cancel"), status = part("status"), stale = part("stale");
head.append(tools);
bar.querySelector("button").before(part("keys"), status, cancel);
const problems = part("problems");
bar.after(problems);
const place = document.createElement("div");
form.after(place);
place.before(stale);
place.append(...document.querySelectorAll("#answer"));

const storage = new Storage(kept);
const panels = Object.fromEntries([...tools.querySelectorAll("details[data-panel]")].map((panel) => [panel.dataset.panel, panel]));
// Where there are canned queries, a link leads to them.
const toQueries = bar.querySelector("a.button");
if (toQueries) toQueries.remove();
else panels.examples.remove();

const diagnostics = new Diagnostics(editor, problems, {
  address: addresses.explain, say, isTyping: () => completion.isOpen,
});
const completion = new CompletionList(editor, frame, { address: addresses.index, search: addresses.search, language, say });
const answer = new Answer(form, place, { cancel, status, say, told });

// What the answer that is shown was asked; it is marked as soon as something else is in the form.
let answered;
const asked = () => JSON.stringify([editor.value.trim(), choices()]);

function mark() {
  const isStale = place.childElementCount > 0 && asked() !== answered;
  place.toggleAttribute("data-stale", isStale);
  stale.hidden = !isStale;
}

// An answer is there, be it of the query in the editor or, by a link such as a repair, of another.
function told({ page, rows, isRight, isRun, isBack }) {
  // What is sorted or turned below a newer text is still of the earlier one.
  if (place.hasAttribute("data-stale") && !isRun && !isBack) return;
  const query = page.getElementById("query")?.value;
  if (query?.trim() && query.trim() !== editor.value.trim()) replace(query);
  for (const { name, value } of page.querySelectorAll("#ask select")) choose(name, value);
  diagnostics.fromPage(place);
  answered = asked();
  mark();
  tabs.active.address = location.href;
  tabs.keep();
  if (isRun && isRight) storage.addRun({ query: editor.value, params: choices(), at: Date.now(), rows });
}

function run() {
  completion.close();
  return answer.run();
}

// --- Tabs -------------------------------------------------------------------------------------------

const held = () => ({ query: editor.value, params: choices() });

function show({ query, params = [], address }) {
  answer.cancel();
  editor.setOptions({ value: query });
  params.forEach(([name, value]) => choose(name, value));
  status.textContent = "";
  place.replaceChildren();
  diagnostics.fromPage(place);
  mark();
  const isAnswered = address && queryOf(address)?.trim() === query.trim();
  if (isAnswered) answer.load(new URL(address), { isBack: true });
  history.replaceState({}, "", isAnswered ? address : form.action);
}

// A query that the page came with is in its address, or was posted.
const isExample = "example" in form.dataset;
const isGiven = queryOf(location.href) !== null || (place.childElementCount > 0 && !isExample);
const tabs = new Tabs(document.getElementById("tabs"), storage, {
  say, hold: held, show, original: isGiven ? "" : editor.value, template: part("tabs"), panel: frame,
});
tabs.start(isGiven ? editor.value : null, choices());
if (tabs.active.query !== editor.value) show(tabs.active);
else if (isGiven || isExample) tabs.active.address = isGiven ? location.href : answer.address.href;
tabs.save();
answered = asked();

let saving;
editor.on("update", () => {
  mark();
  clearTimeout(saving);
  saving = setTimeout(() => (tabs.retitle(), tabs.keep()), 400);
});
form.addEventListener("change", mark);
window.addEventListener("pagehide", () => tabs.keep());

window.addEventListener("popstate", () => {
  const query = queryOf(location.href);
  if (query === null) return void (place.replaceChildren(), mark());
  if (query.trim() !== editor.value.trim()) editor.setOptions({ value: query });
  answer.load(new URL(location.href), { isBack: true });
});

// --- What the buttons do ----------------------------------------------------------------------------

// Tab after Escape leaves the text.
let isLeaving = false;
frame.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.key === "Shift") return;
  if (event.key === "Escape" || (event.key === "Tab" && isLeaving)) event.stopPropagation();
  isLeaving = event.key === "Escape";
}, true);

// Wherever the focus is.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.querySelector(".primary").click();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter?.hasAttribute("formaction")) explain();
  else run();
});

async function explain() {
  await diagnostics.check();
  const { found: { length: number }, isPartial } = diagnostics;
  status.textContent = number ? say("problems", { number }) : say(isPartial ? "partly" : "fine");
}

async function share() {
  const isAnswered = queryOf(location.href)?.trim() === editor.value.trim();
  const address = isAnswered ? location.href : answer.address.href;
  try {
    await navigator.clipboard.writeText(address);
    status.textContent = say("copied");
  } catch {
    // Without a clipboard the address bar has it.
    history.replaceState({}, "", address);
    status.textContent = say("inAddress");
  }
}

function declare(prefix) {
  const { at, insert } = withPrefix(editor.value, prefix, completion.index.prefixes[prefix]);
  insertText(editor, insert, at, at);
}

tools.addEventListener("click", ({ target }) => {
  const { action, example, run: number, prefix } = target.closest("button")?.dataset ?? {};
  if (action === "format") setOut();
  else if (action === "share") share();
  else if (example) begin(example, target.textContent);
  else if (number) again(storage.content.runs[number]);
  else if (prefix) declare(prefix);
  if (!(example || number || prefix)) return;
  target.closest("details").open = false;
  (prefix ? editor.textarea : runButton).focus();
});

async function begin(example, title) {
  const query = await queryAt(example);
  if (query) tabs.open(query, title);
  if (query) run();
}

function again({ query, params }) {
  tabs.open(query);
  params.forEach(([name, value]) => choose(name, value));
  run();
}

onOpen(panels.examples, () => fillExamples(panels.examples, { address: addresses.queries, say }));
onOpen(panels.runs, () => fillRuns(panels.runs, { runs: storage.content.runs, language, say }));
onOpen(panels.prefixes, async () => {
  const { prefixes } = await completion.load();
  fillPrefixes(panels.prefixes, { prefixes, declared: prologue(editor.value).declared, say });
});

document.documentElement.classList.add("has-editor");
