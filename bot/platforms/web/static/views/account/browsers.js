// The browsers signed in to the account.

import { language, t } from "../../texts.js";
import { html, Tool } from "../../ui.js";

export const moment = (seconds) => new Date(seconds * 1000).toLocaleString(language.replace("_", "-"),
    { dateStyle: "medium", timeStyle: "short" });

export function Browsers({ sessions, change }) {
  return html`<section><h2>${t("Browsers that are signed in")}</h2>
    <ul class="lines" id="account-sessions">${sessions.map((one) => html`<li key=${one.name}>
      <span>${one.browser || t("Unknown browser")} <span class="soft">${one.current ? t("this one") :
          t("last used {moment}", { moment: moment(one.used) })}</span></span>
      ${!one.current && html`<${Tool} name="end-session" icon="bin" label=${t("Sign it out")}
          press=${() => change("sessions/end", { name: one.name })} />`}</li>`)}</ul>
    ${sessions.length > 1 && html`<button type="button" class="plain" id="end-others"
        onClick=${() => change("sessions/end-others")}>${t("Sign out all others")}</button>`}</section>`;
}
