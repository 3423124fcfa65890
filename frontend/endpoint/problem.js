// The errors of the endpoint; details.js tells of them.

// An error that a client is told; *name* is one of the types of problems of the server.
export class Problem extends Error {
  constructor(name, detail, more = {}) {
    super(detail);
    Object.assign(this, { name, more });
  }
}
