// Texts as names are compared: as gbagraph.names.texts and asking compare them on a server.

const ASKING = new Set(`are can could did do does had has have how is many me much should tell was were what when where
  which who whom whose why will would`.split(/\s+/));
const FILLERS = new Set(`a about an and any at be been being by exactly for from i in into it its of on or s so that the
  their them there these they this those to us we with you`.split(/\s+/));
const SIGNS = `请问 請問 什么时候 什麼時候 为什么 為什麼 是什么 是什麼 有什么 有什麼 什么 什麼 有哪些 哪些 在哪里 在哪裡 在哪裏
  在哪儿 在哪 哪里 哪裡 哪裏 哪儿 哪个 哪個 哪家 哪年 何时 何時 何地 是谁 是誰 谁 誰 有多大 有多少 多少 多大 多长 多長 多远 多遠
  多久 做什么 做什麼 怎么 怎麼 怎样 怎樣 如何 几个 幾個 吗 嗎 呢 是否 正在 在 的 了`;
const CHINESE = new RegExp(SIGNS.split(/\s+/).sort((one, other) => other.length - one.length).join("|"), "g");
const PART = /[\u2e80-\u{3ffff}]+|[^\s\u2e80-\u{3ffff}]+/gu;
const WORD = /[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\p{Nd}+|(?:(?![a-zA-Z])[\p{L}\p{Nl}\p{No}])+/gu;
const ENDINGS = ["ments", "ment", "ions", "ion", "ies", "ing", "ers", "ed", "es", "er", "s"];
const DOUBLED = /..([bdgmnpt])\1$/;
const MOST = 1000;

export const isAscii = (text) => /^[\0-\x7f]*$/.test(text);

// Without case and accents, with one space between words.
export function spaced(text) {
  const plain = isAscii(text) ? text : text.normalize("NFKD").replace(/\p{Mn}/gu, "");
  return plain.toLowerCase().replaceAll("ß", "ss").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

export const localName = (iri) => iri.replace(/[/#]+$/, "").split(/[/#:]/).pop();

export const wordsOf = (name) => (name.match(WORD) ?? []).map((word) => word.toLowerCase());

// A word without an English ending: with what is left, other forms of it begin.
export function stem(word) {
  if (!isAscii(word)) return word;
  for (const ending of ENDINGS) {
    const least = ending.length <= 3 && ending !== "ion" ? 3 : 5;
    if (!word.endsWith(ending) || word.length - ending.length < least) continue;
    const kept = word.slice(0, -ending.length);
    return "ei".includes(ending[0]) && DOUBLED.test(kept) ? kept.slice(0, -1) : kept;
  }
  return word;
}

// What to scan for: the beginning of a word; of a script without spaces, the word anywhere.
export const needle = (word) => (word[0] < "\u2e80" ? ` ${word}` : word);

// The words that tell what is looked for, each once, and whether a question was asked.
export function asked(text) {
  const every = text.match(PART) ?? [];
  const told = every.flatMap((part) => part.replace(CHINESE, " ").split(/\s+/).filter(Boolean));
  const measures = new Set(told.filter((_, at) => told[at - 1] === "how"));
  const asks = told.join(" ") !== every.join(" ") || told.some((word) => ASKING.has(word));
  const telling = told.filter((word) => !ASKING.has(word) && !FILLERS.has(word) && !measures.has(word));
  const words = [...new Set(telling.length ? telling : every)].slice(0, 8);
  return { words, isQuestion: asks && telling.length > 0 };
}

// The parts by which a word is found: all pairs of signs of a script without spaces.
export function pieces(word) {
  const signs = [...word];
  if (word[0] < "\u2e80" || signs.length <= 2) return [word];
  return [...new Set(signs.slice(1).map((sign, at) => signs[at] + sign))];
}

// Letters to change, insert, drop or swap with the next.
function distance(first, second) {
  let before = [], last = Array.from({ length: second.length + 1 }, (_, column) => column);
  for (let row = 1; row <= first.length; row++) {
    const now = [row];
    for (let column = 1; column <= second.length; column++) {
      const cost = first[row - 1] === second[column - 1] ? 0 : 1;
      let best = Math.min(last[column] + 1, now[column - 1] + 1, last[column - 1] + cost);
      const isSwapped = row > 1 && column > 1 && first[row - 1] === second[column - 2] && first[row - 2] === second[column - 1];
      if (isSwapped) best = Math.min(best, before[column - 2] + 1);
      now.push(best);
    }
    [before, last] = [last, now];
  }
  return last.at(-1);
}

// How many slips are to be expected in a word.
export const slips = (word) => (word.length < 3 ? 0 : word.length < 6 ? 1 : 2);

// Texts by their number, in which pieces are looked for; each begins with a space and ends with a line feed.
export class Texts {
  constructor(texts) {
    this.texts = texts;
    this.whole = texts.map((text) => ` ${text}\n`).join("");
    let end = 0;
    this.ends = texts.map((text) => (end += text.length + 2));
  }

  // The numbers of the texts that have the piece, at most a thousand.
  *having(piece) {
    let start = this.whole.indexOf(piece);
    for (let count = 0; count < MOST && start >= 0; count++) {
      const number = this.numberAt(start);
      yield number;
      start = this.whole.indexOf(piece, this.ends[number]);
    }
  }

  // The text that a place is in.
  numberAt(place) {
    let low = 0, high = this.ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.ends[middle] > place) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  // The words that differ from a word by the fewest slips, and by at most so many.
  near(word, slips, most = 3) {
    this.words ??= [...new Set(this.whole.split(/\s+/))].filter((other) => other && !/^\p{Nd}+$/u.test(other));
    const near = this.words.filter((other) => Math.abs(other.length - word.length) <= slips)
      .map((other) => ({ other, count: distance(word, other) }))
      .sort((a, b) => a.count - b.count || (a.other < b.other ? -1 : 1));
    return near.filter(({ count }) => count <= Math.min(slips, near[0].count)).slice(0, most).map(({ other }) => other);
  }
}
