// What boot.js loads where no service worker controls a page that asks: the host of the endpoint, and its answers.

const WAIT = 5000; // milliseconds for the service worker to begin, and to say that it is there
const SILENCE = 20000; // milliseconds; longer than a query may take

const native = self.fetch.native;
const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
let worker, isDead;

// Who answers: the service worker as soon as there is one, otherwise a web worker of this page.
async function host(base, register) {
  const registration = !worker && !isDead && await register() && await Promise.race([navigator.serviceWorker.ready, pause(WAIT)]);
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

// What a host answers; nothing if it is silent for this *time*.
function told(to, asked, signal, time) {
  const { port1, port2 } = new MessageChannel();
  let silence;
  return new Promise((resolve, reject) => {
    const listen = (longest) => {
      clearTimeout(silence);
      silence = setTimeout(resolve, longest);
    };
    port1.onmessage = ({ data }) => (data === "busy" ? listen(SILENCE) : resolve({ data }));
    to.onerror = (problem) => reject(problem, (worker = null));
    signal.onabort = () => reject(signal.reason);
    listen(time);
    to.postMessage(asked, [port2]);
  }).finally(() => clearTimeout(silence, port1.close()));
}

// What the host answers; null if a file is the answer. A service worker that never says a word is one that does
// not run any more: from then on, a worker of this page answers.
async function answer(request, base, register) {
  const { url, method, signal } = request;
  const asked = { url, method, headers: [...request.headers], body: /GET|HEAD/.test(method) ? undefined : await request.arrayBuffer() };
  const to = await host(base, register), found = await told(to, asked, signal, to === worker ? SILENCE : WAIT);
  if (found) return found.data;
  if (to === worker) return ended(url);
  isDead = true;
  return answer(new Request(request, { body: asked.body }), base, register);
}

// The response to a request, as if the host had answered.
export async function respond(request, base, register) {
  const told = await answer(request.clone(), base, register);
  if (!told) return native(request);
  const to = new Headers(told.headers).get("location");
  if (to) return self.fetch(new URL(to, told.url), { headers: request.headers });
  return Object.defineProperty(new Response(told.body, told), "url", { value: told.url });
}

// Puts an answer in place of this page, whose scripts are begun anew; what is no page is given to the browser.
export async function show(response) {
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
