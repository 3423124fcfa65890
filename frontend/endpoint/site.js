// The files of a published site, for what answers requests from them.

import { Engine } from "./engine.js";
import { Problem } from "./problem.js";

const GZIP = [0x1f, 0x8b];

// The bytes of a response, unpacked where they are packed by gzip: a host that sends a Content-Encoding has
// had the browser unpack them.
async function unpacked(response) {
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (!GZIP.every((byte, at) => bytes[at] === byte)) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// The SHA-256 of bytes; nothing where a page is not from a secure origin, which then trusts the length and gzip's sum.
async function sha256Of(bytes) {
  const digest = await globalThis.crypto?.subtle?.digest("SHA-256", bytes);
  return digest && [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Each keeps an instance in memory.
const ENGINES = 2;

const broken = (path, why) => new Problem("engine-unavailable", `The file ${path} of this site ${why}. Load the page again.`);

export class Site {
  // *base* is the address of its start page; *read* gives the response for a path below it.
  constructor(base, read) {
    Object.assign(this, { base: new URL(base), read, kept: new Map() });
  }

  // A file that has to be there: an error, and never an empty answer, where it is not, or is half there.
  async file(path) {
    const response = await this.read(path).catch(() => null);
    if (!response?.ok) throw new Problem("engine-unavailable", `The file ${path} of this site cannot be read. Try again when the host answers.`);
    return response;
  }

  json(path) {
    return this.once(path, async () => {
      const response = await this.file(path);
      return path.endsWith(".gz") ? JSON.parse(new TextDecoder().decode(await this.whole(path, response))) : response.json();
    });
  }

  // The bytes of a file, unpacked; an error where it is not whole, or of another build than the settings.
  async bytes({ path, sha256, bytes: length }) {
    const found = await this.whole(path, await this.file(path)), hash = await sha256Of(found);
    if (found.length !== length || (hash && hash !== sha256)) throw broken(path, "is not the one that belongs here");
    return found;
  }

  whole(path, response) {
    return unpacked(response).catch(() => { throw broken(path, "has not come whole"); });
  }

  // The engine with the data of a version; the one that was asked longest ago makes room.
  async engine(version = "") {
    const name = `engine ${version}`, { kept } = this;
    const module = await this.once("module", async () => WebAssembly.compile(await this.bytes((await this.settings()).engine)));
    const engine = this.once(name, () => Engine.open(this, module, version));
    kept.delete(name);
    kept.set(name, engine);
    const open = [...kept.keys()].filter((key) => key.startsWith("engine "));
    open.slice(0, -ENGINES).forEach((key) => kept.delete(key));
    return engine;
  }

  settings() {
    return this.json("endpoint/settings.json");
  }

  // What *make* makes, once; again after a failure.
  once(name, make) {
    if (!this.kept.has(name)) {
      const made = make();
      this.kept.set(name, made);
      made.catch(() => this.kept.delete(name));
    }
    return this.kept.get(name);
  }
}
