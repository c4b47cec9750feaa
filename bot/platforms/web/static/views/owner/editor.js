// The editor for prompts and scenes; texts are checked while typing.

import { useEffect, useState } from "../../vendor/preact-hooks.js";
import { getJson, postJson, send } from "../../net.js";
import { link } from "../../router.js";
import { t } from "../../texts.js";
import { html, toast } from "../../ui.js";
import { useReading } from "./reading.js";

const PAUSE_MS = 400;
const KINDS = { prompt: t("Prompts"), scene: t("Scenes") };
const EMPTY = {
  prompt: 'title = ""\nuser = "User"\nbot = "Assistant"\ntext = """\n"""\n',
  scene: 'name = ""\nsetting = ""\n\n[[cast]]\nname = ""\n',
};

function List() {
  const [found] = useReading("api/owner/texts", 0);
  const group = (kind) => (found?.texts ?? []).filter((each) => each.kind === kind);
  const create = (event) => {
    event.preventDefault();
    const { kind, name } = Object.fromEntries(new FormData(event.target));
    location.hash = link("owner", "texts", kind, name.trim());
  };
  return html`${Object.entries(KINDS).map(([kind, title]) => html`<section key=${kind}><h2>${title}</h2>
      <ul class="plain-list">${group(kind).map(({ name, own }) =>
          html`<li key=${name}><a class="tab" href=${link("owner", "texts", kind, name)}>${name}</a>
        ${own && html`<span class="soft">${t("changed here")}</span>`}</li>`)}</ul></section>`)}
    <form class="fields" onSubmit=${create}>
      <label>${t("New")}<select name="kind">${Object.entries(KINDS).map(([kind, title]) =>
          html`<option key=${kind} value=${kind}>${title}</option>`)}</select></label>
      <label>${t("Name")}<input name="name" required maxlength="130" /></label><button
          class="plain">${t("Begin")}</button></form>`;
}

function Text({ kind, name }) {
  const [text, setText] = useState(null);
  const [problems, setProblems] = useState([]);
  useEffect(() => {
    const where = `api/owner/texts/one?${new URLSearchParams({ kind, name })}`;
    getJson(where).then((found) => setText(found.text), () => setText(EMPTY[kind] ?? ""));
  }, [kind, name]);
  useEffect(() => {
    if (text === null) return undefined;
    let here = true;
    const check = async () => {
      let found;
      try { found = (await postJson("api/owner/texts/check", { kind, name, text })).problems; } catch (error) { found =
          [error.message]; }
      if (here) setProblems(found);
    };
    const timer = setTimeout(check, PAUSE_MS);
    return () => { here = false; clearTimeout(timer); };
  }, [kind, name, text]);
  const save = async () => {
    try {
      await send("api/owner/texts/save", { kind, name, text });
      toast(t("Saved"));
    } catch (error) { toast(error.message); }
  };
  if (text === null) return html`<p class="loading" role="status">${t("Loading…")}</p>`;
  return html`<section><h2>${name}</h2><p><a href=${link("owner", "texts")}>${t("All prompts and scenes")}</a></p>
    <textarea class="source" spellcheck="false" dir="auto" aria-label=${name} value=${text}
        onInput=${(event) => setText(event.target.value)}></textarea>
    <div role="status">${problems.length > 0 && html`<ul
        class="plain-list problems">${problems.map((line) => html`<li key=${line}>${line}</li>`)}</ul>`}</div>
    <button type="button" class="strong" id="save-text" disabled=${problems.length > 0}
        onClick=${save}>${t("Save")}</button></section>`;
}

export function Editor({ rest }) {
  const [kind, name] = rest;
  if (KINDS[kind] && name) return html`<${Text} key=${`${kind}/${name}`} kind=${kind} name=${name} />`;
  return html`<${List} />`;
}
