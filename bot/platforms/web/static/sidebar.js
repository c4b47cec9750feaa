// Navigation and the visitor's conversations: opening, creating, searching, renaming, exporting and deleting them.

import { signal } from "./vendor/signals.js";
import { useEffect, useRef, useState } from "./vendor/preact-hooks.js";
import { Row } from "./conversation_row.js";
import { newName } from "./keep.js";
import { address, getJson, send } from "./net.js";
import { link } from "./router.js";
import { Found } from "./search.js";
import { account, accounts, t } from "./texts.js";
import { html, Icon, Question, toast, Tool } from "./ui.js";
import { views } from "./views.js";

export const conversations = signal([]);
export const open = signal(false); // on narrow screens the list covers the conversation

export async function loadList() {
  try { conversations.value = (await getJson(address("conversations", ""))).conversations; } catch {
      /* kept as it is */ }
}

async function change(path, id, body) {
  try { await send(address(path, id), body); } catch (error) { toast(error.message); }
  await loadList();
}

function Links({ view }) {
  const known = Object.entries(views).filter(([, other]) => !other.hidden);
  return known.length > 0 && html`<div class="links">
      ${known.map(([name, { label, icon }]) => html`<a key=${name} class="link"
    href=${link(name)} aria-current=${view === name ? "page" : undefined} onClick=${() => { open.value = false; }}>
    <${Icon} name=${icon} />${label}</a>`)}
    ${accounts && !account && html`<a class="link" id="to-sign-in" href="sign-in"><${Icon} name="face" />${
        t("Sign in")}</a>`}</div>`;
}

function ImportButton({ take }) {
  const picker = useRef(null);
  const chosen = (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (file) take(newName(), file);
  };
  return html`<button type="button" class="link" id="import" onClick=${() => picker.current.click()}>
      <${Icon} name="clip" />${t("Import a conversation")}</button>
    <input ref=${picker} type="file" id="import-file" hidden tabindex="-1" aria-label=${t("Import a conversation")}
        onChange=${chosen} />`;
}

// `take(id, file)` imports a file into a new conversation.
export function Sidebar({ view, current, choose, begin, take, footer }) {
  const [sought, seek] = useState("");
  const [doomed, doom] = useState(null);
  const words = sought.trim();
  const listed = conversations.value.filter((entry) => entry.title.toLowerCase().includes(words.toLowerCase()));
  const remove = async ({ id }) => {
    doom(null);
    await change("conversations/delete", id);
    if (id === current) begin();
    else document.getElementById("new").focus();
  };
  const titleOf = (id) => conversations.value.find((entry) => entry.id === id)?.title || t("New conversation");
  const returning = useRef(false); // the focus, to the button that opened the list
  const shut = () => {
    returning.current = true;
    open.value = false;
  };
  useEffect(() => { // while it covers the conversation
    if (!open.value) {
      if (returning.current) document.querySelector("[data-action=list]").focus();
      returning.current = false;
      return undefined;
    }
    document.getElementById("new").focus();
    const keys = (event) => { if (event.key === "Escape" && !document.querySelector("dialog[open]")) shut(); };
    document.addEventListener("keydown", keys);
    return () => document.removeEventListener("keydown", keys);
  }, [open.value]);
  const beside = (event) => event.target === event.currentTarget &&
      event.clientX > event.currentTarget.getBoundingClientRect().right;
  return html`<nav id="sidebar" class=${open.value ? "open" : ""} aria-label=${t("Conversations")}
      onClick=${(event) => { if (beside(event)) open.value = false; }}>
    <div class="side-head">
      <button id="new" type="button" class="plain" onClick=${begin}><${Icon}
          name="plus" />${t("New conversation")}</button>
      <${Tool} name="close-list" icon="close" label=${t("Close the list")} press=${shut} />
    </div>
    <${Links} view=${view} />
    <input type="search" placeholder=${t("Search")} aria-label=${t("Search the conversations")} value=${sought}
        maxlength="200"
      onInput=${(event) => seek(event.target.value)} />
    <div class="listed">
      <ul>${listed.map((entry) => html`<${Row} key=${entry.id} entry=${entry}
          current=${view === "talk" && entry.id === current}
        choose=${choose} rename=${(title) => change("conversations/rename", entry.id, { title })} doom=${doom}
            changed=${loadList} />`)}</ul>
      <${Found} words=${words} choose=${choose} titleOf=${titleOf} />
    </div>
    <${ImportButton} take=${take} />
    ${footer}
    ${doomed && html`<${Question} text=${t("Delete {title} and all its messages?", { title: doomed.title })}
        yes=${t("Delete")} action="really-delete" keep=${() => doom(null)} act=${() => remove(doomed.entry)} />`}
  </nav>`;
}
