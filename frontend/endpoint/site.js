// The files of a published site, for what answers requests from them.

import { Engine } from "./engine.js";
import { sha256Of } from "./hash.js";
import { unpacked } from "./lzma.js";
import { Problem } from "./problem.js";

// Each keeps an instance in memory.
const ENGINES = 2;

const broken = (path) => new Problem("engine-unavailable",
  `The file ${path} of this site has not come whole, or belongs to another build. Load the page again.`);

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
      const bytes = await this.bytes({ path });
      try {
        return JSON.parse(new TextDecoder().decode(bytes));
      } catch {
        throw broken(path);
      }
    });
  }

  // The bytes of a file, unpacked: an error where it is not whole, or has another hash or length than it should.
  async bytes({ path, sha256, bytes: length }) {
    const response = await this.file(path);
    try {
      const found = unpacked(new Uint8Array(await response.arrayBuffer()));
      const hash = sha256 && await sha256Of(found);
      if ((length ?? found.length) === found.length && (!hash || hash === sha256)) return found;
    } catch { /* it broke off */ }
    throw broken(path);
  }

  // The engine with the data of a version; the one that was asked longest ago makes room.
  async engine(version = "") {
    const name = `engine ${version}`, { kept } = this;
    const module = this.once("module", async () => WebAssembly.compile(await this.bytes((await this.settings()).engine)));
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
