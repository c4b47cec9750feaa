// Small shared components and helpers.

import { useEffect, useRef } from "./vendor/preact-hooks.js";
import { signal } from "./vendor/signals.js";
import { h } from "./vendor/preact.js";
import htm from "./vendor/htm.js";
import { t } from "./texts.js";

export const html = htm.bind(h);

export function Icon({ name }) {
  return html`<svg aria-hidden="true"><use href=${`#i-${name}`}></use></svg>`;
}

// A text whose `marked parts` are shown as code.
export const withCode = (text) => text.split("`").map((part, place) => (place % 2 ? html`<code>${part}</code>` : part));

// An icon button. A disabled one stays in place and keeps the keyboard focus.
export function Tool({ name, icon = name, label, title = label, off = false, press, id, expanded }) {
  return html`<button type="button" class="tool" id=${id} data-action=${name} title=${title} aria-label=${label}
    aria-disabled=${off ? "true" : undefined} aria-expanded=${expanded === undefined ? undefined : String(expanded)}
        onClick=${off ? undefined : press}><${Icon} name=${icon} /></button>`;
}

// A question with two buttons. The browser gives the focus back to where it was.
export function Question({ text, yes, action, keep, act }) {
  const box = useRef(null);
  useEffect(() => { box.current.showModal(); }, []);
  const close = (event) => (event.target.returnValue === "yes" ? act() : keep());
  return html`<dialog ref=${box} aria-labelledby="asked" onClose=${close}><form method="dialog">
    <p id="asked">${text}</p><div class="choices"><button class="plain" value="no">${t("Cancel")}</button>
      <button class="strong" value="yes" data-action=${action}>${yes}</button></div></form></dialog>`;
}

export const said = signal({ text: "", shown: false });
let timer = 0;

// A message that disappears by itself; screen readers announce it too.
export function toast(text) {
  said.value = { text, shown: true };
  clearTimeout(timer);
  timer = setTimeout(() => { said.value = { text, shown: false }; }, 3500);
}

// Announce to screen readers only.
export function announce(text) {
  if (!said.value.shown) said.value = { text, shown: false };
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // the clipboard API exists on https and localhost only
    const box = document.createElement("textarea");
    const focused = document.activeElement;
    box.value = text;
    box.className = "quiet";
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
    focused?.focus();
  }
}

// A reply's file as an object URL.
export function fileUrl(file) {
  const bytes = Uint8Array.from(atob(file.data), (character) => character.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
}

export function download(file) {
  const link = Object.assign(document.createElement("a"), { href: fileUrl(file), download: file.name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
