// The page of the site at an address, in whose text is exchanged what another answer has otherwise.

import { escaped, html } from "./html.js";

const SECTION = /<(\/?)section\b[^>]*>/g;
// What leads from the page of one answer to other forms of it.
const OTHER_FORMS = /<link\b[^>]* rel="(?:canonical|alternate|item|next|cite-as|describedby|linkset)"[^>]*>\n?|<script type="application\/ld\+json"[^>]*>[^]*?<\/script>\n?/g;
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; "
  + "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export const HEADERS = { "content-type": "text/html; charset=utf-8", "content-security-policy": POLICY, "cache-control": "no-cache" };

export class Frame {
  static async of(site, { language, path, url, version }) {
    const { languages } = await site.settings();
    const folder = (language === languages[0] ? "" : `${language}/`) + (version ? `versions/${version}/` : "");
    const text = await (await site.file(`${folder}${path.slice(1)}/index.html`)).text();
    return new Frame(text.replace(OTHER_FORMS, "")).ofAddress(url.search);
  }

  constructor(text) {
    this.text = text;
  }

  // Exchanges what matches; a page without it was written by another version of the software.
  exchange(pattern, make) {
    let isFound = false;
    this.text = this.text.replace(pattern, (...match) => ((isFound = true), String(make(...match))));
    if (!isFound) throw new Error(`the page of this site has no ${pattern.source}`);
    return this;
  }

  // Other languages say the same of the same.
  ofAddress(search) {
    const links = (list) => list.replace(/(<a href="[^"?]*)"/g, (whole, link) => `${link}${escaped(search)}"`);
    this.text = this.text.replace(/<span class="languages">[^]*?<\/span>\s*<\/div>/, links);
    return this;
  }

  // Puts a section into the place of the answer and of what is said of its rows: before what *following* matches.
  answer(section, following) {
    const begin = this.text.indexOf('<section id="answer"'), after = begin < 0 ? 0 : this.endOf(begin);
    const end = after + this.text.slice(after).search(following);
    this.text = this.text.slice(0, begin < 0 ? end : begin) + section + this.text.slice(end);
    return this;
  }

  endOf(begin) {
    let depth = 0;
    SECTION.lastIndex = begin;
    for (let found; (found = SECTION.exec(this.text));) {
      depth += found[1] ? -1 : 1;
      if (!depth) return SECTION.lastIndex;
    }
    throw new Error("the answer of the page of this site has no end");
  }
}

// An attribute that a tag has once, with another value, or without it if that is null.
export const withAttribute = (tag, name, value) => {
  const plain = tag.replace(new RegExp(`\\s${name}(?:="[^"]*")?(?=[\\s>])`), "");
  return value === null ? plain : plain.replace(/>$/, () => html` ${name}="${value}">`);
};
