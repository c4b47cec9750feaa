// A live preview of what the model reads of an edited card, its token count, and a test of the lorebook.

import { useEffect, useState } from "../../vendor/preact-hooks.js";
import { t } from "../../texts.js";
import { html } from "../../ui.js";
import { DESK, look } from "./exchange.js";

const PAUSE_MS = 800; // after the last keystroke

export function Preview({ id, changes, card }) {
  const [said, say] = useState("");
  const [shown, show] = useState(card);
  const [problem, setProblem] = useState("");
  const wanted = JSON.stringify([changes, said]);
  useEffect(() => {
    let left = false;
    const touched = Object.keys(changes).length > 0;
    if (!touched && !said.trim()) { show(card); setProblem(""); return undefined; }
    const timer = setTimeout(async () => {
      try {
        const found = await look(DESK, id, { changes: touched ? changes : null, said });
        if (!left) { show(found); setProblem(""); }
      } catch (error) { if (!left) setProblem(error.message); }
    }, PAUSE_MS);
    return () => { left = true; clearTimeout(timer); };
  }, [wanted, card]);
  return html`<aside class="preview" aria-label=${t("What the model reads")}>
    <h3>${t("What the model reads")}</h3>
    <p class="hint" id="tokens" role="status">${t("{count} tokens", { count: shown.tokens })}</p>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <pre class="read" dir="auto" tabindex="0" aria-label=${t("What the model reads")}>${shown.text || "–"}</pre>
    <label class="field">${t("Try the lorebook: what somebody says")}
      <input class="box" id="said" dir="auto" maxlength="2000" value=${said}
          onInput=${(event) => say(event.target.value)} /></label>
    ${said.trim() && html`<${Fired} shown=${shown} />`}</aside>`;
}

function Fired({ shown }) {
  if (!shown.fired.length && !shown.withheld.length) return html`<p class="hint"
      role="status">${t("No entry would be read.")}</p>`;
  return html`<div role="status"><ul class="fired">
    ${shown.fired.map((item, place) => html`<li key=${`f${place}`}><strong dir="auto">${item.name}</strong>
      <span class="hint">${item.key || item.cause} · ${t("{count} tokens", { count: item.tokens })}</span><span
          dir="auto">${item.text}</span></li>`)}
    ${shown.withheld.map((item, place) => html`<li key=${`w${place}`} class="withheld"><strong
        dir="auto">${item.name}</strong>
      <span class="hint">${t("not read: {reason}", { reason: item.reason })}</span></li>`)}</ul></div>`;
}
