// What a text may mean, of everything that has a name: as gbagraph.names.matching ranks it on a server.

import { Texts, asked, isAscii, needle, pieces, slips, spaced, stem, wordsOf } from "./texts.js";

// The kinds in the order in which a searcher wants them.
export const KINDS = ["thing", "class", "property", "query", "paragraph", "graph", "prefix"];

// The scores of the ways to fit.
const SAME = 1, ENDS = 0.95, BEGINS = 0.9, PHRASE = 0.85, WORDS = 0.78, INSIDE = 0.7, SLIPS = 0.6, DEFINED = 0.45;
const SHARE = 0.04;
const LONGEST = 80;
const FACTORS = { thing: 0.97, query: 1 };

const joined = (text) => text.replaceAll(" ", "");
const rounded = (score) => Number(score.toFixed(3));
const split = (name) => (isAscii(name) && wordsOf(name).length > 1 ? wordsOf(name).join(" ") : name);

// The share of a name that forms of the words are; of a script without spaces, its end tells most.
function covered(name, words) {
  const begins = words.filter((word) => needle(word) !== word).map(stem);
  const signs = words.filter((word) => needle(word) === word);
  const length = (list) => list.reduce((sum, word) => sum + word.length, 0);
  const letters = length(name.split(" ").filter((word) => begins.some((begin) => word.startsWith(begin)))) +
    length(signs.filter((word) => name.includes(word)));
  const share = Math.min(letters / Math.max(joined(name).length, 1), 1);
  return signs.some((word) => name.endsWith(word)) ? Math.max(share, ENDS - 0.1) : share;
}

// Finds entries ({kind, iri, names, snippet, isSource}) by their names; of each, the first is the end of its IRI.
export class Finder {
  // *signs* is what to compare signs as, such as those of two scripts.
  constructor(entries, signs) {
    Object.assign(this, { entries, signs, first: [], owner: [] });
    const written = [];
    for (const [number, { names }] of entries.entries()) {
      this.first.push(written.length);
      for (const [place, [text]] of names.entries()) {
        this.owner.push(number);
        written.push(this.plain(place ? text : split(text)));
      }
    }
    this.first.push(written.length);
    this.spaced = new Texts(written);
    this.joined = new Texts(written.map(joined));
    this.defined = new Texts(entries.map(({ snippet }) => this.plain(snippet)));
  }

  plain(text) {
    return this.sameSigns(spaced(text));
  }

  // A text with the signs that are compared as others.
  sameSigns(text) {
    return Array.from(text, (sign) => this.signs[sign] ?? sign).join("");
  }

  // What the text may mean: {hits, words, slips}, the best first.
  find(text) {
    const wanted = this.plain([...text].slice(0, LONGEST).join("")), best = new Map();
    if (!wanted) return { hits: [], words: [], slips: {} };
    const { words, isQuestion } = asked(wanted);
    this.byName(best, wanted);
    if (isQuestion) this.bySome(best, words);
    else this.byWords(best, words);
    let near = new Map();
    if (!best.size) {
      near = this.near(words);
      this.score(best, this.withAll(this.spaced, words, near), SLIPS, wanted);
    }
    if (!best.size) this.bySome(best, words);
    if (!isQuestion) for (const entry of this.withAll(this.defined, words)) this.note(best, entry, DEFINED, null);
    return { hits: this.ranked(best), words: words.flatMap((word) => near.get(word) ?? [word]), slips: Object.fromEntries(near) };
  }

  // What has names that are somehow like a text that finds nothing.
  nearest(text, most) {
    const best = new Map();
    for (const word of spaced([...text].slice(0, LONGEST).join("")).split(" ").slice(0, 8))
      for (const other of this.spaced.near(word, Math.floor((word.length + 2) / 3), 5))
        this.score(best, this.spaced.having(needle(other)), SLIPS, other);
    return this.ranked(best).slice(0, most);
  }

  byName(best, wanted) {
    const whole = joined(wanted);
    this.score(best, this.joined.having(` ${whole}\n`), SAME, "");
    if (needle(whole) === whole) this.score(best, this.joined.having(`${whole}\n`), ENDS, wanted);
    this.score(best, this.joined.having(` ${whole}`), BEGINS, wanted);
    this.score(best, this.spaced.having(needle(wanted)), PHRASE, wanted);
    if (whole.length >= 3 || !isAscii(whole)) this.score(best, this.joined.having(whole), INSIDE, wanted);
  }

  byWords(best, words) {
    const wanted = words.join(" "), ofAll = this.withAll(this.spaced, words);
    this.score(best, ofAll.filter((number) => this.spaced.texts[number].length <= wanted.length + 2), BEGINS, wanted);
    this.score(best, ofAll, WORDS, wanted);
  }

