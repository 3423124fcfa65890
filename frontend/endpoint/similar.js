// Names that are like a name: as difflib of Python measures it on the server.

const LIKE = 0.6;
const MOST = 3;

// The longest piece that both texts have between these places: where it begins in each, and its length.
function longest(one, other, [from, to, otherFrom, otherTo]) {
  let best = [from, otherFrom, 0], before = new Map();
  for (let at = from; at < to; at++) {
    const lengths = new Map();
    for (let place = otherFrom; place < otherTo; place++) {
      if (one[at] !== other[place]) continue;
      const length = (before.get(place - 1) ?? 0) + 1;
      lengths.set(place, length);
      if (length > best[2]) best = [at - length + 1, place - length + 1, length];
    }
    before = lengths;
  }
  return best;
}

// How many characters are in pieces that both have, in the same order.
function shared(one, other, [from, to, otherFrom, otherTo]) {
  const [at, place, length] = longest(one, other, [from, to, otherFrom, otherTo]);
  if (!length) return 0;
  return length + shared(one, other, [from, at, otherFrom, place])
    + shared(one, other, [at + length, to, place + length, otherTo]);
}

const likeness = (one, other) =>
  (one.length + other.length ? (2 * shared(one, other, [0, one.length, 0, other.length])) / (one.length + other.length) : 1);

// The names that are written like a name, else those that have a word of it.
export function nearest(name, names) {
  const like = names.map((each) => [likeness(each, name), each]).filter(([score]) => score >= LIKE)
    .sort(([score, one], [otherScore, other]) => otherScore - score || (one < other ? 1 : -1)).map(([, each]) => each);
  const words = name.split("-");
  const sharing = names.filter((each) => each.split("-").some((word) => words.includes(word)));
  return (like.length ? like : sharing).slice(0, MOST);
}
