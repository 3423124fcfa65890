// Betters the pages of things: buttons that copy, and the day on which a page is read, for who cites it.

for (const button of document.querySelectorAll("button.copy")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = button.dataset.copy ?? document.getElementById(button.dataset.copyOf).textContent;
    await navigator.clipboard.writeText(text.trim());
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1500);
  });
}

for (const place of document.querySelectorAll("[data-accessed]")) {
  const today = new Date().toLocaleDateString(document.documentElement.lang, { dateStyle: "long" });
  place.textContent = `. ${place.dataset.accessed} ${today}`;
}
