// Where a part of the text is on the screen.

// A range of the document over the text from one offset to another, within a line; null where there is none.
export function rangeOf(editor, start, end) {
  const before = editor.value.slice(0, start), number = before.split("\n").length;
  const column = start - before.lastIndexOf("\n") - 1, line = editor.lines[number];
  if (!line) return null;
  const range = document.createRange(), walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
  let passed = 0, hasBegun = false, node;
  while ((node = walker.nextNode())) {
    const length = node.data.length;
    if (!hasBegun && column <= passed + length) {
      range.setStart(node, column - passed);
      hasBegun = true;
    }
    range.setEnd(node, Math.max(0, Math.min(length, column + end - start - passed)));
    if (column + end - start <= passed + length) break;
    passed += length;
  }
  return hasBegun ? range : null;
}

// The box of the place before a character.
export function boxOf(editor, offset) {
  const range = rangeOf(editor, offset, offset);
  const [box] = range?.getClientRects() ?? [];
  return box ?? editor.lines[editor.activeLine].getBoundingClientRect();
}

// The offset of a line and a column, both counted from 1, in characters as Python counts them.
export function offsetOf(text, line, column) {
  const start = text.split("\n", line - 1).reduce((sum, row) => sum + row.length + 1, 0);
  return start + [...text.slice(start).split("\n", 1)[0]].slice(0, column - 1).join("").length;
}

// Replaces the part in which two texts differ, so that the cursor and what can be undone stay sensible.
export function difference(before, after) {
  let start = 0, same = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  const most = Math.min(before.length, after.length) - start;
  while (same < most && before[before.length - 1 - same] === after[after.length - 1 - same]) same += 1;
  return { start, end: before.length - same, text: after.slice(start, after.length - same) };
}
