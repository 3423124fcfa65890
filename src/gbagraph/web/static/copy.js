// Buttons that copy: each text that is marked for it gets one; that of an answer fetches its rows.

export function offerCopies(root) {
  for (const text of root.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "copy", textContent: text.dataset.copy });
    offer(button, text.dataset.copied, () => text.textContent.trim());
    text.before(button);
  }
  for (const button of root.querySelectorAll("[data-from]")) {
    button.hidden = false;
    offer(button, button.dataset.copied, () => fetch(button.dataset.from).then((answer) => answer.text()));
  }
}

function offer(button, done, text) {
  const name = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(await text());
    button.textContent = done;
    setTimeout(() => (button.textContent = name), 2000);
  });
}

offerCopies(document);
