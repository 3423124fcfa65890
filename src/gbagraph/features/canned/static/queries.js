// The list of canned queries, filtered while somebody types; the form does the same by itself.
const form = document.getElementById("filter"), field = form.elements.q;
const rows = [...document.querySelectorAll("#questions li")];
const nothing = document.getElementById("nothing");

function filter() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of rows) {
    const said = `${row.firstElementChild.textContent} ${row.dataset.words}`.toLowerCase();
    row.hidden = !words.every((word) => said.includes(word));
  }
  for (const group of document.querySelectorAll("#questions section")) {
    group.hidden = !group.querySelector("li:not([hidden])");
  }
  nothing.hidden = rows.some((row) => !row.hidden);
}

// What the server filtered already must be found again when the words change: then it is asked.
if (!new URLSearchParams(location.search).get("q")) {
  field.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
}
