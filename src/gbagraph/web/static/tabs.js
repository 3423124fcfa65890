// Several queries beside each other: a list of tabs, each with its text, its choices and its answer.

const FIRST_COMMENT = /^\s*#+\s*(?:summary:\s*)?(.+)$/m;
const LONGEST = 32; // letters of a name

const nameOf = (query) => {
  const [, comment] = query.trimStart().startsWith("#") ? query.match(FIRST_COMMENT) ?? [] : [];
  return comment?.trim().slice(0, LONGEST) ?? "";
};

export class Tabs {
  // *hold* takes what is shown into a tab, *show* shows a tab.
  constructor(element, storage, { say, hold, show, original, template, panel }) {
    Object.assign(this, { element, storage, say, hold, show, original, panel });
    this.tabs = storage.content.tabs.filter((tab) => typeof tab.query === "string").map((tab) => ({ ...tab }));
    element.replaceChildren(template);
    this.list = element.querySelector("[role=tablist]");
    this.field = element.querySelector(".tab-name");
    this.listen();
  }

  get active() { return this.tabs.find(({ id }) => id === this.id); }

  // Begins with a query that the page came with, or where the last visit ended.
  start(given, params) {
    const { active } = this.storage.content;
    const same = given === null ? undefined : this.tabs.find(({ query }) => query.trim() === given.trim());
    if (given === null) this.id = this.tabs.some(({ id }) => id === active) ? active : this.tabs.at(-1)?.id;
    else this.id = same?.id;
    if (!this.active) this.make(given ?? this.original, params);
    else if (given !== null) Object.assign(this.active, { params });
    this.render();
  }

  make(query, params) {
    const id = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;
    this.tabs.push({ id, query, params, name: "" });
    this.id = id;
  }

  // A query in a tab of its own; an untouched tab is used for it.
  open(query, name = "") {
    this.keep();
    if (this.active.query.trim() && this.active.query.trim() !== this.original.trim()) this.make(query, this.active.params);
    else Object.assign(this.active, { query, answer: undefined, address: "" });
    this.active.name = name.slice(0, LONGEST);
    this.change();
  }

  pick(id) {
    if (id === this.id) return;
    this.keep();
    this.id = id;
    this.change();
  }

  close(id) {
    const number = this.tabs.findIndex((tab) => tab.id === id);
    this.tabs.splice(number, 1);
    if (!this.tabs.length) this.make("", undefined);
    else if (id === this.id) this.id = this.tabs[Math.min(number, this.tabs.length - 1)].id;
    this.change();
    this.list.querySelector("[aria-selected=true]").focus();
  }

  // Takes what is shown into the tab, and keeps all in the browser.
  keep() {
    if (this.active) Object.assign(this.active, this.hold());
    this.save();
  }

  save() {
    const kept = this.tabs.map(({ id, query, params, name, address }) => ({ id, query, params, name, address }));
    this.storage.write({ tabs: kept, active: this.id });
  }

  change() {
    this.show(this.active);
    this.render();
    this.save();
  }

  title(tab) { return tab.name || nameOf(tab.query) || this.say("query", { number: this.tabs.indexOf(tab) + 1 }); }

  render() {
    this.list.replaceChildren(...this.tabs.map((tab) => this.button(tab)));
    this.panel.setAttribute("aria-labelledby", `tab-${this.id}`);
  }

  // Where only the text has changed, the name may have.
  retitle() {
    const button = this.list.querySelector("[aria-selected=true]"), title = this.title({ ...this.active, ...this.hold() });
    if (button && !this.active.name && button.textContent !== title && nameOf(this.hold().query)) button.textContent = title;
  }

  button(tab) {
    const button = document.createElement("button"), isActive = tab.id === this.id;
    Object.assign(button, { type: "button", id: `tab-${tab.id}`, textContent: this.title(tab), tabIndex: isActive ? 0 : -1 });
    button.setAttribute("role", "tab");
    button.setAttribute("aria-selected", String(isActive));
    button.setAttribute("aria-controls", this.panel.id);
    button.dataset.tab = tab.id;
    return button;
  }

  listen() {
    this.list.addEventListener("click", ({ target }) => {
      const tab = target.closest("[role=tab]");
      if (!tab) return;
      this.pick(tab.dataset.tab);
      this.list.querySelector("[aria-selected=true]").focus();
    });
    this.list.addEventListener("dblclick", () => this.rename());
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("click", ({ target }) => {
      const what = target.closest("[data-tabs]")?.dataset.tabs;
      if (what === "new") this.add();
      else if (what === "close") this.close(this.id);
      else if (what === "rename") this.rename();
    });
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Escape") {
        event.preventDefault();
        this.renamed(event.key === "Enter");
      }
    });
    this.field.addEventListener("blur", () => this.renamed(true));
  }

  add() {
    this.keep();
    this.make("", this.active.params);
    this.change();
    this.panel.querySelector("textarea").focus();
  }

  key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], number = this.tabs.indexOf(this.active);
    if (step) this.pick(this.tabs[(number + step + this.tabs.length) % this.tabs.length].id);
    else if (event.key === "Home") this.pick(this.tabs[0].id);
    else if (event.key === "End") this.pick(this.tabs.at(-1).id);
    else if (event.key === "Delete") this.close(this.id);
    else if (event.key === "F2") return this.rename();
    else return;
    event.preventDefault();
    this.list.querySelector("[aria-selected=true]").focus();
  }

  rename() {
    this.keep();
    this.field.hidden = false;
    this.field.value = this.title(this.active);
    this.field.focus();
    this.field.select();
  }

  renamed(isMeant) {
    if (this.field.hidden) return;
    this.field.hidden = true;
    if (isMeant) this.active.name = this.field.value.trim().slice(0, LONGEST);
    this.render();
    this.save();
    this.list.querySelector("[aria-selected=true]").focus();
  }
}