  // What has most of the words; where some name a thing, questions with most of the rest.
  bySome(best, words) {
    const found = this.withSome(words);
    for (const [entry, row] of found) this.note(best, entry, ...row);
    const names = [...found].filter(([entry, [, name]]) => this.entries[entry].kind === "thing" && name !== null)
      .map(([, [, name]]) => this.spaced.texts[name]).filter((name) => covered(name, words) === 1);
    const said = names.join(" "), rest = words.filter((word) => !said.includes(stem(word)));
    if (!said || !rest.length) return;
    for (const [entry, row] of this.withSome(rest)) if (this.entries[entry].kind === "query") this.note(best, entry, ...row);
  }

  // These names fit, with that score and more for what is most of a name.
  score(best, numbers, score, wanted) {
    for (const number of numbers) {
      const entry = this.owner[number];
      if (best.has(entry) && best.get(entry)[0] >= score + SHARE) continue;
      const share = Math.min(wanted.length / Math.max(this.spaced.texts[number].length, 1), 1);
      this.note(best, entry, score + SHARE * share - this.less(number, !wanted), number);
    }
  }

  note(best, entry, score, name) {
    if (!best.has(entry) || best.get(entry)[0] < score) best.set(entry, [score, name]);
  }

  // How much less counts the end of an IRI, or a source.
  less(number, isSame) {
    const entry = this.owner[number], less = this.entries[entry].isSource ? 0.1 : 0;
    if (number !== this.first[entry]) return isSame ? 0 : less;
    const hasLabels = this.first[entry + 1] - number > 1;
    return less + (hasLabels && !isSame ? 0.06 : 0.01);
  }

  // The texts that have a form of each word, or of what is near it.
  withAll(texts, words, near = new Map()) {
    let numbers = null;
    for (const word of words) {
      const having = new Set((near.get(word) ?? [stem(word)]).flatMap((other) => [...texts.having(needle(other))]));
      numbers = numbers === null ? having : new Set([...numbers].filter((number) => having.has(number)));
    }
    return [...(numbers ?? [])].sort((one, other) => one - other);
  }

  // The entries that have most of the words, each with its score and the name that fits best.
  withSome(words) {
    const shares = new Map();
    let whole = 0;
    for (const word of words) {
      const parts = pieces(word);
      for (const piece of parts) {
        const [named, told] = this.withWord(piece), every = new Set([...named, ...told]);
        const rarity = Math.log(2 + this.entries.length / (1 + every.size)) ** 2;
        whole += every.size ? rarity : (0.3 / parts.length ** 2) * rarity;
        for (const entry of every) shares.set(entry, (shares.get(entry) ?? 0) + (named.has(entry) ? rarity : rarity / 2));
      }
    }
    const most = [...shares].filter(([, share]) => share >= 0.4 * whole);
    return new Map(most.map(([entry, share]) => [entry, this.scored(entry, share / whole, words)]));
  }

  scored(number, share, words) {
    let most = -1, name = null;
    for (let each = this.first[number]; each < this.first[number + 1]; each++) {
      // Of names that fit alike, a label comes before the end of the IRI.
      const part = covered(this.spaced.texts[each], words);
      if (part > most || (part === most && name === this.first[number])) [most, name] = [part, each];
    }
    const { kind, isSource } = this.entries[number], factor = isSource ? 0.6 : FACTORS[kind] ?? 0.7;
    return [SLIPS * factor * share + 0.2 * most, most ? name : null];
  }

  // The entries that have a word in a name, and in a definition; one of few letters as a whole.
  withWord(word) {
    const ends = word.length > 3 || needle(word) === word ? [""] : [" ", "\n", "s ", "s\n"];
    const found = ends.map((end) => needle(stem(word)) + end);
    const having = (texts) => found.flatMap((piece) => [...texts.having(piece)]);
    return [new Set(having(this.spaced).map((number) => this.owner[number])), new Set(having(this.defined))];
  }

  // For each word that begins no word of a name, those that it may be a slip for.
  near(words) {
    const unknown = words.filter((word) => this.spaced.having(needle(stem(word))).next().done);
    return new Map(unknown.map((word) => [word, this.spaced.near(word, slips(word))]).filter(([, near]) => near.length));
  }

  ranked(best) {
    const hits = [...best].map(([entry, [score, name]]) => ({
      entry: this.entries[entry], score: rounded(score), name: name === null ? null : this.entries[entry].names[name - this.first[entry]],
    }));
    return hits.sort((a, b) => b.score - a.score || KINDS.indexOf(a.entry.kind) - KINDS.indexOf(b.entry.kind) ||
      (a.entry.iri < b.entry.iri ? -1 : 1));
  }
}
