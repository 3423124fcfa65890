// Colours of SPARQL in the editor: a grammar of prism-code-editor over our own tokens.
import { Token, languageMap, languages, tokenize } from "./built/prism.js";
import { tokens } from "./sparql-tokens.js";

const part = (kind, text) => new Token(kind, text, text);

function shown({ kind, text }) {
  if (kind === "space") return text;
  if (kind !== "name") return part(kind, text);
  const colon = text.indexOf(":") + 1;
  return new Token("name", [part("prefix", text.slice(0, colon)), text.slice(colon)], text);
}

languages.sparql = { [tokenize]: (text) => tokens(text).map(shown) };

const OPEN = /[([{][^)\]}]*$/;
const PAIR = /^(?:\[\]|\(\)|\{\})$/;
languageMap.sparql = {
  comments: { line: "#" },
  autoIndent: [
    ([start], value) => OPEN.test(value.slice(value.lastIndexOf("\n", start - 1) + 1, start)),
    ([start, end], value) => PAIR.test(value.slice(start - 1, start) + value.slice(end, end + 1)),
  ],
};
