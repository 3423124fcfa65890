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

function filter(words) {
  let count = 0;
  for (const item of items.toReversed()) {
    const fits = words.every((word) => texts.get(item).includes(word));
    const holds = [...item.querySelectorAll(":scope > ul > li")].some((child) => !child.hidden);
    item.hidden = !(fits || holds);
    if (fits && !item.classList.contains("again")) count += 1;
  }
  for (const group of groups) {
    group.hidden = ![...group.querySelectorAll("li")].some((item) => !item.hidden);
    group.open = words.length > 0;
  }
  return count;
}

const field = document.querySelector("input[data-filter]");
const told = document.querySelector("output[data-found]");
field?.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const count = filter(words);
  told.textContent = words.length ? `${count} ${told.dataset.found}` : "";
});
field?.form.addEventListener("submit", (event) => {
  const first = items.find((item) => !item.hidden);
  if (field.value && first) {
    event.preventDefault();
    location.hash = first.id || first.querySelector("a").hash;
  }
});

const { more } = document.querySelector("[data-more]").dataset;

/** Show what the page of a term says of it, below the term. */
async function open(details, address) {
  if (details.querySelector("dl")) return;
  const response = await fetch(address, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const found = page.querySelector("[data-details]");
  if (found) details.append(document.adoptNode(found));
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
