// The SHA-256 of bytes; nothing where a page is not from a secure origin, which then trusts the length.
export async function sha256Of(bytes) {
  const digest = await globalThis.crypto?.subtle?.digest("SHA-256", bytes);
  return digest && [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
