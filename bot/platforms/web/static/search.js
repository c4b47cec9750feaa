// Full-text search in the user's conversations, done by the server.

import { useEffect, useState } from "./vendor/preact-hooks.js";
import { address, getJson } from "./net.js";
import { t } from "./texts.js";
import { html } from "./ui.js";

const PAUSE_MS = 250; // after the last keystroke
const long = (words) => words.length > 1 || /[^\x00-\x7f]/.test(words); // a single ideograph is a word

function Marked({ text, words }) {
  const at = text.toLowerCase().indexOf(words.replace(/\s+/g, " ").toLowerCase());
  if (at < 0) return text;
  const end = at + words.length;
  return html`${text.slice(0, at)}<mark>${text.slice(at, end)}</mark>${text.slice(end)}`;
}

export function Found({ words, choose, titleOf }) {
  const [found, setFound] = useState([]);
  useEffect(() => {
    let here = true;
    const seek = async () => {
      let answer = [];
      try { answer = (await getJson(address("search", "", { q: words }))).found; } catch {
          /* keep no outdated results */ }
      if (here) setFound(answer);
    };
    setFound([]);
    const timer = long(words) ? setTimeout(seek, PAUSE_MS) : 0;
    return () => { here = false; clearTimeout(timer); };
  }, [words]);
  return found.length > 0 && html`<section id="found"
      aria-label=${t("In the messages")}><h2>${t("In the messages")}</h2>
    <ul>${found.map(({ conversation, node, text }) => html`<li key=${node}>
      <button type="button" class="hit" dir="auto" onClick=${() => choose(conversation, node)}>
        <span class="row-line">${titleOf(conversation)}</span><${Marked} text=${text} words=${words} /></button></li>`)}
            </ul></section>`;
}
