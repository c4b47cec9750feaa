// The next line of a scene: have someone speak, write a line, narrate, whisper, or let the characters go on.

import { useState } from "../../vendor/preact-hooks.js";
import { t } from "../../texts.js";
import { html } from "../../ui.js";

export const WAYS = {
  speak: { label: t("Let speak"), key: "s", name: true, words: t("Begins with (may be empty)"),
      button: t("Write a line") },
  as: { label: t("Write as"), key: "t", name: true, words: t("What is said"), button: t("Add the line") },
  narrate: { label: t("Narrate"), key: "n", name: false, words: t("What happens"), button: t("Add the line") },
  whisper: { label: t("Whisper to"), key: "w", name: true, words: t("What only they hear"), button: t("Whisper") },
};

// Clears a field, unless something else has been typed meanwhile.
export const clearIf = (sent) => (now) => (now === sent ? "" : now);

function names(state, way) {
  const present = state.cast.filter((role) => role.here).map((role) => role.name);
  if (way === "whisper") return present;
  return [...present, ...state.voices];
}

export function Composer({ scene, state, way, setWay }) {
  const [who, setWho] = useState("");
  const [words, setWords] = useState("");
  const known = names(state, way);
  const next = known.find((name) => name !== state.lines.at(-1)?.speaker) ?? known[0] ?? "";
  const name = known.includes(who) ? who : next;
  const kind = WAYS[way];
  const submit = async (event) => {
    event.preventDefault();
    const text = words.trim();
    if (!text && way !== "speak") return;
    const values = way === "speak" ? { name: text ? `${name}: ${text}` : name } : way === "narrate" ? { text } :
        { name, text };
    if (await scene.run(way, values, { speaker: way === "speak" ? name : "" })) setWords(clearIf(words));
  };
  const keys = (event) => {
    if (event.key === "Escape") event.target.blur();
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  };
  return html`<form class="composer" onSubmit=${submit}>
    <div class="ways" role="radiogroup" aria-label=${t("What comes next")}>
        ${Object.entries(WAYS).map(([id, one]) => html`<label key=${id}>
      <input type="radio" name="way" value=${id} checked=${id === way}
          onChange=${() => setWay(id)} /><span>${one.label}</span></label>`)}</div>
    ${kind.name && html`<label class="field">${t("Who")}<select id="stage-who" value=${name}
        onChange=${(event) => setWho(event.target.value)}>
      ${known.map((one) => html`<option key=${one} value=${one} selected=${one === name}>${one}</option>`)}</select>
          </label>`}
    <textarea id="stage-words" rows="2" dir="auto" aria-label=${kind.words} placeholder=${kind.words} value=${words}
      onInput=${(event) => setWords(event.target.value)} onKeyDown=${keys}></textarea>
    <div class="choices"><button class="strong" id="stage-send"
        aria-disabled=${scene.busy.value ? "true" : undefined}>${kind.button}</button>
      <label class="field">${t("Candidates")}<select id="stage-number"
          onChange=${(event) => scene.runNext("candidates", { number: Number(event.target.value) })}>
        ${[1, 2, 3, 4, 5, 6, 7, 8].map((one) => html`<option key=${one} value=${one}
            selected=${one === state.number}>${one}</option>`)}</select></label>
    </div></form>`;
}

export function Auto({ scene }) {
  const [lines, setLines] = useState(4);
  const [seconds, setSeconds] = useState(2);
  const going = scene.going.value;
  return html`<div class="auto choices">
    <label class="field">${t("Lines")}<input id="auto-lines" type="number" min="1" max="20" value=${lines}
      onInput=${(event) => setLines(Math.max(1, Math.min(20, Number(event.target.value) || 1)))} /></label>
    <label class="field">${t("Seconds between them")}<input id="auto-seconds" type="number" min="0" max="60"
        value=${seconds}
      onInput=${(event) => setSeconds(Math.max(0, Math.min(60, Number(event.target.value) || 0)))} /></label>
    ${going || scene.busy.value ? html`<button type="button" class="plain" data-do="stop"
        onClick=${() => scene.stop()}>${t("Stop")}</button>`
    : html`<button type="button" class="plain" data-do="auto"
        onClick=${() => scene.go(lines, seconds)}>${t("Let them talk")}</button>`}</div>`;
}
