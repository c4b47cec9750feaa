// The stage: a scene with its cast, its lines, the candidates for the last line, and the actions on them.

import { useEffect, useMemo, useState } from "../../vendor/preact-hooks.js";
import { link } from "../../router.js";
import { t } from "../../texts.js";
import { html } from "../../ui.js";
import { Auto, Composer, WAYS } from "./composer.js";
import { Candidates, Lines } from "./lines.js";
import { Scene } from "./scene.js";
import { Scenes } from "./scenes.js";
import { Side } from "./side.js";

const KEYS = [
  ["1 – 8", t("Choose a candidate")], ["M", t("More")], ["E", t("Edit")], ["A", t("Accept")], ["D", t("Drop the last")],
  ["S", t("Let speak")], ["T", t("Write as")], ["N", t("Narrate")], ["W", t("Whisper to")], ["G", t("Let them talk")],
  ["C", t("Checkpoints")], ["I", t("Enters")], ["P", t("Print")], ["Esc", t("Stop")],
];
const FOCUS = { c: "stage-mark", i: "stage-enter" };

function Help() {
  return html`<details class="keys"><summary>${t("Keyboard shortcuts")}</summary><dl>
      ${KEYS.map(([key, what]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${what}</dd></div>`)}</dl>
          </details>`;
}

// A key pressed without modifiers and outside text fields.
function pressed(event, scene, setWay) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") { scene.stop(); return; }
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const key = event.key.toLowerCase();
  const way = Object.keys(WAYS).find((id) => WAYS[id].key === key);
  const button = { m: "more", e: "edit", a: "accept", d: "drop", p: "print", g: scene.going.value ? "stop" :
      "auto" }[key];
  if (way) { setWay(way); document.getElementById("stage-words").focus(); }
  else if (button) document.querySelector(`[data-do="${button}"]`)?.click();
  else if (FOCUS[key]) document.getElementById(FOCUS[key])?.focus();
  else if (/^[1-8]$/.test(key)) document.querySelector(`[data-pick="${key}"]`)?.click();
  else return;
  event.preventDefault();
}

// `rest`: "all" for the list; else the conversation, which the page opens.
export function View({ talk, rest }) {
  const listed = rest[0] === "all";
  const scene = useMemo(() => new Scene(talk), [talk]);
  const [way, setWay] = useState("speak");
  const state = scene.state.value;
  useEffect(() => { if (!scene.acting.peek()) scene.read(); },
      [scene, talk.turns.value]); // another of the visitor's pages may have changed it
  useEffect(() => {
    const keys = (event) => { if (!listed && scene.state.peek()?.on) pressed(event, scene, setWay); };
    document.addEventListener("keydown", keys);
    return () => { document.removeEventListener("keydown", keys); scene.going.value = 0; };
  }, [scene, listed]);
  if (listed) return html`<${Scenes} talk=${talk} scene=${scene} />`;
  if (!state) return html`<p class="loading" role="status">${t("Loading…")}</p>`;
  if (!state.on) return html`<${Scenes} talk=${talk} scene=${scene} />`;
  return html`<div class="scene"><section class="play" aria-label=${state.name}>
      <header><p><a href=${link("stage", "all")}>${t("All scenes")}</a></p><h1 dir="auto">${state.name}</h1>
        <p class="setting" dir="auto">${state.setting}</p></header>
      <${Lines} scene=${scene} state=${state} /><${Candidates} scene=${scene} state=${state} />
      <${Composer} scene=${scene} state=${state} way=${way} setWay=${setWay} /><${Auto}
          scene=${scene} /><${Help} /></section>
    <${Side} scene=${scene} state=${state} /></div>`;
}
