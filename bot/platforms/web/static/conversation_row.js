// A row of the conversation list: picture, title, last text, and actions.

import { useEffect, useRef, useState } from "./vendor/preact-hooks.js";
import { address, callForFiles, postJson, send } from "./net.js";
import { t } from "./texts.js";
import { copy, download, html, Icon, toast, Tool } from "./ui.js";

async function exportIt({ id }, title) {
  const named = title.replace(/[\\/:*?"<>|\p{C}]+/gu, " ").trim();
  try {
    for (const { name, data } of await callForFiles(id, "export",
        {})) download({ name: name.replace("conversation", named), data });
  } catch (error) { toast(error.message); }
}

async function share({ id }) {
  try {
    const { path } = await postJson(address("share", id), {});
    await copy(new URL(path, location.href).href);
    toast(t("The link is copied. Whoever has it can read this conversation."));
  } catch (error) { toast(error.message); }
}

async function unshare({ id }) {
  try { await send(address("share/end", id)); } catch (error) { toast(error.message); }
}

function Face({ entry, title }) {
  if (entry.face) return html`<img class="small-face" src=${address("conversations/face", entry.id)} alt="" width="32"
      height="32" loading="lazy" />`;
  return html`<span class="small-face" aria-hidden="true">${[...title][0]}</span>`;
}

function Rename({ title, save, cancel }) {
  const submit = (event) => { event.preventDefault(); save(new FormData(event.target).get("title")); };
  const keys = (event) => { if (event.key === "Escape") { event.stopPropagation(); cancel(); } };
  return html`<li class="row"><form class="rename" onSubmit=${submit} onKeyDown=${keys}>
    <input name="title" defaultValue=${title} maxlength="80" dir="auto" aria-label=${t("Title")}
        ref=${(box) => box?.focus()} />
    <button class="plain">${t("Save")}</button></form></li>`;
}

export function Row({ entry, current, choose, rename, doom, changed }) {
  const [renaming, setRenaming] = useState(false);
  const [more, setMore] = useState(false);
  const title = entry.title || t("New conversation");
  const begin = () => { setMore(false); setRenaming(true); };
  const row = useRef(null);
  const returning = useRef(false); // the focus, to the button that opened what is closed now
  const done = () => { returning.current = true; setMore(false); setRenaming(false); };
  useEffect(() => {
    if (returning.current) row.current?.querySelector("[data-action=row-more]").focus();
    returning.current = false;
  }, [more, renaming]);
  const keys = (event) => { if (event.key === "Escape" && more) done(); };
  if (renaming) return html`<${Rename} title=${title} cancel=${done} save=${(text) => { done(); rename(text); }} />`;
  const choice = (name, icon, label, press) => html`<button type="button" class="link" data-action=${name}
      onClick=${press}>
    <${Icon} name=${icon} />${label}</button>`;
  return html`<li class=${`row${current ? " current" : ""}`} ref=${row} onKeyDown=${keys}>
    <button type="button" class="title" aria-current=${current ? "page" : undefined} onClick=${() => choose(entry.id)}>
      <${Face} entry=${entry} title=${title} />
      <span class="row-text"><span class="row-title" dir="auto">${title}</span>
        ${entry.line && html`<span class="row-line" dir="auto">${entry.line}</span>`}</span></button>
    <${Tool} name="row-more" icon="more" label=${t("More about {title}", { title })} expanded=${more}
        press=${() => setMore(!more)} />
    ${more && html`<div class="row-choices">
      ${choice("rename", "pen", t("Rename"), begin)}
      ${choice("share", "share", entry.shared ? t("Copy the link") : t("Share a link to read"), () =>
          share(entry).then(changed))}
      ${entry.shared && choice("unshare", "close", t("End the link"), () => unshare(entry).then(changed))}
      ${choice("export", "file", t("Export"), () => exportIt(entry, title))}
      ${choice("delete", "bin", t("Delete"), () => doom({ entry, title }))}</div>`}
  </li>`;
}
