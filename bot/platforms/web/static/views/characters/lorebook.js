// A card's lorebook: its entries with their keys. Fields that are not shown are kept.

import { useState } from "../../vendor/preact-hooks.js";
import { t } from "../../texts.js";
import { html } from "../../ui.js";
import { Field } from "./field.js";

const SHOWN_AT_ONCE = 50; // entries; a book may have thousands
const FRESH = { keys: [], content: "", enabled: true, insertion_order: 100, extensions: {} };

const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

function Check({ label, value, change, fixed }) {
  return html`<label class="switch"><input type="checkbox" checked=${Boolean(value)} disabled=${fixed}
    onChange=${(event) => change(event.target.checked)} /> ${label}</label>`;
}

function Entry({ entry, change, remove, fixed, place }) {
  const put = (key) => (value) => change({ ...entry, [key]: value });
  const title = entry.name || entry.comment || (entry.keys ?? []).join(", ") ||
      t("Entry {number}", { number: place + 1 });
  return html`<details class="entry" data-entry=${place}><summary
      dir="auto">${title}${entry.enabled === false ? ` (${t("off")})` : ""}</summary>
    <${Field} name="entry-name" label=${t("Name")} value=${entry.name} fixed=${fixed} change=${put("name")} />
    <${Field} name="keys" label=${t("Keys, one a line; /…/ is a pattern")} lines=${2}
        value=${(entry.keys ?? []).join("\n")} fixed=${fixed}
      change=${(text) => put("keys")(text.endsWith("\n") ? [...lines(text), ""] : lines(text))} />
    <${Field} name="content" label=${t("Text")} lines=${3} value=${entry.content} fixed=${fixed}
        change=${put("content")} />
    <${Field} name="secondary" label=${t("Secondary keys, one a line")} lines=${2}
        value=${(entry.secondary_keys ?? []).join("\n")} fixed=${fixed}
      change=${(text) => change({ ...entry, secondary_keys: text.endsWith("\n") ? [...lines(text), ""] : lines(text),
          selective: Boolean(text.trim()) })} />
    <div class="pairs">
      <${Field} name="order" kind="number" label=${t("Order: low stands higher up")}
          value=${entry.insertion_order ?? 100} fixed=${fixed}
        change=${(text) => put("insertion_order")(Number.parseInt(text, 10) || 0)} />
      <label class="field"><span>${t("Place")}</span><select class="box" name="position" disabled=${fixed}
          onChange=${(event) => put("position")(event.target.value)}>
        ${[["before_char", t("before the description")],
            ["after_char", t("after the description")]].map(([value, label]) => html`<option key=${value}
          value=${value} selected=${(entry.position || "after_char") === value}>${label}</option>`)}</select></label>
              </div>
    <${Check} label=${t("In use")} value=${entry.enabled !== false} fixed=${fixed} change=${put("enabled")} />
    <${Check} label=${t("Always read")} value=${entry.constant} fixed=${fixed} change=${put("constant")} />
    <${Check} label=${t("Capital letters matter")} value=${entry.case_sensitive} fixed=${fixed}
        change=${put("case_sensitive")} />
    ${!fixed && html`<button type="button" class="plain" onClick=${remove}>${t("Remove this entry")}</button>`}
        </details>`;
}

export function Lorebook({ book, change, fixed }) {
  const [shown, show] = useState(SHOWN_AT_ONCE);
  const entries = book?.entries ?? [];
  const set = (list) => change({ extensions: {}, ...book, entries: list });
  return html`<fieldset class="lorebook"><legend>${t("Lorebook")} (${entries.length})</legend>
    ${entries.slice(0, shown).map((entry, place) =>
        html`<${Entry} key=${place} place=${place} entry=${entry} fixed=${fixed}
      change=${(value) => set(entries.map((old, index) => (index === place ? value : old)))}
      remove=${() => set(entries.filter((_, index) => index !== place))} />`)}
    ${entries.length > shown && html`<button type="button" class="plain"
        onClick=${() => show(shown + SHOWN_AT_ONCE)}>${t("Show more")}</button>`}
    ${!fixed && html`<button type="button" class="plain" id="add-entry"
        onClick=${() => { set([...entries, FRESH]); show(Math.max(shown, entries.length + 1)); }}>${t("Add an entry")}
            </button>`}
  </fieldset>`;
}
