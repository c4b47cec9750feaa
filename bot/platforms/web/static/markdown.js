// A small part of Markdown, built node by node. Text never becomes HTML: there is nothing here that parses markup.

const DEPTH = 6; // of lists and quotations in one another; deeper ones stay text
const FENCE = /^\s{0,3}(```+|~~~+)\s*([\w+#.-]*)\s*$/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const BULLET = /^(\s*)[-*+•]\s+(.*)$/;
const NUMBER = /^(\s*)(\d{1,9})[.)]\s+(.*)$/;
const RULE = /^\s{0,3}([-*_])(\s*\1){2,}\s*$/;

// In the order in which they are tried at each place. No pattern can run away: each is linear in what it takes.
const INLINE = new RegExp([
  "(?<code>`+)(?<codeText>[^`](?:.*?[^`])?)\\k<code>(?!`)",
  "\\*\\*(?<bold>\\S(?:[^*\\n]{0,2000}?\\S)?)\\*\\*",
  "(?<![*\\w])\\*(?<italic>[^\\s*](?:[^*\\n]{0,2000}?[^\\s*])?)\\*(?!\\*)",
  "(?<![_\\w])_(?<under>[^\\s_](?:[^_\\n]{0,2000}?[^\\s_])?)_(?![_\\w])",
  "~~(?<struck>[^~\\n]{1,2000})~~",
  "\\|\\|(?<spoiler>[^|\\n]{1,2000})\\|\\|",
  "\\[(?<label>[^\\[\\]\\n]{1,500})\\]\\((?<target>[^\\s()<>]{1,2000})\\)",
  "(?<address>https?://[^\\s<>\"'`)\\]}]{1,2000})",
].join("|"), "gsu");

const element = (name, ...children) => {
  const node = document.createElement(name);
  node.append(...children);
  return node;
};

// Only http and https: any other scheme stays text.
function link(address, label) {
  let url;
  try { url = new URL(address); } catch { return null; }
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  const anchor = element("a", ...label);
  anchor.href = url.href;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer nofollow";
  return anchor;
}

function inlineNode(groups, whole, depth) {
  if (groups.code) return element("code", groups.codeText.trim() || groups.codeText);
  if (groups.bold) return element("strong", ...inline(groups.bold, depth + 1));
  if (groups.italic || groups.under) return element("em", ...inline(groups.italic || groups.under, depth + 1));
  if (groups.struck) return element("s", ...inline(groups.struck, depth + 1));
  if (groups.spoiler) {
    const details = element("details", element("summary", "…"), ...inline(groups.spoiler, depth + 1));
    details.className = "spoiler";
    return details;
  }
  if (groups.label) return link(groups.target, inline(groups.label, depth + 1)) || whole;
  const trailing = /[.,;:!?。，、！？；：]+$/u.exec(whole)?.[0] ?? "";
  const address = whole.slice(0, whole.length - trailing.length);
  const anchor = link(address, [address]);
  return anchor ? element("span", anchor, trailing) : whole;
}

export function inline(text, depth = 0) {
  if (depth > DEPTH) return [text];
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > end) nodes.push(text.slice(end, match.index));
    nodes.push(inlineNode(match.groups, match[0], depth));
    end = match.index + match[0].length;
  }
  if (end < text.length) nodes.push(text.slice(end));
  return nodes;
}

function paragraph(lines) {
  const node = document.createElement("p");
  lines.forEach((line, index) => {
    if (index) node.append(document.createElement("br"));
    node.append(...inline(line));
  });
  return node;
}

function codeBlock(lines, language) {
  const code = element("code", lines.join("\n"));
  const pre = element("pre", code);
  if (language) pre.dataset.language = language;
  pre.tabIndex = 0; // it may scroll sideways, with the keyboard too
  return pre;
}

// Items of one list, nested by their indentation; `lines` all match BULLET or NUMBER, or continue an item.
function list(lines, depth) {
  const first = NUMBER.exec(lines[0]);
  const node = document.createElement(first ? "ol" : "ul");
  if (first && first[2] !== "1") node.start = Number(first[2]);
  const indent = /^\s*/.exec(lines[0])[0].length;
  let item = [];
  const close = () => {
    if (!item.length) return;
    const inner = item.findIndex((line, index) => index && (BULLET.test(line) || NUMBER.test(line)));
    const own = inner < 0 ? item : item.slice(0, inner);
    const entry = document.createElement("li");
    own.forEach((line, index) => {
      if (index) entry.append(document.createElement("br"));
      entry.append(...inline(line.trim()));
    });
    if (inner > 0) entry.append(depth < DEPTH ? list(item.slice(inner), depth + 1) : item.slice(inner).join("\n"));
    node.append(entry);
    item = [];
  };
  for (const line of lines) {
    const match = BULLET.exec(line) || NUMBER.exec(line);
    if (match && match[1].length <= indent + 1) {
      close();
      item.push(match[match.length - 1]);
    } else item.push(line);
  }
  close();
  return node;
}

// The DOM of a text in Markdown, as a fragment. An unclosed code fence runs to the end: the text may still be growing.
export function markdown(text, depth = 0) {
  const result = document.createDocumentFragment();
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  let plain = [];
  const flush = () => {
    if (plain.length) result.append(paragraph(plain));
    plain = [];
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    const fence = FENCE.exec(line);
    const heading = HEADING.exec(line);
    if (fence) {
      flush();
      const body = [];
      while (at + 1 < lines.length && !lines[at + 1].trim().startsWith(fence[1])) body.push(lines[at += 1]);
      at += 1;
      result.append(codeBlock(body, fence[2]));
    } else if (RULE.test(line)) {
      flush();
      result.append(document.createElement("hr"));
    } else if (heading) {
      flush();
      result.append(element(`h${Math.min(6, heading[1].length + 2)}`, ...inline(heading[2])));
    } else if (BULLET.test(line) || NUMBER.test(line)) {
      flush();
      const items = [line];
      while (at + 1 < lines.length && (BULLET.test(lines[at + 1]) || NUMBER.test(lines[at + 1]) || /^\s{2,}\S/.test(lines[at + 1]))) {
        items.push(lines[at += 1]);
      }
      result.append(list(items, depth));
    } else if (/^\s{0,3}>/.test(line) && depth < DEPTH) {
      flush();
      const quoted = [line];
      while (at + 1 < lines.length && /^\s{0,3}>/.test(lines[at + 1])) quoted.push(lines[at += 1]);
      const inside = quoted.map((part) => part.replace(/^\s{0,3}> ?/, "")).join("\n");
      result.append(element("blockquote", markdown(inside, depth + 1)));
    } else if (line.trim()) plain.push(line);
    else flush();
  }
  flush();
  return result;
}
