// A speaker's picture, or the initial if there is none.

import { useState } from "../../vendor/preact-hooks.js";
import { html } from "../../ui.js";

// `source`: an address, or nothing.
export function Portrait({ name, source }) {
  const [none, setNone] = useState(!source);
  return none ? html`<span class="portrait" aria-hidden="true">${[...name][0]}</span>` :
      html`<img class="portrait" src=${source} alt="" loading="lazy" onError=${() => setNone(true)} />`;
}
