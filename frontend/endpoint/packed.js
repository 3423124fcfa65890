// Files that come packed by gzip, whatever the host says of them.

const GZIP = [0x1f, 0x8b];

// The bytes of a response, unpacked if they are packed by gzip: not where the host declared it by Content-Encoding.
export async function unpacked(bytes) {
  if (!GZIP.every((byte, at) => bytes[at] === byte)) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// The SHA-256 of bytes; nothing where a page is not from a secure origin, which then trusts the length and gzip's sum.
export async function sha256Of(bytes) {
  const digest = await globalThis.crypto?.subtle?.digest("SHA-256", bytes);
  return digest && [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
