// Next to the scene: the cast, checkpoints, and the scene as a file.

import { useState } from "../../vendor/preact-hooks.js";
import { t } from "../../texts.js";
import { html } from "../../ui.js";
import { clearIf } from "./composer.js";
import { Face } from "./lines.js";
import { save } from "./scene.js";

const FORMS = { markdown: "Markdown", html: "HTML", epub: "EPUB", text: t("Plain text"), drama: "RWKV-Drama" };
const ORDERS = {
  manual: t("Nobody by itself"), list: t("All in turn"), natural: t("As people talk"), model: t("As the model expects"),
};

// A one-field form with a button.
function Asked({ label, button, id, busy, act }) {
  const [text, setText] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    if (text.trim() && await act(text.trim())) setText(clearIf(text));
  };
  return html`<form class="asked" onSubmit=${submit}><label>${label}<input id=${id} value=${text} maxlength="4000"
    onInput=${(event) => setText(event.target.value)} /></label><button class="plain"
    aria-disabled=${busy ? "true" : undefined}>${button}</button></form>`;
}

function Cast({ scene, state }) {
  return html`<section aria-label=${t("Cast")}><h2>${t("Cast")}</h2><ul
      class="cast">${state.cast.map((role) => html`<li key=${role.name} class=${role.here ? "" : "away"}>
      <${Face} scene=${scene} name=${role.name} /><span>${role.name}${role.player &&
          html` <small>${t("played by a person")}</small>`}
        ${!role.here && html` <small>${t("not here")}</small>`}</span>
      <button type="button" class="plain" aria-disabled=${scene.busy.value ? "true" : undefined}
          onClick=${() => scene.run(role.here ? "leave" : "enter", { name: role.name })}>
        ${role.here ? t("Leaves") : t("Enters")}</button></li>`)}</ul>
    <${Asked} id="stage-enter" label=${t("A character, or a name: who they are")} button=${t("Enters")}
      busy=${scene.busy.value} act=${(name) => scene.run("enter", { name })} /></section>`;
}

function Marks({ scene, state }) {
  return html`<section aria-label=${t("Checkpoints")}><h2>${t("Checkpoints")}</h2>
    <${Asked} id="stage-mark" label=${t("Name of the checkpoint")} button=${t("Set")}
        busy=${scene.busy.value} act=${(name) => scene.run("check", { name })} />
    <ul class="marks">${state.marks.map((name) => html`<li key=${name}><span>${name}</span>
      <button type="button" class="plain" aria-disabled=${scene.busy.value ? "true" : undefined}
          onClick=${() => scene.run("load", { name })}>${t("Go back")}</button></li>`)}</ul></section>`;
}

function Output({ scene }) {
  const fetchIt = async (form) => {
    for (const reply of await scene.run("output", { form }) ?? []) (reply.files ?? []).forEach(save);
  };
  return html`<section aria-label=${t("Output")}><h2>${t("Output")}</h2><div class="choices">
    <button type="button" class="plain" data-do="print" onClick=${() => print()}>${t("Print")}</button>
    ${Object.entries(FORMS).map(([form, name]) => html`<button key=${form} type="button" class="plain" data-form=${form}
      aria-disabled=${scene.busy.value ? "true" : undefined}
      onClick=${() => fetchIt(form)}>${name}</button>`)}</div></section>`;
}

export function Side({ scene, state }) {
  return html`<aside class="beside"><${Cast} scene=${scene} state=${state} />
    <section aria-label=${t("Who speaks next")}><h2>${t("Who speaks next")}</h2>
      <select id="stage-order" aria-label=${t("Who speaks next")}
          onChange=${(event) => scene.runNext("order", { rule: event.target.value })}>
        ${Object.entries(ORDERS).map(([rule, label]) =>
            html`<option key=${rule} value=${rule} selected=${rule === state.order}>${label}</option>`)}</select>
                </section>
    <${Marks} scene=${scene} state=${state} /><${Output} scene=${scene} />
    <button type="button" class="plain" data-do="end" aria-disabled=${scene.busy.value ? "true" : undefined}
        onClick=${() => scene.run("scene", { what: "end" })}>${t("End the scene")}</button></aside>`;
}
