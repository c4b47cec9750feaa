// The owner's view: what the model is doing now, read again every second while it is open.

import { useEffect, useState } from "../../vendor/preact-hooks.js";
import { getJson } from "../../net.js";
import { t } from "../../texts.js";
import { html, toast } from "../../ui.js";

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

export function View() {
  const [found, setFound] = useState(null);
  useEffect(() => {
    let timer = 0;
    const read = async () => {
      try { setFound(await getJson("api/owner/status")); } catch (error) { toast(error.message); }
      if (timer !== null) timer = setTimeout(read, EVERY_MS);
    };
    read();
    return () => { clearTimeout(timer); timer = null; };
  }, []);
  const signOut = async () => { await fetch("api/owner/sign-out", { method: "POST" }); location.replace("./"); };
  return html`<div class="column">
    ${found && html`<dl class="facts">${lines(found).map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`}
    <button type="button" class="plain" id="sign-out" onClick=${signOut}>${t("Sign out as owner")}</button>
  </div>`;
}
