// An error as a page, where no page of the site has a place for it: as the server's template error.html.

import { Frame } from "./frame.js";
import { html } from "./html.js";

// The text of the page, in the frame of that for what is missing; null where that cannot be had.
export const problemPage = (site, _, ...given) => page(site, ...given).catch(() => null);

async function page(site, { message, more }, { title, status }) {
  const frame = new Frame(await (await site.file("404.html")).text());
  const excerpt = more.excerpt && html`<pre tabindex="0">${more.excerpt}</pre>`;
  return frame.exchange(/(<title>)[^<]*?(?= – |<)/, (_, begin) => begin + html`${title}`)
    .exchange(/(<p class="crumbs">[^<]*?)404/, (_, begin) => begin + status)
    .exchange(/<h1>[^<]*<\/h1>/, () => html`<h1>${title}</h1>`)
    .exchange(/<p class="notice error"[^>]*>[^]*?<\/p>/, () => html`<p class="notice error">${message}</p>${excerpt}`).text;
}
