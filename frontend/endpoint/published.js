// A site as a host has it: its files, and its endpoint, always of one build.

import { sha256Of } from "./hash.js";
import { unpacked } from "./lzma.js";
import { Shelf, keeper } from "./shelf.js";

const SETTINGS = "endpoint/settings.json";
const UNSEEN = "offline.html";
const SCRIPT = "endpoint/worker.js.lzma";
const IMMUTABLE = /\/static\/[^/]+\.[0-9a-f]{8,}\.\w+$/; // the name has the hash of what is in it
const PATIENCE = 3000; // milliseconds in which the host answers; then, what is kept does
const GONE = [404, 410];

// The answer of the host, or, where it fails or takes too long, what *kept* finds.
async function hostFirst(fetching, kept) {
  const pause = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const early = await Promise.race([fetching.catch(() => null), pause]);
  return early && early.status < 500 ? early : await kept() ?? fetching;
}

// What is answered where the script that writes all other problems cannot be read.
function failed({ message }) {
  const problem = {
    type: "https://w3id.org/gbagraph/problem/engine-unavailable",
    title: "Queries cannot be evaluated right now",
    status: 503,
    detail: `Part of this site cannot be read: ${message}. Try again when the host answers.`,
  };
  return Response.json(problem, { status: 503, headers: { "Content-Type": "application/problem+json", "Retry-After": "1" } });
}

// One build of a site: its settings are read once, and what does not belong to them, data or script, is never
// mixed with them.
class Build {
  // *file* gives the response for a file that is not the endpoint's own.
  constructor(base, file) {
    Object.assign(this, { base, file });
  }

  async respond(request) {
    try {
      return await (await this.endpoint()).respond(request);
    } catch (problem) {
      return failed(problem);
    }
  }

  // The endpoint is a script that is read when it is first needed: packed, and of this build. A service worker can
  // import none by then, and one imported at its installation would read the settings and data of later builds. So it
  // is run as a function, which a policy of the host may forbid: then it forbids WebAssembly, too, unless it says more.
  endpoint() {
    return this.once("answering", this.loaded);
  }

  // What *make* makes, once; again after a failure.
  once(name, make) {
    return (this[name] ??= make.call(this).catch((error) => {
      this[name] = null;
      throw error;
    }));
  }

  async loaded() {
    await this.opened();
    const text = await (await this.read(SCRIPT)).text();
    const Endpoint = new Function(`${text};return site.Endpoint`)();
    // A page is kept by the address at which it is seen.
    const page = (path) => this.file(new Request(this.at(path.replace(/(^|\/)index\.html$/, "$1") || ".")));
    return new Endpoint(this.base, (path) => (path.startsWith("endpoint/") ? this.read(path) : page(path)));
  }

  at(path) {
    return new URL(path, this.base).href;
  }

  opened() {
    return this.once("opening", this.open);
  }

  async open() {
    const response = await hostFirst(this.settings(), () => this.lastSettings());
    if (!response.ok) throw Error(`${SETTINGS}: ${response.status}`);
    const text = await response.text(), hashes = new Map();
    const { build } = JSON.parse(text, (_, value) => {
      if (value?.sha256) hashes.set(value.path, value.sha256);
      return value;
    });
    const name = `${this.base.pathname} ${build}`, shelf = await Shelf.open(name);
    await shelf.put(this.at(SETTINGS), new Response(text));
    Object.assign(this, { text, hashes, build, name, shelf });
    await this.replace();
    if (!await this.unseen()) shelf.cache?.add(this.at(UNSEEN)).catch(() => null);
  }

  // The page for what was not seen, where it is kept.
  unseen() {
    return keeper?.match(this.at(UNSEEN));
  }

  async settings() {
    const response = await fetch(this.at(SETTINGS), { cache: "no-cache" });
    this.isGone = GONE.includes(response.status);
    return response;
  }

  async lastSettings() {
    const name = (await namesFor(this.base)).at(-1);
    return name && keeper.match(this.at(SETTINGS), { cacheName: name });
  }

