// The endpoint of a site of files, as the service worker of its pages; or as the web worker of a page that has none.

import { isAsked } from "./asked.js";
import { Published } from "./published.js";

const BEAT = 1000; // milliseconds; who is silent for much longer is busy with what does not end

const base = new URL(".", self.location);
const site = new Published(base);

// What is taken over at once is whole: this script has the endpoint in it, and takes its files by the settings.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (!request.url.startsWith(base) || request.url.startsWith(`${base}endpoint/`)) return;
  const isOne = isAsked(request);
  if (isOne || !request.headers.has("range")) event.respondWith(answered(event, isOne));
});

async function answered(event, isOne) {
  const later = (promise) => event.waitUntil(promise.catch(() => null).then(leaveIfGone));
  const answer = isOne && await site.answer(event.request.clone());
  if (site.isGone) later(Promise.resolve());
  return (!site.isGone && answer) || site.file(event.request, later);
}

// The site has no endpoint any more, or is elsewhere: nothing of it stays behind.
async function leaveIfGone() {
  if (site.isGone && await self.registration.unregister()) await site.remove();
}

// A page that is not controlled sends what it asks, with a port for the answer.
self.addEventListener("message", (event) => {
  const answering = told(event.data, event.ports[0]);
  event.waitUntil?.(answering);
});

async function told({ url, ...init }, port) {
  const busy = () => port.postMessage("busy"), beat = setInterval(busy, BEAT);
  busy();
  const answer = await site.answer(new Request(url, init));
  clearInterval(beat);
  if (!answer) return port.postMessage(null);
  const { status, headers, body } = answer;
  port.postMessage({ url, status, headers: [...headers], body: body && await answer.arrayBuffer() });
}
