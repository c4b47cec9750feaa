// Routing by URL fragment: #/talk/0123abcd, #/owner. Links and the browser's back button work.

import { signal } from "./vendor/signals.js";

function read() {
  const [view = "", ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  try { return { view: view || "talk", rest: rest.map(decodeURIComponent) }; } catch {
      return { view: "talk", rest: [] }; }
}

export const route = signal(read());
addEventListener("hashchange", () => { route.value = read(); });

export function link(view, ...rest) {
  return `#/${[view, ...rest].filter((part) => part !== "").map(encodeURIComponent).join("/")}`;
}

// `replace`: do not add a history entry.
export function open(view, rest = [], replace = false) {
  const target = link(view, ...rest);
  if (location.hash === target) return;
  if (replace) history.replaceState(null, "", target);
  else history.pushState(null, "", target);
  route.value = read();
}
