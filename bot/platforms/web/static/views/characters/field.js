// A labelled field of the card form. One that is empty and cannot be filled is left out.

import { html } from "../../ui.js";

export function Field({ label, value, change, fixed, lines = 1, name, kind = "text" }) {
  if (fixed && (value ?? "") === "") return null;
  const common = { name, class: "box", dir: "auto", value: value ?? "", readonly: fixed, onInput: (event) =>
      change(event.target.value) };
  return html`<label class="field"><span>${label}</span>${lines > 1 ?
      html`<textarea rows=${lines} ...${common}></textarea>`
    : html`<input type=${kind} ...${common} />`}</label>`;
}
