// In each page of a site of files, before its other scripts: registers the service worker, and stands in for it
// where it does not control the page: at the first visit, or in a window that has none.

import { isAsked } from "./asked.js";

const WAIT = 5000; // milliseconds for the service worker to begin
const SILENCE = 20000; // milliseconds; longer than a query may take

const { root, file } = document.currentScript.dataset;
const base = new URL(root, document.baseURI);
const services = navigator.serviceWorker;
const native = self.fetch;
const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
const PAGE = { Accept: "text/html" };
let registering, worker;

const register = () => (registering ??= services?.register(new URL("sw.js", base), { updateViaCache: "none" }).catch(() => null));
const isControlled = () => services?.controller;
const isOurs = (request) => request.url.startsWith(base.href) && isAsked(request);

// Who answers: the service worker as soon as there is one, otherwise a web worker of this page.
async function host() {
  const registration = !worker && await register() && await Promise.race([services.ready, pause(WAIT)]);
  return registration?.active ?? (worker ??= new Worker(new URL("sw.js", base)));
}

// A worker that does not even say that it is busy is ended; the next question begins another.
function ended(url) {
  worker?.terminate();
  worker = null;
  const problem = {
    type: "https://w3id.org/gbagraph/problem/query-timeout",
    title: "The query took too long",
    status: 504,
    detail: "It was silent for 20 seconds, and was ended.",
  };
  return { url, status: 504, headers: [["content-type", "application/problem+json"]], body: JSON.stringify(problem) };
}

// What the host answers; null if a file is the answer.
async function answer(request) {
  const { url, method, signal } = request, headers = [...request.headers];
  const body = method === "POST" ? await request.arrayBuffer() : undefined;
  const to = await host(), { port1, port2 } = new MessageChannel();
  let silence;
  return new Promise((resolve, reject) => {
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => resolve(ended(url)), SILENCE);
    };
    port1.onmessage = ({ data }) => (data === "busy" ? listen() : resolve(data));
    to.onerror = (problem) => reject(problem, (worker = null));
    signal.onabort = () => reject(signal.reason);
    listen();
    to.postMessage({ url, method, headers, body }, [port2]);
  }).finally(() => clearTimeout(silence, port1.close()));
}

// The response to a request, as if the host had answered.
async function respond(request) {
  const told = await answer(request.clone());
  if (!told) return native(request);
  return Object.defineProperty(new Response(told.body, told), "url", { value: told.url });
}

const asPage = () => new Request(location.href, { headers: PAGE });

// Puts an answer in place of this page, whose scripts are begun anew; what is no page is given to the browser.
async function show(response) {
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("text/html")) {
    const text = await response.text();
    document.open();
    document.write(text);
    return document.close();
  }
  const name = /filename="([^"]+)/.exec(response.headers.get("content-disposition"))?.[1];
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(await response.blob()) });
  if (name) link.download = name;
  link.click();
}

// This page has a question in its address, of which its file knows nothing. Its other scripts wait for the answer.
function answerPage() {
  const aside = document.implementation.createHTMLDocument();
  [...document.scripts].forEach((script) => aside.adoptNode(script));
  respond(asPage()).then(show);
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
  self.fetch.followed = followed;
  services?.addEventListener("controllerchange", seen);
  if (isControlled()) return;
  if (isOurs(asPage())) answerPage();
  else addEventListener("load", () => (self.requestIdleCallback ?? setTimeout)(register));
}

addEventListener("load", later);
if (location.protocol === "file:") fromFolder();
else begin();
