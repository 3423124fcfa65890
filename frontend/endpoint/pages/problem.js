// An error as a page, where no page of the site has a place for it: as the server's template error.html.

import { Frame } from "./frame.js";
import { html } from "./html.js";

// The text of the page, in the frame of that for what is missing, or offline for what was not seen; null without them.
export const problemPage = (site, _, ...given) => page(site, ...given).catch(() => null);

async function page(site, { message, more }, { title, status }) {
  const text = await textOf(site, "404.html").catch(async () => (await textOf(site, "offline.html")).replace("<head>", `$&<base href="${site.base}">`));
  const excerpt = more.excerpt && html`<pre tabindex="0">${more.excerpt}</pre>`;
  return new Frame(text).exchange(/(<title>)[^<]*?(?= – |<)/, (_, begin) => begin + html`${title}`)
    .exchange(/<h1>[^<]*<\/h1>/, () => html`<p class="crumbs">${status}</p><h1>${title}</h1>`)
    .exchange(/<p class="notice error"[^>]*>[^]*?<\/p>/, () => html`<p class="notice error">${message}</p>${excerpt}`).text;
}

const textOf = async (site, path) => (await site.file(path)).text();