  // Removes other builds; what is the same in this one is taken over.
  async replace() {
    const others = (await namesFor(this.base)).filter((name) => name !== this.name);
    if (!others.length) return;
    for (const path of this.hashes.keys()) {
      const kept = await keeper.match(this.address(path));
      if (kept) await this.shelf.put(this.address(path), kept);
    }
    await Promise.all(others.map((name) => keeper.delete(name)));
  }

  // Where a file of the endpoint is: no cache on the way has it of another build.
  address(path) {
    return this.at(`${path}?${this.hashes.get(path) ?? this.build}`);
  }

  // A file of the endpoint, unpacked. Not one that came after the site was renewed.
  async read(path) {
    await this.opened();
    if (path === SETTINGS) return new Response(this.text);
    const address = this.address(path), kept = await this.shelf.get(address);
    if (kept) return kept;
    const response = await fetch(address, { cache: keeper ? "no-store" : "default" });
    this.isOld = !(await this.isCurrent());
    if (this.isOld || !response.ok) throw Error(`${path} is not there`);
    const bytes = unpacked(new Uint8Array(await response.arrayBuffer()));
    const expected = this.hashes.get(path), hash = expected && await sha256Of(bytes);
    if (hash && hash !== expected) throw Error(`${path} is not whole, or of another build`);
    await this.shelf.put(address, new Response(bytes));
    return new Response(bytes);
  }

  // Whether the host has this build still. It is taken to have it where it cannot be asked.
  async isCurrent() {
    const { build } = await this.settings().then((response) => response.json()).catch(() => this);
    return !this.isGone && build === this.build;
  }
}

// What is kept of a site: a cache for each build, the last one last.
const namesFor = async ({ pathname }) => (await keeper?.keys() ?? []).filter((name) => name.startsWith(`${pathname} `));

export class Published {
  constructor(base) {
    this.base = base;
    this.renew();
  }

  renew() {
    this.build = new Build(this.base, (request) => this.file(request));
  }

  // Whether the host has no endpoint any more.
  get isGone() {
    return this.build.isGone;
  }

  // The answer of the endpoint; null if a file of the site is it. It is that of the new build if the site
  // was renewed while it was made.
  async answer(request) {
    const { build } = this, answer = await build.respond(request.clone());
    if (!build.isOld) return answer;
    if (build === this.build) this.renew();
    return this.build.respond(request);
  }

  // The file that a request is for; *later* is given what remains to be done when it has been sent.
  async file(request, later = () => {}) {
    const { origin, pathname } = new URL(request.url), address = origin + pathname;
    const kept = IMMUTABLE.test(pathname) && await keeper?.match(address);
    if (kept) return kept;
    const isPage = request.destination === "document";
    const response = await hostFirst(fetch(request, { cache: "no-cache" }), () => this.seen(address, request))
      .catch((error) => this.unseen(isPage, error));
    const isWhole = response.status === 200 && response.type === "basic" && !response.redirected;
    if (isWhole && request.method === "GET") later(this.keep(address, response.clone(), isPage));
    else if (isPage) later(this.build.isCurrent());
    return response;
  }

  async opened() {
    await this.build.opened();
    return this.build.shelf;
  }

  // What was seen of an address last; for a folder without its slash, the way to it.
  async seen(address, { method }) {
    const shelf = await this.opened().catch(() => null);
    const found = await shelf?.get(address);
    if (found) return method === "HEAD" ? new Response(null, found) : found;
    return await shelf?.get(`${address}/`) && Response.redirect(`${address}/`);
  }

  // The page that says that a page was not seen, at any address.
  async unseen(isPage, error) {
    const page = isPage && await this.build.unseen();
    if (!page) throw error;
    return new Response((await page.text()).replace("<head>", `$&<base href="${this.base}">`), page);
  }

  // Keeps a file with those of its build: a page tells first that the site has been renewed.
  async keep(address, response, isPage) {
    await this.opened();
    if (isPage && !(await this.build.isCurrent())) this.renew();
    if (!this.isGone) await (await this.opened()).put(address, response);
  }

  // Forgets all that is kept.
  async remove() {
    await Promise.all((await namesFor(this.base)).map((name) => keeper.delete(name)));
  }
}
