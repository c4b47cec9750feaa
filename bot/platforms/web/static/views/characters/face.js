// A character's picture, or its initial if there is none.

import { useState } from "../../vendor/preact-hooks.js";
import { html } from "../../ui.js";
import { face } from "./exchange.js";

export function Face({ character, large = false }) {
  const [failed, fail] = useState(false);
  const initial = [...character.name][0] ?? "?";
  return failed ? html`<span class=${`initial${large ? " large" : ""}`} aria-hidden="true">${initial}</span>`
    : html`<img class=${`portrait${large ? " large" : ""}`} src=${face(character)} alt="" loading="lazy" width="128"
        height="128"
        onError=${() => fail(true)} />`;
}
