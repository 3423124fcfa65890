// The list of completions at the cursor: a listbox that the text field owns, by keyboard, mouse and finger.
import { insertText } from "./built/prism.js";
import { completions, termItem, wordAt } from "./completion.js";
import { placeOfPrefix, prologue, tokens, withPrefix } from "./sparql-tokens.js";
import { boxOf } from "./text-place.js";

const PAUSE = 150; // milliseconds before the server is asked
const OTHERS = 10; // results of the server
const NOT_IN_WORDS = /[^\p{L}\p{N}_:·%\\.?$-]/u;
const PREFIX_TYPED = /(?:^|[^\p{L}\p{N}_.:<"'@-])(\p{L}[\p{L}\p{N}_-]*):$/u;

export class CompletionList {
  constructor(editor, frame, { address, search, language, say }) {
    Object.assign(this, { editor, frame, address, search, language, say });
    this.index = null;
    this.items = [];
    this.at = -1;
    this.list = document.createElement("ul");
    Object.assign(this.list, { id: "completions", className: "completions", hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", say("completions"));
    this.status = document.createElement("p");
    this.status.className = "hidden-label";
    this.status.setAttribute("role", "status");
    frame.append(this.list, this.status);
    this.listen();
  }

  listen() {
    const { textarea, container } = this.editor;
    textarea.setAttribute("aria-autocomplete", "list");
    textarea.setAttribute("aria-haspopup", "listbox");
    // Before the keys of the editor itself.
    this.frame.addEventListener("keydown", (event) => this.key(event), true);
    textarea.addEventListener("focus", () => this.load(), { once: true });
    textarea.addEventListener("blur", () => this.close());
    textarea.addEventListener("input", (event) => this.typed(event));
    textarea.addEventListener("compositionend", () => this.update(false));
    container.addEventListener("scroll", () => this.close());
    this.editor.on("selectionChange", () => this.isOpen && this.moved());
    this.list.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.list.scrollTop += event.deltaY;
    });
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("li");
      if (option) this.accept(this.items[Number(option.dataset.number)]);
    });
  }

  get isOpen() { return !this.list.hidden; }

  get cursor() { return this.editor.textarea.selectionEnd; }

  // The names of the data, once; without them there are still keywords, functions and variables.
  async load() {
    this.loading ??= !this.address ? null : fetch(this.address, { headers: { Accept: "application/json" } })
      .then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
    const found = await this.loading;
    this.index ??= found ?? { complete: false, prefixes: {}, terms: [] };
    return this.index;
  }

  async typed(event) {
    if (event.isComposing) return;
    if (event.data === ":") await this.declare();
    const isTyping = event.inputType?.startsWith("insertText") || event.inputType?.startsWith("deleteContentB");
    if (isTyping && event.data !== " ") this.update(false);
    else this.close();
  }

  // Adds the declaration of a known prefix that has just been typed.
  async declare() {
    const { value } = this.editor, { cursor } = this;
    const [, prefix] = value.slice(0, cursor).match(PREFIX_TYPED) ?? [];
    if (!prefix || !isUse(value, cursor)) return;
    const { prefixes } = await this.load();
    if (!prefixes[prefix] || prologue(value).declared.has(prefix) || this.editor.value !== value) return;
    const { at, insert } = withPrefix(value, prefix, prefixes[prefix]);
    insertText(this.editor, insert, at, at, cursor + insert.length);
    this.announce(this.say("declared", { prefix }));
  }

  async update(isAsked) {
    const { value } = this.editor, { cursor } = this;
    const place = this.editor.textarea.selectionStart === cursor ? wordAt(value, cursor) : null;
    if (!place || !(isAsked || isLongEnough(place.word))) return this.close();
    const index = this.index ?? (await this.load());
    if (this.editor.value !== value || this.cursor !== cursor) return;
    const items = completions(index, value, place, this.language);
    this.show(place, items, isAsked);
    if (!index.complete && place.word.length > 1 && place.place !== "service") this.ask(place, items, isAsked);
  }

  // A large graph is searched by the server.
  ask(place, items, isAsked) {
    clearTimeout(this.timer);
    if (this.search) this.timer = setTimeout(async () => {
      const text = place.word.slice(place.word.indexOf(":") + 1).replace(/^[?$]/, "");
      if (!text || /^[?$]/.test(place.word)) return;
      const address = `${this.search}?${new URLSearchParams({ q: text, format: "json", limit: OTHERS })}`;
      const { results } = await fetch(address).then((answer) => answer.json()).catch(() => ({ results: [] }));
      const known = new Set(items.map(({ label }) => label));
      const more = results.filter((row) => !known.has(row.name ?? row.iri) && row.kind !== "query")
        .map((row) => termItem(asTerm(row), this.language, text.toLowerCase()));
      if (more.length && this.cursor === place.from + place.word.length) this.show(place, [...items, ...more], isAsked);
    }, PAUSE);
  }

  show(place, items, isAsked) {
    const isWhole = items[0]?.insert === place.word;
    if (!items.length || (isWhole && !isAsked)) return this.close();
    this.place = place;
    this.items = items;
    this.list.replaceChildren(...items.map((item, number) => this.option(item, number)));
    this.list.hidden = false;
    this.editor.textarea.setAttribute("aria-controls", this.list.id);
    // Enter after a new variable is to begin a line, not to make an older one of it.
    this.select(/^[?$]/.test(place.word) ? -1 : 0);
    this.announce(this.say("number", { number: items.length }));
  }

  option(item, number) {
    const option = document.createElement("li"), name = document.createElement("b"), detail = document.createElement("span");
    option.id = `completion-${number}`;
    option.dataset.number = number;
    option.className = `is-${item.kind}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    const kind = Object.assign(document.createElement("i"), { textContent: this.say(item.kind) });
    name.textContent = item.label;
    detail.textContent = item.detail ?? "";
    if (item.language) detail.lang = item.language;
    option.append(kind, name, " ", detail);
    if (item.note) {
      const note = document.createElement("small");
      note.lang = "en";
      note.textContent = item.note;
      option.append(" ", note);
    }
    return option;
  }

  put() {
    const frame = this.frame.getBoundingClientRect(), box = boxOf(this.editor, this.place.from);
    const { style } = this.list, width = this.list.offsetWidth, height = this.list.offsetHeight;
    style.left = `${Math.max(0, Math.min(box.left - frame.left - 8, frame.width - width))}px`;
    const isBelow = box.bottom + height < window.innerHeight || box.top < height;
    style.top = `${isBelow ? box.bottom - frame.top + 2 : box.top - frame.top - height - 2}px`;
  }

  select(number) {
    this.at = number;
    [...this.list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === number)));
    const option = this.list.children[number];
    if (option) {
      this.list.scrollTop = Math.max(Math.min(this.list.scrollTop, option.offsetTop),
        option.offsetTop + option.offsetHeight - this.list.clientHeight);
      this.editor.textarea.setAttribute("aria-activedescendant", option.id);
    } else this.editor.textarea.removeAttribute("aria-activedescendant");
    this.put();
  }

  close() {
    clearTimeout(this.timer);
    if (!this.isOpen) return;
    this.list.hidden = true;
    this.editor.textarea.removeAttribute("aria-controls");
    this.editor.textarea.removeAttribute("aria-activedescendant");
    this.announce("");
  }

  // The cursor has left the word.
  moved() {
    const { from, place } = this.place, { cursor } = this, other = place === "service" ? /[\s>{}]/ : NOT_IN_WORDS;
    if (cursor < from || other.test(this.editor.value.slice(from, cursor))) this.close();
  }

  announce(text) { this.status.textContent = text; }

  key(event) {
    if (event.isComposing || event.keyCode === 229) return;
    const isAsking = event.key === " " && event.ctrlKey;
    if (isAsking) this.update(true);
    else if (!this.isOpen || !this.handled(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  handled({ key, shiftKey, ctrlKey, altKey, metaKey }) {
    const last = this.items.length - 1, step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[key];
    if (ctrlKey || altKey || metaKey) return false;
    if (key === "Escape") this.close();
    else if (step) {
      const next = this.at + step;
      this.select(next > last ? (step === 1 ? 0 : last) : next < 0 ? (step === -1 ? last : 0) : next);
    } else if (key === "Tab" && !shiftKey) this.accept(this.items[Math.max(0, this.at)]);
    else if (key === "Enter" && this.at >= 0) this.accept(this.items[this.at]);
    else return false;
    return true;
  }

  // Puts the completion in place of the word, and declares its prefix, as one step that can be undone.
  accept(item) {
    const { value } = this.editor, { cursor } = this, { from } = this.place;
    const iri = item.prefix && !prologue(value).declared.has(item.prefix) ? this.index.prefixes[item.prefix] : "";
    this.close();
    if (iri && isUse(`${value.slice(0, from)}x:`, from + 2) && placeOfPrefix(value) <= from) {
      const { at, insert } = withPrefix(value, item.prefix, iri);
      insertText(this.editor, `${insert}${value.slice(at, from)}${item.insert}`, at, cursor);
    } else insertText(this.editor, item.insert, from, cursor);
    if (item.kind === "prefix" && !item.insert.includes("<")) this.update(false);
  }
}

// Whether the name that ends here is one that uses a prefix, and no declaration.
function isUse(text, at) {
  const list = tokens(text.slice(0, at)).filter(({ kind }) => kind !== "space");
  return list.at(-1)?.kind === "name" && list.at(-2)?.text.toUpperCase() !== "PREFIX";
}

// Two letters, a Chinese character, a prefix with its colon, or the sign of a variable or an IRI.
const isLongEnough = (word) => word.length > 1 || /[?$<\u2e80-\uffff]/.test(word);

const asTerm = ({ kind, iri, name, label, language, names }) => ({
  kind, name: name ?? iri,
  labels: [{ text: label, language: language ?? "" }, ...(names ?? [])]
    .reduce((all, row) => ({ ...all, [row.language]: [...(all[row.language] ?? []), row.text] }), {}),
});
