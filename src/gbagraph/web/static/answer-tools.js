// What stands beside an answer: menus that close as menus do, and identifiers that stay shown.
const MENU = "details[name=leave], details[name=editor-panel]", OPEN = "details[open][name=leave], details[open][name=editor-panel]";
const KEPT = "identifiers";

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector(OPEN);
  if (!menu) return;
  event.stopPropagation();
  menu.open = false;
  if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
}, true);
document.addEventListener("focusout", ({ target, relatedTarget }) => {
  const menu = target.closest(MENU);
  if (relatedTarget && menu && !menu.contains(relatedTarget)) menu.open = false;
});
document.addEventListener("pointerdown", ({ target }) => {
  for (const menu of document.querySelectorAll(OPEN)) if (!menu.contains(target)) menu.open = false;
});

// The next answers of this visit show what this one does.
export function keepIdentifiers(root) {
  const box = root.querySelector("#names");
  if (!box) return;
  try {
    box.checked ||= sessionStorage.getItem(KEPT) === "true";
    box.addEventListener("change", () => sessionStorage.setItem(KEPT, box.checked));
  } catch {
    // Nothing can be kept.
  }
}

keepIdentifiers(document);
