// What a browser keeps of one build of a site: bounded, and what was used longest ago makes room.

const MOST = 500, BYTES = 60e6;
const LARGEST = 15e6; // bytes of one of them

// A page that is not from a secure origin can keep nothing.
export const keeper = globalThis.caches;

const sizeOf = ({ headers }) => Number(headers.get("content-length"));

export class Shelf {
  static async open(name) {
    return new Shelf(await keeper?.open(name));
  }

  constructor(cache) {
    this.cache = cache;
    this.sizes = cache && this.measured();
  }

  // The size of each file that is kept, the one that was used longest ago first.
  async measured() {
    const [requests, responses] = await Promise.all([this.cache.keys(), this.cache.matchAll()]);
    return new Map(requests.map(({ url }, at) => [url, sizeOf(responses[at])]));
  }

  async get(address) {
    const found = await this.cache?.match(address);
    if (found) this.used(address, sizeOf(found));
    return found;
  }

  // Keeps a response; one that finds no room, or is too large, is none the worse for it.
  async put(address, response) {
    if (!this.cache || sizeOf(response) > LARGEST) return;
    try {
      const body = await response.blob();
      const kept = new Response(body, response);
      kept.headers.delete("content-encoding");
      kept.headers.set("content-length", body.size);
      await this.cache.put(address, kept);
      await this.used(address, body.size);
      await this.trim();
    } catch {
      // There is no room, or the browser keeps nothing.
    }
  }

  async used(address, size) {
    const sizes = await this.sizes;
    sizes.delete(address);
    sizes.set(address, size);
  }

  async trim() {
    const sizes = await this.sizes;
    let bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const [address, size] of sizes) {
      if (sizes.size <= MOST && bytes <= BYTES) return;
      sizes.delete(address);
      bytes -= size;
      await this.cache.delete(address);
    }
  }
}
