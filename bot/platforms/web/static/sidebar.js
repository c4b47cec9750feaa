// A visitor's conversations: opened, begun, found, renamed and deleted.

import { signal } from "./vendor/signals.js";
import { useState } from "./vendor/preact-hooks.js";
import { address, getJson, send } from "./net.js";
import { link } from "./router.js";
import { t } from "./texts.js";
import { html, Icon, toast, Tool } from "./ui.js";
import { views } from "./views.js";

export const conversations = signal([]);
export const open = signal(false); // on a narrow screen the list lies over the talk

export async function loadList() {
  try { conversations.value = (await getJson(address("conversations", ""))).conversations; } catch { /* kept as it is */ }
}

async function change(path, id, body) {
  try { await send(address(path, id), body); } catch (error) { toast(error.message); }
  await loadList();
}

function Row({ entry, current, choose, remove }) {
  const [renaming, rename] = useState(false);
  const title = entry.title || t("New conversation");
  const save = (event) => {
    event.preventDefault();
    rename(false);
    change("conversations/rename", entry.id, { title: new FormData(event.target).get("title") });
  };
  if (renaming) {
    return html`<li class="row"><form class="rename" onSubmit=${save} onKeyDown=${(event) => { if (event.key === "Escape") rename(false); }}>
      <input name="title" defaultValue=${title} maxlength="80" dir="auto" aria-label=${t("Title")} ref=${(box) => box?.focus()} />
      <button class="plain">${t("Save")}</button></form></li>`;
  }
  return html`<li class=${`row${current ? " current" : ""}`}>
    <button type="button" class="title" dir="auto" aria-current=${current ? "page" : undefined} onClick=${() => choose(entry.id)}>${title}</button>
    <${Tool} name="rename" icon="pen" label=${t("Rename {title}", { title })} press=${() => rename(true)} />
    <${Tool} name="delete" icon="bin" label=${t("Delete {title}", { title })} press=${() => remove(entry, title)} />
  </li>`;
}

function Links({ view }) {
  const known = Object.entries(views).filter(([, other]) => !other.hidden);
  return known.length > 0 && html`<div class="links">${known.map(([name, { label, icon }]) => html`<a key=${name} class="link"
    href=${link(name)} aria-current=${view === name ? "page" : undefined} onClick=${() => { open.value = false; }}>
    <${Icon} name=${icon} />${label}</a>`)}</div>`;
}

export function Sidebar({ view, current, choose, begin, footer }) {
  const [sought, seek] = useState("");
  const [doomed, doom] = useState(null);
  const listed = conversations.value.filter((entry) => entry.title.toLowerCase().includes(sought.trim().toLowerCase()));
  const remove = async () => {
    const { id } = doomed.entry;
    doom(null);
    await change("conversations/delete", id);
    if (id === current) begin();
  };
  return html`<nav id="sidebar" class=${open.value ? "open" : ""} aria-label=${t("Conversations")}
      onKeyDown=${(event) => { if (event.key === "Escape") open.value = false; }}>
    <div class="side-head">
      <button id="new" type="button" class="plain" onClick=${begin}><${Icon} name="plus" />${t("New conversation")}</button>
      <${Tool} name="close-list" icon="close" label=${t("Close the list")} press=${() => { open.value = false; }} />
    </div>
    <${Links} view=${view} />
    <input type="search" placeholder=${t("Search")} aria-label=${t("Search the conversations")} value=${sought}
      onInput=${(event) => seek(event.target.value)} />
    <ul>${listed.map((entry) => html`<${Row} key=${entry.id} entry=${entry} current=${view === "talk" && entry.id === current} choose=${choose}
        remove=${(found, title) => doom({ entry: found, title })} />`)}</ul>
    ${footer}
    ${doomed && html`<dialog open class="ask" aria-labelledby="delete-question">
      <p id="delete-question">${t("Delete {title} and all its messages?", { title: doomed.title })}</p>
      <div class="choices"><button type="button" class="plain" onClick=${() => doom(null)}>${t("Cancel")}</button>
        <button type="button" class="strong" data-action="really-delete" onClick=${remove}>${t("Delete")}</button></div></dialog>`}
  </nav>`;
}
