// A character's page: its picture, actions, fields, and what the model reads.

import { useEffect, useRef, useState } from "../../vendor/preact-hooks.js";
import { link, open } from "../../router.js";
import { t } from "../../texts.js";
import { html, Icon, toast } from "../../ui.js";
import { Editor } from "./editor.js";
import { character, DESK, download, importFiles, bytesOf, look, save } from "./exchange.js";
import { Face } from "./face.js";
import { Preview } from "./preview.js";

const EXPORTS = [["png", "v3"], ["png", "v2"], ["json", "v3"], ["json", "v2"], ["charx", "v3"]];

export function CardPage({ listed, owner, changed }) {
  const [card, setCard] = useState(null);
  const [draft, setDraft] = useState(null);
  const stored = useRef(null); // the fields as they were last read or saved
  const read = () => look(DESK, listed.id).then((found) => {
    const before = stored.current;
    stored.current = found.data;
    setCard(found);
    setDraft((now) => ({ ...found.data, ...(now && before ? changes(before, now) : {}) })); // keeps what is not saved
  }, (error) => toast(error.message));
  useEffect(() => { read(); }, [listed.version]);
  const mayEdit = listed.imported && (!listed.shared || owner);
  const store = async () => {
    try {
      await save(DESK, listed.id, changes(card.data, draft));
      stored.current = draft;
      toast(t("Saved"));
      await changed();
    } catch (error) { toast(error.message); }
  };
  return html`<div class="card-page">
    <p><a href=${link("characters")}>${t("All characters")}</a></p>
    <div class="card-head"><${Face} character=${listed} large=${true} />
      <div><h2 dir="auto">${listed.name}</h2>
        <p class="hint">${listed.id}${card && ` · ${card.form} · ${t("{count} tokens", { count: card.tokens })}`}</p>
        <${Actions} listed=${listed} owner=${owner} changed=${changed} mayEdit=${mayEdit} /></div></div>
    ${card && card.repairs.length > 0 && html`<details class="repairs"><summary>${t("Repaired on reading")}</summary>
      <ul>${card.repairs.map((line) => html`<li key=${line}>${line}</li>`)}</ul></details>`}
    ${draft && html`<div class="workbench">
      <${Editor} data=${draft} change=${setDraft} fixed=${!mayEdit} store=${store}
        touched=${Object.keys(changes(card.data, draft)).length > 0} undo=${() => setDraft(card.data)} />
      <${Preview} id=${listed.id} changes=${changes(card.data, draft)} card=${card} /></div>`}
  </div>`;
}

// The fields that differ.
export function changes(before, after) {
  const same = (one, other) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
  return Object.fromEntries(Object.keys({ ...before, ...after }).filter((key) => !same(before[key], after[key]))
    .map((key) => [key, after[key] ?? null]));
}

const freshId = () => [...crypto.getRandomValues(new Uint8Array(4))].map((byte) =>
    byte.toString(16).padStart(2, "0")).join("");

function Actions({ listed, owner, changed, mayEdit }) {
  const asked = useRef(null);
  const doing = (act) => async () => { try { await act(); } catch (error) { toast(error.message); } };
  const begin = doing(async () => {
    const id = freshId();
    await character(id, listed.id);
    open("talk", [id]);
  });
  const copy = doing(async () => {
    const [{ files }] = await character(DESK, `export ${listed.id} png v3`);
    const { id } = await importFiles(DESK, [new File([bytesOf(files[0])], files[0].name)]);
    await changed();
    open("characters", [id]);
  });
  const share = doing(async () => { toast((await character(DESK, `share ${listed.id}`))[0].text); await changed(); });
  const remove = doing(async () => {
    await character(DESK, `delete ${listed.id}`);
    open("characters", [], true);
    await changed();
  });
  return html`<div class="choices">
    <button type="button" class="strong" id="begin" onClick=${begin}>${t("Talk")}</button>
    <${Exports} listed=${listed} doing=${doing} />
    ${!mayEdit && html`<button type="button" class="plain" id="copy" onClick=${copy}>${t("Copy and edit")}</button>`}
    ${listed.imported && !listed.shared && owner &&
        html`<button type="button" class="plain" id="share" onClick=${share}>${t("Share with everyone")}</button>`}
    ${mayEdit && html`<button type="button" class="plain" id="delete"
        onClick=${() => asked.current.showModal()}>${t("Delete")}</button>`}
    <dialog ref=${asked} aria-labelledby="doomed" onClose=${(event) =>
        { if (event.target.returnValue === "yes") remove(); }}>
      <form method="dialog"><p id="doomed">${t("Delete {name} for good?", { name: listed.name })}</p>
        <div class="choices"><button class="plain" value="no">${t("Cancel")}</button><button class="strong"
            value="yes">${t("Delete")}</button></div></form></dialog>
  </div>`;
}

function Exports({ listed, doing }) {
  const one = (container, spec) => doing(async () => {
    const [{ files }] = await character(DESK, `export ${listed.id} ${container} ${spec}`);
    download(files[0]);
  });
  return html`<details class="exports"><summary class="plain"><${Icon} name="file" />${t("Export")}</summary>
    <div class="menu">${EXPORTS.map(([container, spec]) =>
        html`<button key=${container + spec} type="button" data-export=${`${container}-${spec}`}
      onClick=${one(container, spec)}>${container.toUpperCase()} · ${spec.toUpperCase()}</button>`)}</div></details>`;
}
