// Markdown to DOM: CommonMark with tables, strikethrough, task lists, bare links and ||spoilers||. HTML is escaped,
// images become links, and the result is sanitized by DOMPurify.

import MarkdownIt from "./vendor/markdown-it.js";
import cjkFriendly from "./vendor/markdown-it-cjk-friendly.js";
import DOMPurify from "./vendor/purify.js";
import { t } from "./texts.js";

const TAGS = [
  "p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "a", "span", "h1", "h2", "h3",
  "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "input",
];
const ATTRIBUTES = [
  "href", "title", "start", "align", "class", "data-language", "rel", "target", "type", "checked", "disabled", "role",
  "tabindex", "aria-label", "aria-expanded",
];
const CLASSES = /^(spoiler|task|math|math display|hljs-[\w -]+)$/;
const FORMULAS = [["\\(", "\\)", "math"], ["\\[", "\\]", "math display"], ["$$", "$$", "math display"]];
const PLAIN = /[^\n!#$%&*+\-:<=>@[\\\]^_`{|}~]+/y; // as markdown-it's, but a spoiler may begin at a |
const AFTER_LINK = /[，。！？、；：）」』】》〉”’…]/u;

// `depth`: by how many levels to lower headings, because the page has headings of its own.
export function engine({ breaks = true, depth = 2 } = {}) {
  const md = new MarkdownIt({ html: false, linkify: true, breaks }).use(cjkFriendly);
  md.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
  const match = md.linkify.match.bind(md.linkify);
  md.linkify.match = (text) => match(text)?.map(withoutPunctuation) ?? null;
  md.validateLink = (url) => /^(https?:|mailto:|#|[^:]*$)/i.test(url.trim());
  md.inline.ruler.at("text", plain);
  md.inline.ruler.before("emphasis", "spoiler", spoiler);
  md.inline.ruler.before("escape", "formula", formula);
  md.core.ruler.push("tasks", tasks);
  md.renderer.rules.image = (tokens, index, options, env, self) => {
    const url = md.utils.escapeHtml(tokens[index].attrGet("src") ?? "");
    return `<a href="${url}">${self.renderInlineAsText(tokens[index].children, options, env) || url}</a>`;
  };
  md.renderer.rules.fence = (tokens, index) => {
    const language = md.utils.escapeHtml(tokens[index].info.trim().split(/\s+/)[0]);
    const mark = language ? ` data-language="${language}"` : "";
    return `<pre${mark}><code>${md.utils.escapeHtml(tokens[index].content)}</code></pre>\n`;
  };
  md.renderer.rules.formula = (tokens, index) => `<span
      class="${tokens[index].info}">${md.utils.escapeHtml(tokens[index].content)}</span>`;
  for (const part of ["heading_open", "heading_close"]) {
    md.renderer.rules[part] = (tokens, index) => {
      const level = Math.min(6, Number(tokens[index].tag.slice(1)) + depth);
      return part === "heading_open" ? `<h${level}>` : `</h${level}>\n`;
    };
  }
  for (const cell of ["th_open", "td_open"]) {
    md.renderer.rules[cell] = (tokens, index) => { // the Content Security Policy forbids style attributes
      const align = /text-align:(\w+)/.exec(tokens[index].attrGet("style") ?? "")?.[1];
      return `<${tokens[index].tag}${align ? ` align="${align}"` : ""}>`;
    };
  }
  return md;
}

function withoutPunctuation(found) {
  const end = found.raw.search(AFTER_LINK);
  if (end < 0) return found;
  const cut = found.raw.length - end;
  const shorter = (text) => text.slice(0, text.length - cut);
  return Object.assign(Object.create(Object.getPrototypeOf(found)), found, {
    raw: shorter(found.raw), text: shorter(found.text), url: found.raw.slice(0, end), lastIndex: found.lastIndex - cut,
  });
}

function plain(state, silent) {
  PLAIN.lastIndex = state.pos;
  if (!PLAIN.test(state.src)) return false;
  const end = Math.min(PLAIN.lastIndex, state.posMax);
  if (!silent) state.pending += state.src.slice(state.pos, end);
  state.pos = end;
  return true;
}

function spoiler(state, silent) {
  if (!state.src.startsWith("||", state.pos)) return false;
  const end = state.src.indexOf("||", state.pos + 2);
  if (end < 0 || end === state.pos + 2 || end > state.posMax - 2) return false;
  if (!silent) {
    const { pos, posMax } = state;
    const open = state.push("spoiler_open", "span", 1);
    open.attrs = [["class", "spoiler"], ["role", "button"], ["tabindex", "0"], ["aria-expanded", "false"]];
    state.pos = pos + 2;
    state.posMax = end;
    state.md.inline.tokenize(state);
    state.posMax = posMax;
    state.push("spoiler_close", "span", -1);
  }
  state.pos = end + 2;
  return true;
}

// Math: \( \), \[ \] and $$ $$, as models write formulas; temml is loaded once the text is finished.
function formula(state, silent) {
  const [open, close, kind] = FORMULAS.find(([begin]) => state.src.startsWith(begin, state.pos)) ?? [];
  const bare = state.pos === 0 || /[\s(（:：、，,]/.test(state.src[state.pos - 1]);
  const end = open && bare ? closing(state, close) : -1;
  if (end < 0 || end + 2 > state.posMax || !state.src.slice(state.pos + 2, end).trim()) return false;
  if (!silent) {
    const token = state.push("formula", "span", 0);
    token.content = state.src.slice(state.pos + 2, end).trim();
    token.info = kind;
  }
  state.pos = end + 2;
  return true;
}

// Where the next closing mark is, or -1. All are found at once, or a text full of opening marks would be searched anew
// for each. The parser also goes back, so the next one is not always after the last one.
function closing(state, mark) {
  const ends = (state.formulaEnds ??= {})[mark] ??= places(state.src, mark);
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle] < state.pos + 2) low = middle + 1;
    else high = middle;
  }
  return ends[low] ?? -1;
}

