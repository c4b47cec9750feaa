// The end of a growing text where it is plain prose: what is added there changes nothing but the last text node, and is
// appended without being parsed. Everything else, such as a new line or a mark, is left to the parser.

const LONGEST = 500; // characters appended before the text is parsed again, so that long paragraphs are divided
const SEEN = 60; // characters of the end that are looked at
// No construct begins, ends or changes with these once two letters precede them in the line: the line is a paragraph's,
// and runs of * and _ have a letter on their right.
const PLAIN = String.raw`\p{L}\p{M}\p{N} ,.:!?'"’“”…—–、。，！？；：「」『』（）-`;
const ADDED = new RegExp(`^[${PLAIN}]*$`, "u");
const SETTLED = new RegExp(String.raw`\p{L}{2}[${PLAIN}]*$`, "u");
const ADDRESS = /\/\/|mailto:/i; // bare links grow with each letter
const CLOSED = /^(paragraph|list_item|bullet_list|ordered_list|blockquote)_close$/;

export class PlainEnd {
  constructor(node, text) {
    this.node = node;
    this.text = text;
    this.left = LONGEST;
  }

  // The end of `text`, whose `tail` was parsed into `tokens` and is drawn at the end of `box`. Null if it is not plain.
  static of(box, text, tail, tokens) {
    const line = tail.slice(Math.max(tail.length - SEEN, tail.lastIndexOf("\n") + 1));
    const word = tail.slice(Math.max(tail.lastIndexOf(" "), tail.lastIndexOf("\n")) + 1);
    // A link's definition is not shown, unless more follows in its line.
    if (!SETTLED.test(line) || ADDRESS.test(word) || tail.includes("]:")) return null;
    const content = lastContent(tokens);
    const node = content && lastText(box);
    return node?.data && node.data.endsWith(content.slice(-node.data.length)) ? new PlainEnd(node, text) : null;
  }

  // Show `text`, and return whether that was possible.
  grow(text) {
    const added = text.startsWith(this.text) ? text.slice(this.text.length) : null;
    if (added === null || added.length > this.left || !ADDED.test(added)) return false;
    this.node.appendData(text.trimEnd().slice(this.text.trimEnd().length)); // spaces at the end are not drawn
    this.text = text;
    this.left -= added.length;
    return true;
  }
}

// The text with which the last paragraph ends, unless something else follows.
function lastContent(tokens) {
  const at = tokens.findLastIndex(({ type }) => type === "inline");
  const after = tokens.slice(at + 1);
  if (at < 0 || after[0]?.type !== "paragraph_close" || !after.every(({ type }) => CLOSED.test(type))) return "";
  const last = tokens[at].children.at(-1);
  return last?.type === "text" ? last.content : "";
}

function lastText(box) {
  let node = box;
  while (node && node.nodeType !== Node.TEXT_NODE) {
    node = node.lastChild;
    if (node?.data === "\n" && node.previousSibling) node = node.previousSibling; // a line break between blocks
  }
  return node;
}
