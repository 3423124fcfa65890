// What is wrong in the query, as the server explains it: underlined in the text, listed below, repaired by a click.
import { insertText } from "./built/prism.js";
import { tokens } from "./sparql-tokens.js";
import { difference, offsetOf, rangeOf } from "./text-place.js";

const PAUSE = 700; // milliseconds after the last key
const SEVERITIES = ["error", "warning", "info"];

export class Diagnostics {
  // *isTyping* tells whether a word is still being completed.
  constructor(editor, list, { address, say, isTyping }) {
    Object.assign(this, { editor, list, address, say, isTyping, found: [] });
    this.checked = editor.value;
    this.fromPage(document);
    editor.on("update", () => this.changed());
    list.addEventListener("click", (event) => this.clicked(event));
  }

  // What the server has found while it made the answer is listed there.
  fromPage(page) {
    clearTimeout(this.timer);
    this.request?.abort();
    this.checked = this.editor.value;
    this.list.replaceChildren();
    this.found = [...page.querySelectorAll("[data-severity]")].map(({ dataset }) => this.placed({ ...dataset }));
    this.paint();
  }

  changed() {
    const { value } = this.editor;
    clearTimeout(this.timer);
    if (value !== this.text) this.follow(value);
    if (value !== this.checked) this.wait();
  }

  wait() {
    this.timer = setTimeout(() => (this.isTyping() ? this.wait() : this.check()), PAUSE);
  }

  // Marks stay at their words while the text around them changes.
  follow(value) {
    const { start, end, text } = difference(this.text, value), moved = text.length - (end - start);
    this.found = this.found.filter((row) => row.end <= start || row.start >= end)
      .map((row) => (row.start >= end ? { ...row, start: row.start + moved, end: row.end + moved } : row));
    this.paint();
    this.list.querySelectorAll("button.repair").forEach((button) => (button.disabled = value !== this.checked));
  }

  async check() {
    const text = this.editor.value;
    this.request?.abort();
    const request = (this.request = new AbortController());
    if (!this.address) return;
    if (!text.trim()) return this.show(text, { diagnostics: [] });
    try {
      const answer = await fetch(this.address, {
        method: "POST", signal: request.signal, headers: { Accept: "application/json" },
        // Nobody else is called while somebody types.
        body: new URLSearchParams({ query: text, call: "false" }),
      });
      const told = answer.ok ? await answer.json() : null;
      if (told && this.editor.value === text) this.show(text, told);
    } catch {
      // What cannot be checked now is checked with the next change.
    }
  }

  // A site without a server says what it has *left_out*.
  show(text, { diagnostics: told, left_out: leftOut }) {
    this.checked = this.text = text;
    this.isPartial = Boolean(leftOut);
    this.found = told.map((row, number) => this.placed({ ...row, number }));
    this.list.replaceChildren(...this.found.map((row) => this.item(row)));
    this.paint();
  }

  placed(row) {
    const { value } = this.editor, start = offsetOf(value, Number(row.line), Number(row.column));
    const token = tokens(value).find(({ start: begin, end, kind }) => begin <= start && start < end && kind !== "space");
    const length = Number(row.length) || (token ? token.end - start : 1);
    return { ...row, start, end: start + length };
  }

  item({ severity, message, line, query, number }) {
    const item = document.createElement("li"), place = document.createElement("button"), text = document.createElement("span");
    item.className = `diagnostic ${severity}`;
    Object.assign(place, { type: "button", className: "place", textContent: this.say("line", { number: line }) });
    place.dataset.number = number;
    text.lang = "en";
    text.textContent = message;
    item.append(place, " ", text);
    if (query) {
      const repair = document.createElement("button");
      Object.assign(repair, { type: "button", className: "repair", textContent: this.say("repair") });
      repair.dataset.number = number;
      item.append(" ", repair);
    }
    return item;
  }

  clicked({ target }) {
    const button = target.closest("button"), row = this.found.find(({ number }) => String(number) === button?.dataset.number);
    if (!row) return;
    if (button.className === "repair") this.repair(row.query);
    this.editor.textarea.focus();
    if (button.className === "place") this.editor.textarea.setSelectionRange(row.start, row.end);
  }

  repair(query) {
    const { start, end, text } = difference(this.editor.value, query);
    insertText(this.editor, text, start, end);
    this.check();
  }

  // The browser draws the lines, so that nothing is added to the text.
  paint() {
    this.text = this.editor.value;
    if (!window.Highlight) return;
    for (const severity of SEVERITIES) {
      const rows = this.found.filter((row) => row.severity === severity);
      const ranges = rows.map(({ start, end }) => rangeOf(this.editor, start, end)).filter(Boolean);
      CSS.highlights.set(`query-${severity}`, new Highlight(...ranges));
    }
  }
}
