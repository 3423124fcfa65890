// Buttons that copy: each text that is marked for it gets one, of a console its commands alone; that of an
// answer fetches its rows.

const commands = /^\$ ((?:'[^']*'|\\\n|[^'\n])*)/gm;

export function offerCopies(root) {
  // Only pages that come by https, or from this machine, have a clipboard.
  if (!navigator.clipboard) return;
  for (const text of root.querySelectorAll("pre[data-copy], [data-copy] pre")) {
    const words = text.closest("[data-copy]").dataset;
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "copy", textContent: words.copy });
    offer(button, words.copied, () => {
      const written = text.textContent.trim();
      return Array.from(written.matchAll(commands), (found) => found[1]).join("\n") || written;
    });
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
