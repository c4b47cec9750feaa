// Renders a text into `box` while it grows. Finished blocks, list items, lines of code and most of a long paragraph are
// never redrawn (so a selection in them survives); only the unfinished end is parsed again, so the work per update
// stays constant.

import { blocks, colours, fragment, parse } from "./markdown.js";
import { OpenParagraph } from "./open_paragraph.js";
import { put, removeFrom } from "./patch.js";
import { PlainEnd } from "./plain_end.js";

const LONG = 1000; // characters of an open paragraph; when it is longer, all but its end is rendered for good
const LONGEST = 4000; // characters; then also within a construct that may never be closed
const PACE = 1500; // characters parsed an update, on average: a longer unfinished end is not drawn at each
const END = 100; // characters that stay open
const AHEAD = 8; // nodes, to find one that has been drawn
const SLICE = 2000; // characters of a finished text rendered in one go; other work may be done in between
// The last character of a finished piece. It stands before the rest when that is parsed, so it must not begin a block.
const BREAK = /[\p{L}\p{N}.,;:?!"'”’)…](?=[ \n])|[。！？，、；：]/gu;
const FENCE = /^( {0,3})(`{3,}|~{3,})[^\n]*\n/;

export class GrowingText {
  constructor(box) {
    this.box = box;
    this.restart();
  }

  restart() {
    this.box.replaceChildren();
    this.open = []; // nodes to redraw
    this.stale = []; // those of the last update that this one has not made use of
    this.text = "";
    this.done = 0; // characters rendered for good
    this.read = 0; // characters parsed by the last update
    this.owed = 0; // characters that were parsed ahead of the pace
    this.ended = false; // drawn as a whole, which leaves no piece to go on from
    this.completion = null; // identifies the drawing as a whole that is under way
    this.list = null; // the list whose last item is still growing
    this.paragraph = null; // the paragraph whose first pieces are rendered: { element, start, before }
    this.code = null; // the code block whose last line is still growing: { element, indent, end }
    this.last = null; // the last block, if it is a paragraph
    this.plain = null; // the end, where it can grow without being parsed
  }

  // Render `text`. If `final`, returns a promise for code highlighting and formulas, or null if there are none.
  show(text, final = false) {
    if (text === this.text && (this.ended || !final)) return null;
    this.read = 0;
    this.owed -= PACE;
    if (!final && this.plain?.grow(text)) {
      this.text = text;
      return null;
    }
    if (this.owed > 0 && !final) return null;
    this.plain = null;
    if (this.ended || !text.startsWith(this.text.slice(0, this.done))) this.restart();
    this.text = text;
    const fresh = final && !this.box.firstChild;
    this.stale = this.open;
    this.open = [];
    if (this.code) this.continueCode();
    if (!this.code && !fresh) this.continueBlocks(final);
    this.dropStale();
    this.owed = text.length - this.done;
    if (!final) return null;
    this.ended = true;
    // what comes later may change what is before, as link definitions do
    const completing = this.done || fresh ? this.complete() : null;
    return completing ? completing.then(() => this.enrich(text)) : this.enrich(text);
  }

  enrich(text) {
    if (!this.ended || this.text !== text) return null; // it has gone on growing
    const plain = !this.box.querySelector("pre[data-language], .math");
    return plain ? null : import("./enrich.js").then(({ enrich }) => enrich(this.box, colours), () => {});
  }

  // Draw the text as a whole; what is drawn already stays where it is right. Returns a promise if it is a long one.
  complete() {
    this.box.normalize();
    return this.completeFrom(this.box.firstChild, blocks(this.text), this.completion = {});
  }

  completeFrom(at, rest, completion) {
    for (let drawn = 0; drawn < SLICE;) {
      const { done, value } = rest.next();
      if (done) return removeFrom(at);
      for (const node of [...value.nodes.childNodes]) at = put(this.box, equal(at, node), node).nextSibling;
      drawn += value.length;
    }
    return new Promise((resolve) => { setTimeout(resolve); })
      .then(() => (this.completion === completion ? this.completeFrom(at, rest, completion) : null));
  }

  // Show it in another element. Moving nodes would lose the selection in them.
  moveTo(box, selected) {
    box.replaceChildren(...this.box.childNodes);
    this.box = box;
    if (selected) getSelection().setBaseAndExtent(...selected);
  }

  continueBlocks(final) {
    const env = {};
    const before = this.paragraph?.before ?? "";
    const tail = before + this.text.slice(this.done);
    const tokens = this.parse(tail, env);
    if (this.paragraph && tokens[0].type !== "paragraph_open") return this.rejoin(final);
    if (!final && this.last?.start === this.done && this.last.show(tokens, env)) {
      this.keepOpen();
      return this.goOn(tail, 0, tokens);
    }
    const last = final ? 0 : lastBlock(tokens);
    if (last) {
      this.append(fragment(tokens.slice(0, last), env));
      this.list = null;
      this.paragraph = null;
    }
    const from = last ? start(tail, tokens[last].map[0]) : 0;
    const drawn = this.append(fragment(tokens.slice(last), env));
    this.done += last ? from - before.length : 0;
    this.open = drawn;
    if (final) return null;
    this.last = OpenParagraph.of(tokens.slice(last), this.contentOf(drawn), this.done);
    return this.goOn(tail, from, tokens.slice(last));
  }

  // What is drawn of the last block's content.
  contentOf(drawn) {
    return this.paragraph ? drawn.filter((node) => node.parentNode !== this.box) : [...drawn[0]?.childNodes ?? []];
  }

  // `tokens`: of the last block, which is drawn.
  goOn(tail, from, tokens) {
    this.plain = PlainEnd.of(this.box, this.text, tail, tokens);
    this.divide(tail, from, tokens, this.open);
    return null;
  }

  // What was open stays so, as far as it still stands there.
  keepOpen() {
    const others = this.stale.filter((node) => node.parentNode === this.box);
    this.open = this.paragraph ? [...this.last.nodes, ...others] : others;
    this.stale = [];
  }

  parse(text, env) {
    this.read += text.length;
    return parse(text, env);
  }

  // What was the beginning of a paragraph is that of a heading or a table.
  rejoin(final) {
    this.paragraph.element.remove();
    this.done = this.paragraph.start;
    this.paragraph = null;
    this.continueBlocks(final);
  }

  // Append nodes, and return those that then stand there. Items that continue the open list are moved into it.
  append(nodes) {
    const drawn = [...nodes.childNodes];
    if (this.paragraph) return this.appendToParagraph(drawn);
    if (!this.list || drawn[0]?.nodeName !== this.list.nodeName) {
      this.list = null;
      return this.place(this.box, drawn);
    }
    const [going, ...others] = drawn;
    const items = [...going.childNodes].slice(1); // the first node is a line break
    return [...this.place(this.list, items), ...this.place(this.box, others)];
  }

  appendToParagraph([rest, ...others]) {
    const { element, before } = this.paragraph;
    const text = document.createNodeIterator(rest, NodeFilter.SHOW_TEXT).nextNode();
    text.data = text.data.slice(before.length);
    return [...this.place(element, [...rest.childNodes]), ...this.place(this.box, others)];
  }

  // Append nodes to `parent`, or let those that are stale become equal to them.
  place(parent, nodes) {
    return nodes.map((node) => {
      const old = this.stale.shift();
      if (old?.parentNode === parent) return put(parent, old, node);
      old?.remove();
      this.dropStale();
      parent.append(node);
      return node;
    });
  }

  dropStale() {
    for (const node of this.stale.splice(0)) node.remove();
  }

  // In the open block, all but the last item or line is finished as well. `from`: the block's offset in `tail`.
  divide(tail, from, tokens, drawn) {
    const items = tokens.filter((token) => token.type === "list_item_open" && token.level === 1);
    if (/_list_open$/.test(tokens[0]?.type) && items.length > 1) {
      this.list ??= drawn.find((node) => /^[OU]L$/.test(node.nodeName));
      const item = drawn.findLast((node) => node.nodeName === "LI") ?? this.list.lastElementChild;
      const after = drawn.filter((node) => node.parentNode === this.box && node !== this.list);
      this.open = [item, item.nextSibling, ...after].filter(Boolean);
      this.done += start(tail, items.at(-1).map[0]) - from;
    }
    if (tokens[0]?.type === "paragraph_open" && tail.length - from > LONG) this.divideParagraph(tail.slice(from));
    const fence = tokens[0]?.type === "fence" && FENCE.exec(tail.slice(from));
    if (fence) this.beginCode(fence, drawn[0].querySelector("code"), tail.length - from);
  }

  divideParagraph(text) {
    const long = text.length > LONGEST;
    const head = text.slice(0, -END);
    const known = this.paragraph?.before.length ?? 0; // ending there again would never come to an end
    const at = lastMatch(BREAK, head, known) ?? (long && lastMatch(/\S/gu, head, known));
    if (!at) return;
    const end = at.index + at[0].length;
    const env = {};
    const tokens = this.parse(text.slice(0, end), env);
    if (tokens.length !== 3 || (!long && unclosed(tokens[1]))) return;
    this.dropStale();
    this.stale = this.open;
    const { before, ...begun } = this.paragraph ?? { before: "", start: this.done };
    this.append(fragment(tokens, env));
    this.paragraph = { element: this.box.lastElementChild, ...begun, before: long ? "a" : at[0] };
    while (this.box.lastChild !== this.paragraph.element) this.box.lastChild.remove(); // a line break
    this.done += end - before.length;
    this.continueBlocks(false);
  }

  beginCode([line, indent, marks], element, length) {
    const end = new RegExp(`^ {0,3}${marks[0]}{${marks.length},}[ \\t]*$`);
    const lines = this.text.slice(this.text.length - length + line.length).split("\n");
    if (lines.slice(0, -1).some((one) => end.test(one))) return;
    element.replaceChildren();
    this.code = { element, indent: new RegExp(`^ {0,${indent.length}}`), end };
    this.done += line.length;
    this.continueCode();
  }

  continueCode() {
    const { element, indent, end } = this.code;
    this.dropStale();
    const lines = this.text.slice(this.done).split("\n");
    const closed = lines.slice(0, -1).findIndex((line) => end.test(line)); // the last line may still grow
    const whole = lines.slice(0, closed < 0 ? -1 : closed);
    if (whole.length) element.append(whole.map((line) => `${line.replace(indent, "")}\n`).join(""));
    this.done += whole.join("\n").length + (whole.length ? 1 : 0);
    this.open = [];
    if (closed >= 0) {
      this.done += lines[closed].length + 1;
      this.code = null;
    } else if (lines.at(-1) && !end.test(lines.at(-1))) {
      this.open = [document.createTextNode(lines.at(-1).replace(indent, ""))];
      element.append(...this.open);
    }
  }
}

function lastBlock(tokens) {
  for (let index = tokens.length - 1; index >= 0; index -= 1) {
    if (tokens[index].level === 0 && tokens[index].nesting >= 0 && tokens[index].map) return index;
  }
  return 0;
}

// The node from `at` on that is equal to `wanted`; those before it are removed. `at` if none of the next ones is.
function equal(at, wanted) {
  let near = at;
  for (let count = 0; near && count < AHEAD; count += 1, near = near.nextSibling) {
    if (!near.isEqualNode(wanted)) continue;
    while (at !== near) {
      at = at.nextSibling;
      at.previousSibling.remove();
    }
    return near;
  }
  return at;
}

// Whether what follows may close a construct that begins in an inline token.
function unclosed({ children, content }) {
  const text = children.map((token) => (token.type === "text" ? token.content : "")).join("");
  const literal = text.replace(/(?<!\S)[*_~]+(?!\S)|(?<=\w)_+(?=\w)|\[[^[\]]*\]/g, "");
  const formula = ["()", "[]"].some(([a, b]) => content.lastIndexOf(`\\${a}`) > content.lastIndexOf(`\\${b}`));
  return formula || /[*_~`[]|\|\||\$\$/.test(literal);
}

// The last match that begins at `from` or later.
function lastMatch(pattern, text, from) {
  return [...text.matchAll(pattern)].findLast((match) => match.index >= from);
}

// The offset of line `number`.
function start(text, number) {
  let at = 0;
  for (let line = 0; line < number; line += 1) at = text.indexOf("\n", at) + 1;
  return at;
}
