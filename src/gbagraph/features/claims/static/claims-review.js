// The keys of the review: what has data-key is clicked by that key, or gets the focus if it is a field.

const form = document.querySelector("form");
const reject = document.querySelector(".reject");
const line = document.querySelector("#line");

document.documentElement.classList.add("has-keys");

function at(key) {
  const found = [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === key);
  return found?.closest(".why") && !reject.open ? null : found;
}

addEventListener("keydown", (event) => {
  const field = event.target.closest("input, textarea");
  if (event.isComposing || event.repeat) return;
  if (event.key === "Escape") {
    if (field) field.blur();
    else if (reject) reject.open = false;
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target === line) {
    at("a").click();
  } else if (!field && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const target = at(event.key);
    if (!target) return;
    event.preventDefault();
    if (target.matches("input, textarea")) target.focus();
    else target.click();
  }
});

reject?.addEventListener("toggle", () => {
  if (reject.open) reject.querySelector("[aria-invalid], .reasons button").focus();
});

// A decision is sent once, however often a key is pressed.
form?.addEventListener("submit", (event) => {
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => delete form?.dataset.sent);

document.querySelector("[aria-invalid]")?.focus();
