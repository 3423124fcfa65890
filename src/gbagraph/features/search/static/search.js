// Suggestions while typing, in each field marked data-suggest: a combobox as in the ARIA Authoring
// Practices. data-suggest="KIND …" fills the field with what is chosen; without kinds, anything is
// suggested, and what is chosen is opened. Without this script, forms work as they are.
const source = new URL("../search", import.meta.url);
const sheet = new CSSStyleSheet();
sheet.replaceSync(`.suggestions { position: absolute; z-index: 9; margin: 2px 0; padding: .25rem;
  min-width: min(20rem, 100vw - 1rem); max-width: calc(100vw - 1rem); max-height: 60vh; overflow-y: auto;
  font-size: 1rem; list-style: none; color: var(--ink, CanvasText); background: var(--raised, Canvas);
  border: 1px solid var(--strong-line, GrayText); border-radius: var(--radius, 0);
  box-shadow: 0 6px 20px rgb(0 0 0 / .18) }
  .suggestions[hidden] { display: none }
  .suggestions li { padding: .35rem .6rem; border-radius: 4px; cursor: pointer }
  .suggestions li:hover { background: color-mix(in srgb, var(--tint, Highlight) 55%, transparent) }
  .suggestions [aria-selected=true] { background: var(--tint, Highlight); color: var(--ink, HighlightText);
    box-shadow: inset 3px 0 var(--accent, HighlightText) }
  @media (forced-colors: active) { .suggestions [aria-selected=true] { outline: 2px solid Highlight; outline-offset: -2px } }`);
document.adoptedStyleSheets.push(sheet);
const said = document.querySelector("script[data-suggestions]")?.dataset.suggestions ?? "{number}";

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

function combobox(input, number) {
  const list = document.createElement("ul"), status = document.createElement("span");
  let rows = [], at = -1, timer, request;

  set(list, { id: `suggestions-${number}`, class: "suggestions", hidden: "", role: "listbox",
    "aria-label": input.ariaLabel ?? input.labels[0].textContent.trim() });
  set(input, { autocomplete: "off", role: "combobox", "aria-autocomplete": "list",
    "aria-controls": list.id, "aria-expanded": "false" });
  set(status, { class: "hidden-label", role: "status" });
  (input.closest("label") ?? input).after(list, status);

  function show(found) {
    rows = found;
    list.replaceChildren(...rows.map(option));
    list.hidden = !rows.length;
    set(input, { "aria-expanded": !list.hidden });
    status.textContent = list.hidden ? "" : said.replace("{number}", rows.length);
    put();
    select(-1);
  }

  // Below the field and as wide, within the screen.
  function put() {
    const { style } = list, { offsetLeft, offsetTop, offsetWidth, offsetHeight } = input;
    Object.assign(style, { left: `${offsetLeft}px`, top: `${offsetTop + offsetHeight}px`, width: `${offsetWidth}px` });
    const over = list.getBoundingClientRect().right + 8 - document.documentElement.clientWidth;
    if (over > 0) style.left = `${offsetLeft - over}px`;
  }

  function option(row, index) {
    const item = document.createElement("li"), more = document.createElement("small");
    set(item, { id: `${list.id}-${index}`, role: "option", lang: row.labelLanguage });
    item.append(row.label, " ", more);
    more.textContent = row.types?.[0] ?? (row.kind === "query" ? "?" : row.name);
    item.onclick = () => choose(row);
    return item;
  }

  function select(index) {
    at = index;
    [...list.children].forEach((item, i) => set(item, { "aria-selected": i === at }));
    list.children[at]?.scrollIntoView({ block: "nearest" });
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else set(input, { "aria-activedescendant": list.children[at].id });
  }

  function close() {
    clearTimeout(timer);
    request?.abort();
    show([]);
  }

  function choose(row) {
    close();
    if (!input.dataset.suggest) location.assign(new URL(row.address, source));
    else {
      input.value = row.name;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  function ask() {
    clearTimeout(timer);
    request?.abort();
    if (!input.value.trim()) show([]);
    else timer = setTimeout(load, 120);
  }

  async function load() {
    const address = new URL(source);
    address.search = new URLSearchParams([["q", input.value], ["format", "json"], ["limit", 8],
      ["labels", document.documentElement.lang],
      ...(input.dataset.suggest ?? "").split(" ").filter(Boolean).map((kind) => ["kind", kind])]);
    request = new AbortController();
    const { signal } = request;
    try {
      const answer = await fetch(address, { signal });
      const found = answer.ok ? (await answer.json()).results : [];
      if (!signal.aborted && document.activeElement === input) show(found);
    } catch {
      if (!signal.aborted) show([]);
    }
  }

  input.addEventListener("input", (event) => event.isComposing || ask());
  input.addEventListener("compositionend", ask);
  input.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  input.addEventListener("keydown", (event) => {
    const { key } = event, step = { ArrowDown: 1, ArrowUp: -1 }[key], size = rows.length + 1;
    if (event.isComposing || event.keyCode === 229) {
      // Safari tells by this code that Enter ends what is being composed.
      if (key !== "Enter") return;
    } else if (step) {
      if (rows.length) select((at + 1 + step + size) % size - 1);
      else ask();
    } else if (key === "Enter" && at >= 0) choose(rows[at]);
    else if (key === "Escape" && !list.hidden) close();
    else return;
    event.preventDefault();
  });
}

document.querySelectorAll("input[data-suggest]").forEach(combobox);
