// A button to copy each text that is marked for it; of a console, its commands alone.

const commands = /^\$ ((?:'[^']*'|\\\n|[^'\n])*)/gm;

// Only pages that come by https, or from this machine, have a clipboard.
for (const text of navigator.clipboard ? document.querySelectorAll("pre[data-copy], [data-copy] pre") : []) {
  const words = text.closest("[data-copy]").dataset;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = words.copy;
  button.addEventListener("click", async () => {
    const written = text.textContent.trim();
    const typed = Array.from(written.matchAll(commands), (found) => found[1]).join("\n");
    await navigator.clipboard.writeText(typed || written);
    button.textContent = words.copied;
    setTimeout(() => (button.textContent = words.copy), 2000);
  });
  text.before(button);
}