function places(text, mark) {
  const found = [];
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) found.push(at);
  return found;
}

// Task lists: [ ] and [x] at the start of a list item.
function tasks(state) {
  const { tokens } = state;
  for (let index = 2; index < tokens.length; index += 1) {
    const item = tokens[index - 2].type === "list_item_open" && tokens[index].type === "inline";
    const text = item ? tokens[index].children[0] : null;
    const found = text?.type === "text" ? /^\[([ xX])\] /.exec(text.content) : null;
    if (!found) continue;
    text.content = text.content.slice(4);
    const box = new state.Token("task", "input", 0);
    box.attrs = [["type", "checkbox"], ["disabled", ""], ["class", "task"],
        ["aria-label", found[1] === " " ? "[ ]" : "[x]"]];
    if (found[1] !== " ") box.attrs.push(["checked", ""]);
    tokens[index].children.unshift(box);
  }
}

const md = engine();
const inert = document.implementation.createHTMLDocument(""); // nothing is loaded or run in it
const texts = purifier({
  ALLOWED_TAGS: TAGS, ALLOWED_ATTR: ATTRIBUTES, ALLOW_DATA_ATTR: false, ALLOW_ARIA_ATTR: false, IN_PLACE: true,
});
const coloured = purifier({ ALLOWED_TAGS: ["span"], ALLOWED_ATTR: ["class"], RETURN_DOM_FRAGMENT: true });

// Its settings are read once, not for each text.
function purifier(settings) {
  const purify = DOMPurify(window);
  purify.setConfig(settings);
  purify.addHook("afterSanitizeAttributes", (node) => {
    if (node.tagName === "A") {
      node.setAttribute("rel", "noopener noreferrer nofollow");
      node.setAttribute("target", "_blank");
    }
    if (node.hasAttribute?.("class") && !CLASSES.test(node.getAttribute("class"))) node.removeAttribute("class");
    if (node.classList?.contains("spoiler")) node.setAttribute("aria-label", t("Spoiler"));
  });
  return purify;
}

export const parse = (text, env) => md.parse(text, env);

// The blocks of a text one after the other: { nodes, length }, rendered when they are asked for.
export function* blocks(text) {
  const env = {};
  const whole = new md.core.State(text, md, env);
  const [normalize, block, ...rules] = md.core.ruler.getRules("");
  normalize(whole);
  block(whole);
  const { tokens } = whole;
  let from = 0;
  for (let index = 0; index < tokens.length; index += 1) {
    if (tokens[index].level > 0 || tokens[index].nesting > 0) continue;
    const state = Object.assign(new md.core.State("", md, env), { tokens: tokens.slice(from, index + 1) });
    for (const rule of rules) rule(state);
    from = index + 1;
    const length = state.tokens.reduce((sum, { content }) => sum + content.length, 0);
    yield { nodes: fragment(state.tokens, env), length };
  }
}

export const colours = (html) => coloured.sanitize(html);

export const fragment = (tokens, env) => sanitized(md.renderer.render(tokens, md.options, env));
export const inlines = (tokens, env) => sanitized(md.renderer.renderInline(tokens, md.options, env)); // of a block

function sanitized(html) {
  const box = inert.createElement("span");
  box.innerHTML = html;
  texts.sanitize(box);
  const nodes = document.createDocumentFragment();
  nodes.append(...box.childNodes);
  return nodes;
}

// Spoilers open on click, Enter or Space.
function reveal(event) {
  const spoiled = event.target.closest?.(".spoiler");
  if (!spoiled || (event.type === "keydown" && event.key !== "Enter" && event.key !== " ")) return;
  spoiled.setAttribute("aria-expanded", "true");
  spoiled.removeAttribute("aria-label");
  event.preventDefault();
}
document.addEventListener("click", reveal);
document.addEventListener("keydown", reveal);
