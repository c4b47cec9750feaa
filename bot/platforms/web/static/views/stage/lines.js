// The lines of a scene, and the candidates for the last one.

import { useEffect, useRef, useState } from "../../vendor/preact-hooks.js";
import { address } from "../../net.js";
import { t } from "../../texts.js";
import { html } from "../../ui.js";
import { Portrait } from "./portrait.js";

export function Face({ scene, name }) {
  const known = scene.state.value.cast.find((role) => role.name === name);
  return html`<${Portrait} key=${name} name=${name} source=${known?.picture &&
      address("stage/picture", scene.id, { name })} />`;
}

// Who heard a line, unless that was everyone present.
function Heard({ line, present }) {
  const all = present.every((name) => line.heard.includes(name));
  if (all && !line.whisper) return null;
  const names = line.heard.join(", ") || "–";
  return html`<span class="mark">${line.whisper ? t("Whispered; heard by {names}", { names }) :
      t("Heard by {names}", { names })}</span>`;
}

function Line({ scene, line, state }) {
  const shared = state.memory === "shared";
  return html`<li class=${`scene-line${line.pending ? " waits" : ""}${line.speaker ? "" : " told"}`}
      data-node=${line.node}>
    ${line.speaker && html`<${Face} scene=${scene} name=${line.speaker} />`}
    <div><p class="who">${line.speaker && html`<strong>${line.speaker}</strong>`}
      ${line.pending && html`<span class="mark">${t("Pending")}</span>`}
      ${!shared && html`<${Heard} line=${line} present=${state.present} />`}</p>
    <p class="words" dir="auto">${line.text}</p></div></li>`;
}

export function Lines({ scene, state }) {
  const end = useRef(null);
  const partial = scene.partial;
  useEffect(() => end.current?.scrollIntoView({ block: "nearest" }), [state.lines.at(-1)?.node, partial?.text]);
  return html`<ol class="lines" aria-label=${t("Lines")}>
      ${state.lines.map((line) => html`<${Line} key=${line.node} scene=${scene} line=${line} state=${state} />`)}
      ${partial && html`<li class="scene-line waits writing">${partial.speaker &&
          html`<${Face} scene=${scene} name=${partial.speaker} />`}
        <div><p class="who"><strong>${partial.speaker}</strong></p><p class="words"
            dir="auto">${partial.text}</p></div></li>`}
    </ol><div ref=${end}></div>`;
}

function Edit({ scene, text, done }) {
  const box = useRef(null);
  useEffect(() => box.current.focus(), []);
  const submit = async (event) => {
    event.preventDefault();
    const words = box.current.value.trim();
    if (!words || await scene.run("edit", { text: words }, { meant: true })) done();
  };
  const keys = (event) => {
    if (event.key === "Escape") done();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
  };
  return html`<form class="edit-line" onSubmit=${submit}>
    <textarea ref=${box} aria-label=${t("The line in your words")} rows="3" dir="auto"
        onKeyDown=${keys}>${text}</textarea>
    <div class="choices"><button class="strong"
        aria-disabled=${scene.busy.value ? "true" : undefined}>${t("Save")}</button>
      <button type="button" class="plain" onClick=${done}>${t("Cancel")}</button></div></form>`;
}

export function Candidates({ scene, state }) {
  const [edited, setEdited] = useState(0); // the line being edited
  const last = state.lines.at(-1);
  const off = scene.busy.value ? "true" : undefined; // buttons that are off keep the focus
  if (!last) return null;
  const act = (command, values = {}) => () => scene.run(command, values, { meant: true, speaker: last.speaker });
  const edit = () => {
    if (off) return;
    scene.going.value = 0; // another line would end the editing
    setEdited(last.node);
  };
  const chosen = state.candidates.find((one) => one.chosen);
  const mine = last.speaker === "" || [...state.cast.map((role) => role.name), ...state.voices].includes(last.speaker);
  return html`<section class="candidates" aria-label=${t("Candidates for the last line")}>
    ${state.candidates.length > 1 && html`<ul class="cards">${state.candidates.map((one) => html`<li key=${one.number}>
      <button type="button" class="card-line" aria-pressed=${String(one.chosen)} data-pick=${one.number}
          aria-disabled=${off}
        onClick=${act("pick", { number: one.number })}><b>${one.number}</b><span
            dir="auto">${one.text}</span></button></li>`)}</ul>`}
    ${edited === last.node ? html`<${Edit} scene=${scene} text=${chosen?.text ?? last.text}
        done=${() => setEdited(0)} />` : html`<div class="choices">
      ${mine && html`<button type="button" class="plain" data-do="more" aria-disabled=${off}
          onClick=${act("more")}>${t("More")}</button>`}
      <button type="button" class="plain" data-do="edit" aria-disabled=${off}
          onClick=${edit}>${t("Edit")}</button>
      ${state.waiting > 0 && html`
        <button type="button" class="strong" data-do="accept" aria-disabled=${off}
            onClick=${act("accept")}>${t("Accept {count}", { count: state.waiting })}</button>
        <button type="button" class="plain" data-do="drop" aria-disabled=${off}
            onClick=${act("drop")}>${t("Drop the last")}</button>`}
    </div>`}</section>`;
}
