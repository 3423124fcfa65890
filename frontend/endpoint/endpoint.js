// Answers requests as the server does, from the files of the site: in a service worker, a page, or Node.

import { Problem } from "./problem.js";
import { Site } from "./site.js";

// Each: the paths below the site's root, and what answers there: async (site, asked) => Response, or null
// where a file of the site is the answer.
const ROUTES = [];

export class Endpoint {
  constructor(base, read) {
    this.site = new Site(base, read);
  }

  // The response to a request; null if a file of the site is the answer.
  async respond(request) {
    const asked = await this.asked(request);
    for (const [pattern, answer] of ROUTES) {
      const match = pattern.exec(asked.path);
      if (match) return answer(this.site, { ...asked, ...match.groups });
    }
    return null;
  }

  async asked(request) {
    const url = new URL(request.url);
    const path = decodeURIComponent(url.pathname.slice(this.site.base.pathname.length)).replace(/\/$/, "");
    return { request, url, path: `/${path}`, parameters: url.searchParams };
  }
}

export { Problem };
