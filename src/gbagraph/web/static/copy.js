// A button to copy each text that is marked for it; of a console, its commands alone.

function commands(text) {
  let command = [];
  const kept = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("$ ")) kept.push((command = [line.slice(2)]));
    // A command ends where its quotes are closed, unless the line says that it goes on.
    else if (command.join("").split("'").length % 2 === 0 || command.at(-1)?.endsWith("\\")) command.push(line);
  }
  return kept.map((lines) => lines.join("\n")).join("\n");
}

// Only pages that come by https, or from this machine, have a clipboard.
for (const text of navigator.clipboard ? document.querySelectorAll("pre[data-copy], [data-copy] pre") : []) {
  const words = text.closest("[data-copy]").dataset;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = words.copy;
  button.addEventListener("click", async () => {
    const written = text.textContent.trim();
    await navigator.clipboard.writeText(written.startsWith("$ ") ? commands(written) : written);
    button.textContent = words.copied;
    setTimeout(() => (button.textContent = words.copy), 2000);
  });
  text.before(button);
}
