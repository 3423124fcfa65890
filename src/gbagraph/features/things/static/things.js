// Betters the pages of things: buttons that copy, and marks that close.

for (const button of document.querySelectorAll("button.copy")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1500);
  });
}

for (const type of ["click", "keydown"]) {
  addEventListener(type, (event) => {
    const open = document.querySelector(".sign[open]");
    if (!open || (type === "click" ? open.contains(event.target) : event.key !== "Escape")) return;
    open.open = false;
    if (event.key) open.firstElementChild.focus();
  });
}
