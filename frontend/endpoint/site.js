// The files of a published site, for what answers requests from them.

import { Problem } from "./problem.js";

// Unpacks a response whose body is packed by gzip, as the host sends it without a Content-Encoding.
export const unpacked = (response) => new Response(response.body.pipeThrough(new DecompressionStream("gzip")));

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
      return (path.endsWith(".gz") ? unpacked(response) : response).json();
    });
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
