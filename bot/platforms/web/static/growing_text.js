// Renders a text into `box` while it grows. Finished blocks, list items and lines of code are never redrawn (so a
// selection in them survives); only the unfinished end is parsed again, so the work per update stays constant.

import { colours, fragment, markdown, parse } from "./markdown.js";

const FENCE = /^( {0,3})(`{3,}|~{3,})[^\n]*\n/;

export class GrowingText {
  constructor(box) {
    this.box = box;
    this.restart();
  }

  restart() {
    this.box.replaceChildren();
    this.open = []; // nodes to redraw
    this.text = "";
    this.done = 0; // characters rendered for good
    this.read = 0; // characters parsed by the last update
    this.list = null; // the list whose last item is still growing
    this.code = null; // the code block whose last line is still growing: { element, indent, end }
    this.divided = false; // whether a block was rendered in pieces
  }

  // Render `text`. If `final`, returns a promise for code highlighting and formulas, or null if there are none.
  show(text, final = false) {
    if (text === this.text && !final) return null;
    if (!text.startsWith(this.text.slice(0, this.done))) this.restart();
    this.text = text;
    for (const node of this.open) node.remove();
    this.open = [];
    this.read = text.length - this.done;
    if (this.code) this.continueCode();
    if (!this.code) this.continueBlocks(final);
    if (!final) return null;
    if (this.divided || /^ {0,3}\[[^\]]+\]:/m.test(text)) this.replace(); // link definitions may come last
    const plain = !this.box.querySelector("pre[data-language], .math");
    return plain ? null : import("./enrich.js").then(({ enrich }) => enrich(this.box, colours), () => {});
  }

  // Replace the content by the text rendered as a whole, unless they are equal.
  replace() {
    const whole = markdown(this.text);
    this.box.normalize();
    const [before, after] = [[...this.box.childNodes], [...whole.childNodes]];
    if (before.length === after.length && before.every((node, place) => node.isEqualNode(after[place]))) return;
    this.box.replaceChildren(whole);
  }

  continueBlocks(final) {
    const env = {};
    const tail = this.text.slice(this.done);
    const tokens = parse(tail, env);
    const last = final ? 0 : lastBlock(tokens);
    if (last) {
      this.append(fragment(tokens.slice(0, last), env));
      this.list = null;
    }
    const from = last ? start(tail, tokens[last].map[0]) : 0;
    const drawn = this.append(fragment(tokens.slice(last), env));
    this.done += from;
    this.open = drawn;
    if (!final) this.divide(tail, from, tokens.slice(last), drawn);
  }

  // Append nodes and return them. Items that continue the open list are moved into it.
  append(nodes) {
    const drawn = [...nodes.childNodes];
    if (!this.list || drawn[0]?.nodeName !== this.list.nodeName) {
      this.list = null;
      this.box.append(nodes);
      return drawn;
    }
    const [going, ...others] = drawn;
    const items = [...going.childNodes].slice(1); // the first node is a line break
    this.list.append(...items);
    this.box.append(...others);
    return [...items, ...others];
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
      this.divided = true;
    }
    const fence = tokens[0]?.type === "fence" && FENCE.exec(tail.slice(from));
    if (fence) this.beginCode(fence, drawn[0].querySelector("code"), tail.length - from);
  }

  beginCode([line, indent, marks], element, length) {
    const end = new RegExp(`^ {0,3}${marks[0]}{${marks.length},}[ \\t]*$`);
    const lines = this.text.slice(this.text.length - length + line.length).split("\n");
    if (lines.slice(0, -1).some((one) => end.test(one))) return;
    element.replaceChildren();
    this.code = { element, indent: new RegExp(`^ {0,${indent.length}}`), end };
    this.done += line.length;
    this.divided = true;
    this.continueCode();
  }

  continueCode() {
    const { element, indent, end } = this.code;
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

// The offset of line `number`.
function start(text, number) {
  let at = 0;
  for (let line = 0; line < number; line += 1) at = text.indexOf("\n", at) + 1;
  return at;
}
