// A text with Markdown. The library is not part of the page's first load: until it arrives, the text is shown plainly.

import { useLayoutEffect, useRef } from "./vendor/preact-hooks.js";
import { signal } from "./vendor/signals.js";
import { html } from "./ui.js";

const AGAIN_MS = 3000;
const library = signal(null);

function load() {
  import("./growing_text.js").then(({ GrowingText }) => { library.value = GrowingText; },
    () => setTimeout(load, AGAIN_MS));
}
load();

const withoutSpoilers = (text) => text.replace(/\|\|[^]*?(\|\||$)/g, "…");

// `final`: the text is complete. `grown()` is called after each change.
export function RichText({ text, final, grown }) {
  const box = useRef(null);
  const growing = useRef(null);
  const GrowingText = library.value;
  useLayoutEffect(() => {
    if (GrowingText) {
      growing.current ??= new GrowingText(box.current);
      growing.current.show(text, final);
    } else box.current.textContent = withoutSpoilers(text);
    grown?.();
  }, [text, final, GrowingText]);
  return html`<div class=${GrowingText ? "text" : "text plain-text"} dir="auto" ref=${box}></div>`;
}
