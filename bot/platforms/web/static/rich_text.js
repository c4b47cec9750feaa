// A text with Markdown. The library is not part of the page's first load: until it arrives, the text is shown plainly.

import { useLayoutEffect, useRef } from "./vendor/preact-hooks.js";
import { Signal, signal } from "./vendor/signals.js";
import { html } from "./ui.js";

const AGAIN_MS = 3000;
const library = signal(null);

function load() {
  import("./growing_text.js").then(({ GrowingText }) => { library.value = GrowingText; },
    () => setTimeout(load, AGAIN_MS));
}
load();

let removed = null; // a finished text that was just removed: { growing, selected }

// A reply's element is removed when its turn becomes part of the history: the turn takes over what is drawn.
function remove(growing) {
  if (!growing?.ended) return;
  const { anchorNode, anchorOffset, focusNode, focusOffset } = getSelection();
  const within = growing.box.contains(anchorNode) && growing.box.contains(focusNode);
  removed = { growing, selected: within ? [anchorNode, anchorOffset, focusNode, focusOffset] : null };
  setTimeout(() => { removed = null; });
}

function takeOver(text, box) {
  if (removed?.growing.text !== text) return null;
  const { growing, selected } = removed;
  removed = null;
  growing.moveTo(box, selected);
  return growing;
}

const withoutSpoilers = (text) => text.replace(/\|\|[^]*?(\|\||$)/g, "…");

// `text`: a signal while it grows, so that nothing else is drawn again. `final`: it is complete. `grown()` is called
// after each change.
export function RichText({ text, final, grown }) {
  const box = useRef(null);
  const growing = useRef(null);
  const GrowingText = library.value;
  const shown = text instanceof Signal ? text.value : text;
  useLayoutEffect(() => {
    if (GrowingText) {
      const taken = final && !growing.current ? takeOver(shown, box.current) : null;
      growing.current ??= taken ?? new GrowingText(box.current);
      if (!taken) growing.current.show(shown, final);
    } else box.current.textContent = withoutSpoilers(shown);
    grown?.();
  }, [shown, final, GrowingText]);
  useLayoutEffect(() => () => remove(growing.current), []);
  return html`<div class=${GrowingText ? "text" : "text plain-text"} dir="auto" ref=${box}></div>`;
}
