// What opens under the buttons of the editor: examples, earlier runs, prefixes. Each is made when first needed.

const button = (text, data) => {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", textContent: text });
  Object.assign(made.dataset, data);
  return made;
};

const listOf = (items) => {
  const list = document.createElement("ul");
  list.append(...items.map((content) => {
    const item = document.createElement("li");
    item.append(...content);
    return item;
  }));
  return list;
};

const small = (text) => Object.assign(document.createElement("small"), { textContent: text });

// Fills *panel* (a details element) when it is opened.
export function onOpen(panel, fill) {
  panel.addEventListener("toggle", () => panel.open && fill());
}

// The canned queries as their own page groups them, each with what that says of it, and a field that filters them.
export async function fillExamples(panel, { address, say }) {
  const content = panel.querySelector(".content"), field = panel.querySelector("input");
  field.focus();
  if (content.childElementCount) return;
  const groups = [...(await pageAt(address)).querySelectorAll("#questions > section")].map(group);
  content.replaceChildren(...(groups.length ? groups : [say("nothing")]));
  field.addEventListener("input", () => filter(content, field.value));
}

const pageAt = async (address) => {
  const text = await fetch(address, { headers: { Accept: "text/html" } }).then((answer) => answer.text()).catch(() => "");
  return new DOMParser().parseFromString(text, "text/html");
};

// The query of an example, as its page leads to it.
export async function queryAt(address) {
  const link = (await pageAt(address)).querySelector("#parameters a.button");
  return link && new URL(link.href).searchParams.get("query");
}

function group(section) {
  const made = document.createElement("section"), head = document.createElement("h2");
  head.textContent = section.querySelector("h2").textContent;
  made.append(head, listOf([...section.querySelectorAll("li")].map((row) => {
    const question = row.querySelector("a"), item = button(question.textContent, { example: question.href });
    item.lang = question.lang || section.ownerDocument.documentElement.lang;
    item.dataset.words = `${row.dataset.words} ${question.textContent.toLowerCase()}`;
    const told = [...row.querySelectorAll(".shape, .about")].map((part) => document.adoptNode(part));
    told.forEach((part) => (part.hidden = false));
    return [item, ...told];
  })));
  return made;
}

function filter(content, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const section of content.children) {
    const items = [...section.querySelectorAll("li")];
    items.forEach((item) => (item.hidden = !words.every((word) => item.firstChild.dataset.words.includes(word))));
    section.hidden = items.every(({ hidden }) => hidden);
  }
}

// What was run before, the last first.
export function fillRuns(panel, { runs, language, say }) {
  const time = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const items = runs.map(({ query, at, rows }, number) => [
    button(query.replace(/^\s*(?:PREFIX[^\n]*\n\s*)*/i, "").replace(/\s+/g, " ").slice(0, 120), { run: number }),
    " ", small([time.format(at), rows === undefined ? "" : say("rows", { rows })].filter(Boolean).join(" · ")),
  ]);
  panel.querySelector(".content").replaceChildren(items.length ? listOf(items) : say("nothing"));
}

// The prefixes that the server knows; a click declares one.
export function fillPrefixes(panel, { prefixes, declared, say }) {
  const items = Object.entries(prefixes).map(([prefix, iri]) => {
    const made = button(`${prefix}:`, { prefix });
    made.disabled = declared.has(prefix);
    return [made, " ", small(iri)];
  });
  panel.querySelector(".content").replaceChildren(items.length ? listOf(items) : say("nothing"));
}
