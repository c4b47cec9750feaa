// The owner's drawer: what the model is doing now, read again every second while it is open.

import { useEffect, useRef, useState } from "./vendor/preact-hooks.js";
import { getJson } from "./net.js";
import { t } from "./texts.js";
import { html, toast, Tool } from "./ui.js";

const EVERY_MS = 1000;

function lines(found) {
  return [
    [t("Replies being written"), `${found.rows_running} / ${found.rows_limit}`],
    [t("Waiting"), `${found.queue_length} / ${found.queue_limit}`],
    [t("Tokens per second"), found.tokens_per_second.toFixed(1)],
    [t("Tokens read"), found.tokens_read],
    [t("Tokens written"), found.tokens_written],
    [t("Open pages"), found.pages_open],
  ];
}

export function Owner({ close }) {
  const [found, setFound] = useState(null);
  const box = useRef(null);
  useEffect(() => {
    let here = true;
    const read = async () => {
      try { setFound(await getJson("api/owner/status")); } catch (error) { toast(error.message); }
      if (here) setTimeout(read, EVERY_MS);
    };
    box.current.showModal();
    read();
    return () => { here = false; };
  }, []);
  const signOut = async () => { await fetch("api/owner/sign-out", { method: "POST" }); location.reload(); };
  return html`<dialog id="owner-drawer" class="drawer" ref=${box} aria-labelledby="owner-title" onClose=${close}>
    <div class="drawer-head"><h2 id="owner-title">${t("This Roost")}</h2>
      <${Tool} name="close-owner" icon="close" label=${t("Close")} press=${() => box.current.close()} /></div>
    ${found && html`<dl class="facts">${lines(found).map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`}
    <button type="button" class="plain" id="sign-out" onClick=${signOut}>${t("Sign out as owner")}</button>
  </dialog>`;
}
