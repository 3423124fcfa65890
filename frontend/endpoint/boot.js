// In each page of a site of files, before its other scripts: registers the service worker, and stands in for it
// where it does not control the page: at the first visit, or in a window that has none.

import { isAsked } from "./asked.js";

const { root, file, asked } = document.currentScript.dataset;
const base = new URL(root, document.baseURI);
const services = navigator.serviceWorker;
const native = self.fetch;
const PAGE = { Accept: "text/html" };
let registering;

const register = () => (registering ??= services?.register(new URL("sw.js", base), { updateViaCache: "none" }).catch(() => null));
const isControlled = () => services?.controller;
const isOurs = (request) => request.url.startsWith(base.href) && isAsked(request);
const asking = () => import(new URL("ask.js", base));
const respond = async (request) => (await asking()).respond(request, base, register);
const show = async (response) => (await asking()).show(response);

const asPage = () => new Request(location.href, { headers: PAGE });

// This page has a question in its address, of which its file knows nothing. Its other scripts wait for the answer,
// and readers are told so: what they see is no answer.
function answerPage() {
  const aside = document.implementation.createHTMLDocument(), main = document.querySelector("main");
  [...document.scripts].forEach((script) => aside.adoptNode(script));
  main.ariaBusy = "true";
  const note = Object.assign(document.createElement("p"), { className: "notice", role: "status", textContent: asked });
  main.append(note);
  document.getElementById("answer")?.replaceWith(note);
  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = main.querySelector(`form [name="${CSS.escape(name)}"]`);
    if (field) field.value = value;
  }
  respond(asPage()).then(show).catch(({ message }) => (note.textContent = message));
}

// A link to an answer that is no page, for which the host has no file.
function followed(event) {
  const link = event.target.closest("a[href]"), request = link && new Request(link.href);
  if (!link || isControlled() || !isOurs(request) || !(link.hasAttribute("download") || link.search?.includes("format="))) return;
  event.preventDefault();
  respond(request).then(show);
}

// A page that was opened from a folder: only links lead on, and what asks says why it cannot.
function fromFolder() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (link?.protocol === "file:" && link.pathname.endsWith("/")) link.pathname += "index.html";
  });
  document.querySelector("main form")?.insertAdjacentHTML("beforebegin", `<p class="notice">${file}</p>`);
  [...document.forms].forEach((form) => form.remove());
}

// What was loaded before there was a service worker is given to it to keep.
function seen() {
  fetch(location.pathname, { headers: PAGE });
  performance.getEntriesByType("resource").forEach(({ name }) => name.startsWith(base) && fetch(name));
}

// What a first page needs only where someone types.
function later() {
  document.querySelectorAll("script[data-later]").forEach((script) => (script.src = script.dataset.later));
}

function begin() {
  // An answer that was put in place of a page has this script, too.
  document.addEventListener("click", native.followed ?? followed);
  if (native.followed) return;
  self.fetch = async (...asked) => {
    if (isControlled()) return native(...asked);
    const request = new Request(...asked);
    return isOurs(request) ? respond(request) : native(request);
  };
  Object.assign(self.fetch, { followed, native });
  services?.addEventListener("controllerchange", seen);
  if (isControlled()) return;
  if (isOurs(asPage())) answerPage();
  else addEventListener("load", () => (self.requestIdleCallback ?? setTimeout)(register));
}

addEventListener("load", later);
if (location.protocol === "file:") fromFolder();
else begin();
