// The paragraph at the end of a growing text. Of its content only what comes after the last construct that has not
// changed is rendered and drawn again.

import { inlines } from "./markdown.js";
import { put, removeFrom } from "./patch.js";

export class OpenParagraph {
  // The paragraph that `tokens` consist of, or null if they are something else. `nodes`: what is drawn of its content,
  // which begins at `start` in the text.
  static of(tokens, nodes, start) {
    const content = contentOf(tokens);
    return content && new OpenParagraph(content, nodes, start);
  }

  constructor(content, nodes, start) {
    this.content = content;
    this.nodes = nodes;
    this.start = start;
  }

  // Show other tokens instead, and return whether that was possible.
  show(tokens, env) {
    const content = contentOf(tokens);
    const { end, elements } = content ? unchanged(this.content, content) : {};
    const drawn = this.nodes.filter(isElement);
    // The browser splits a link within a link in two.
    if (!elements || drawn.length !== this.content.filter(isElementToken).length) return false;
    const last = drawn[elements - 1];
    let at = last.nextSibling;
    const shown = [...inlines(content.slice(end), env).childNodes].map((node) => {
      const now = put(last.parentNode, at, node);
      at = now.nextSibling;
      return now;
    });
    removeFrom(at);
    this.content = content;
    this.nodes = [...this.nodes.slice(0, this.nodes.indexOf(last) + 1), ...shown];
    return true;
  }
}

function contentOf(tokens) {
  return tokens.length === 3 && tokens[0].type === "paragraph_open" ? tokens[1].children : null;
}

const isElement = (node) => node.nodeType === Node.ELEMENT_NODE;

// Whether an element that is not within another one ends with this token.
const isElementToken = ({ type, level, nesting }) => type !== "text" && level === 0 && nesting <= 0;

// How many tokens both begin with, up to the end of an element, and how many elements these are.
function unchanged(before, after) {
  const found = { end: 0, elements: 0 };
  let elements = 0;
  for (let index = 0; index < after.length && same(before[index], after[index]); index += 1) {
    if (!isElementToken(after[index])) continue;
    elements += 1;
    // The line break after a <br> belongs to the text that follows.
    if (!after[index].type.endsWith("break")) Object.assign(found, { end: index + 1, elements });
  }
  return found;
}

function same(one, other) {
  return one !== undefined && one.type === other.type && one.content === other.content && one.info === other.info &&
    String(one.attrs) === String(other.attrs);
}
