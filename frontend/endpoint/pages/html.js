// Text as HTML, as the server's templates write it.

const SIGNS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };
// Characters that HTML must not have, escaped or not.
export const NOT_IN_HTML = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\p{Noncharacter_Code_Point}]/gu;
// Controls of the direction of text (Unicode Standard Annex 9, section 2).
const BIDI = /[\u202a-\u202e\u2066-\u2069]/;
const ISOLATES = /[\u2066-\u2069]/g;
const PAIRED = /^[^\u2066-\u2069]*(?:[\u2066-\u2068][^\u2066-\u2069]*\u2069[^\u2066-\u2069]*)*$/;

class Markup {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

export const escaped = (text) => String(text).replace(NOT_IN_HTML, "\ufffd").replace(/[&<>"']/g, (sign) => SIGNS[sign]);

// A text that no control in it makes change the direction of what stands beside it.
function isolated(text) {
  if (!BIDI.test(text)) return text;
  return `\u2068${PAIRED.test(text) ? text : text.replace(ISOLATES, "")}\u2069`;
}

function written(value, isInTag) {
  if (value === null || value === undefined || value === false || value === "") return "";
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map((each) => written(each, isInTag)).join("");
  return escaped(isInTag ? value : isolated(String(value)));
}

// A template whose values are escaped, but for those that are templates themselves.
export function html(parts, ...values) {
  let text = parts[0], isInTag = false;
  values.forEach((value, at) => {
    const begins = parts[at].lastIndexOf("<"), ends = parts[at].lastIndexOf(">");
    if (begins !== ends) isInTag = begins > ends;
    text += written(value, isInTag) + parts[at + 1];
  });
  return new Markup(text);
}

export const joined = (values, between) => values.flatMap((value, at) => (at ? [between, value] : [value]));
