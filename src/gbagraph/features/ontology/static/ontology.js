// The page of the ontology: a filter over the terms, and their details without leaving the page.

const groups = [...document.querySelectorAll("details.terms")];
const items = groups.flatMap((group) => [...group.querySelectorAll("li")]);

/** The text of a term itself, without that of the terms below it. */
function textOf(item) {
  return [...item.children]
    .filter((child) => child.tagName !== "UL" && child.tagName !== "DETAILS")
    .map((child) => child.textContent)
    .join(" ")
    .toLowerCase();
}

const texts = new Map(items.map((item) => [item, textOf(item)]));

/** Leave the terms with these words, and what holds them; return those with the words. */
function filter(words) {
  const fitting = items.filter((item) => words.every((word) => texts.get(item).includes(word)));
  for (const item of items) item.hidden = !fitting.some((each) => item.contains(each));
  for (const group of groups) {
    group.hidden = !fitting.some((each) => group.contains(each));
    group.open = words.length > 0;
  }
  return fitting.filter((item) => !item.classList.contains("again"));
}

const field = document.querySelector("input[data-filter]");
const told = document.querySelector("output[data-found]");
let found = [];
field?.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  found = filter(words);
  told.textContent = words.length ? `${found.length} ${told.dataset.found}` : "";
});
field?.form.addEventListener("submit", (event) => {
  if (!field.value || !found.length) return;
  event.preventDefault();
  location.hash = found[0].id;
});

const { more } = document.querySelector("[data-more]").dataset;

/** Show what the page of a term says of it, below the term. */
async function open(details, address) {
  if (details.querySelector("dl")) return;
  const response = await fetch(address, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const rows = page.querySelector("[data-details]");
  if (rows) details.append(document.adoptNode(rows));
}

for (const item of items) {
  const link = item.querySelector(":scope > a");
  if (item.classList.contains("again") || !link) continue;
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = more;
  summary.setAttribute("aria-label", `${more}: ${link.textContent}`);
  summary.className = "more";
  details.className = "more";
  details.append(summary);
  details.addEventListener("toggle", () => details.open && open(details, link.href), { once: true });
  item.querySelector(":scope > p")?.after(details);
}
