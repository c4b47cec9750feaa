// The card form: texts, greetings, lorebook. Fields that the form does not know are kept.

import { t } from "../../texts.js";
import { html, Tool } from "../../ui.js";
import { Field } from "./field.js";
import { Lorebook } from "./lorebook.js";

const LONG = [
  ["description", t("Description")], ["personality", t("Personality")], ["scenario", t("Scenario")],
  ["mes_example", t("Example dialogue")], ["system_prompt", t("System prompt")],
  ["post_history_instructions", t("Read right before each answer")], ["creator_notes", t("Notes for people")],
];
const SHORT = [["name", t("Name")], ["nickname", t("Nickname")], ["creator", t("Made by")],
    ["character_version", t("Version")]];

const rows = (text) => Math.min(14, Math.max(2, Math.ceil(String(text ?? "").length / 70) + String(text ??
    "").split("\n").length - 1));

// Greetings: the first is the card's first message, the others are alternates.
function Greetings({ data, change, fixed }) {
  const all = [data.first_mes ?? "", ...(data.alternate_greetings ?? [])];
  const set = (list) => change({ ...data, first_mes: list[0] ?? "", alternate_greetings: list.slice(1) });
  const put = (place, text) => set(all.map((old, index) => (index === place ? text : old)));
  if (fixed && !all.some(Boolean)) return null;
  const first = (place) => set([all[place], ...all.filter((_, index) => index !== place)]);
  return html`<fieldset class="greetings"><legend>${t("Greetings")}</legend>
    ${all.map((text, place) => html`<div class="greeting" key=${place}>
      <${Field} name=${`greeting-${place}`} label=${t("Greeting {number}", { number: place + 1 })} value=${text}
          lines=${rows(text)} fixed=${fixed}
        change=${(value) => put(place, value)} />
      ${!fixed && place > 0 && html`<div class="tools">
        <${Tool} name="first" icon="undo" label=${t("Make greeting {number} the first", { number: place + 1 })}
            press=${() => first(place)} />
        <${Tool} name="remove-greeting" icon="bin" label=${t("Remove greeting {number}", { number: place + 1 })}
          press=${() => set(all.filter((_, index) => index !== place))} /></div>`}</div>`)}
    ${!fixed && html`<button type="button" class="plain" id="add-greeting"
        onClick=${() => set([...all, ""])}>${t("Add a greeting")}</button>`}
  </fieldset>`;
}

function Note({ data, change, fixed }) {
  const note = data.extensions?.depth_prompt ?? {};
  if (fixed && !note.prompt) return null;
  const set = (values) => {
    const made = { depth: 4, role: "system", ...note, ...values };
    change({ ...data, extensions: { ...data.extensions, depth_prompt: made.prompt ? made : null } });
  };
  return html`<fieldset><legend>${t("Note that is not remembered")}</legend>
    <${Field} name="note" label=${t("Text")} value=${note.prompt} lines=${2} fixed=${fixed}
        change=${(prompt) => set({ prompt })} />
    <${Field} name="depth" kind="number" label=${t("Messages above the answer")} value=${note.depth ?? 4} fixed=${fixed}
      change=${(depth) => set({ depth: Math.max(0, Math.min(1000, Number.parseInt(depth, 10) || 0)) })} /></fieldset>`;
}

export function Editor({ data, change, fixed, store, touched, undo }) {
  const put = (key) => (value) => change({ ...data, [key]: value });
  const long = ([key, label]) => html`<${Field} key=${key} name=${key} label=${label} value=${data[key]}
      lines=${rows(data[key])} fixed=${fixed} change=${put(key)} />`;
  return html`<form class="editor-form" onSubmit=${(event) => { event.preventDefault(); store(); }}>
    <div class="pairs">${SHORT.map(([key, label]) =>
        html`<${Field} key=${key} name=${key} label=${label} value=${data[key]} fixed=${fixed} change=${put(key)} />`)}
            </div>
    ${LONG.slice(0, 3).map(long)}
    <${Greetings} data=${data} change=${change} fixed=${fixed} />
    ${LONG.slice(3).map(long)}
    <${Field} name="tags" label=${t("Tags, with commas between them")} value=${(data.tags ?? []).join(", ")}
        fixed=${fixed}
      change=${(text) => change({ ...data, tags: text.split(",").map((tag) => tag.trim()).filter(Boolean) })} />
    <${Note} data=${data} change=${change} fixed=${fixed} />
    <${Lorebook} book=${data.character_book} fixed=${fixed} change=${put("character_book")} />
    ${!fixed && html`<div class="choices save-bar"><button type="button" class="plain" disabled=${!touched}
        onClick=${undo}>${t("Discard changes")}</button>
      <button class="strong" id="save-card" disabled=${!touched}>${t("Save")}</button></div>`}
  </form>`;
}
