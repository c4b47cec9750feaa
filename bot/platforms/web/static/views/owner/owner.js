// The owner's view: what the bot is doing, and what only its owner may change. Each section has its own URL.

import { link } from "../../router.js";
import { t } from "../../texts.js";
import { html } from "../../ui.js";
import { Access } from "./access.js";
import { Accounts } from "./accounts.js";
import { Charts } from "./charts.js";
import { Editor } from "./editor.js";
import { Keys } from "./keys.js";
import { Log } from "./log.js";
import { Overview } from "./overview.js";
import { Updates } from "./updates.js";

const SECTIONS = {
  "": [t("Overview"), Overview], charts: [t("Charts"), Charts], access: [t("Limits and rules"), Access],
  keys: [t("Keys"), Keys], accounts: [t("Accounts"), Accounts], texts: [t("Prompts and scenes"), Editor],
  log: [t("Log"), Log], updates: [t("Updates"), Updates],
};

export function View({ rest, talk }) {
  const [, Section] = SECTIONS[rest[0] ?? ""] ?? SECTIONS[""];
  const here = SECTIONS[rest[0]] ? rest[0] : "";
  const signOut = async () => { await fetch("api/owner/sign-out", { method: "POST" }); location.replace("./"); };
  return html`<div class="column owner">
    <nav class="tabs" aria-label=${t("This Roost")}>
        ${Object.entries(SECTIONS).map(([name, [label]]) => html`<a key=${name}
      class="tab" href=${link("owner", name)} aria-current=${name === here ? "page" : undefined}>${label}</a>`)}</nav>
    <${Section} talk=${talk} rest=${rest.slice(1)} />
    <p class="owner-end"><button type="button" class="plain" id="sign-out"
        onClick=${signOut}>${t("Sign out as owner")}</button></p>
  </div>`;
}
