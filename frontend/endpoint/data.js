// The quads of the site's files of data: each term once, and quads as numbers of terms (data.py says how).

// The N-Quads of the last of *files*, whose terms go on from those of the files before it.
export function quads(files) {
  const { graphs, subjects, properties, objects } = files.at(-1);
  const terms = files.flatMap((file) => file.terms);
  const last = [];
  let [subject, at] = [0, 0];
  const line = (graph) => {
    const property = properties[at];
    subject += subjects[at];
    last[property] = (last[property] ?? 0) + objects[at++];
    return `${terms[subject]} ${terms[property]} ${terms[last[property]]} ${graph}.\n`;
  };
  return graphs.map(([graph, length]) => Array.from({ length }, () => line(graph && `${graph} `)).join("")).join("");
}
