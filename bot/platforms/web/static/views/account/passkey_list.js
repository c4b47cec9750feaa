// The account's passkeys.

import { useState } from "../../vendor/preact-hooks.js";
import { Refused } from "../../net.js";
import { add, possible } from "../../passkeys.js";
import { t } from "../../texts.js";
import { html, toast, Tool } from "../../ui.js";
import { moment } from "./browsers.js";

export function Passkeys({ passkeys, change, read }) {
  const [busy, setBusy] = useState(false);
  const make = async (event) => {
    event.preventDefault();
    const form = event.target;
    setBusy(true);
    try {
      if (await add(new FormData(form).get("label").trim())) form.reset();
    } catch (error) {
      toast(error instanceof Refused && error.message ? error.message :
          t("The passkey was not accepted. Please try again."));
    }
    setBusy(false);
    await read();
  };
  return html`<section><h2>${t("Passkeys")}</h2>
    <p class="soft">${t("A passkey opens the account with your device's own lock instead of a password.")}</p>
    <ul class="lines" id="account-passkeys">${passkeys.map((one) => html`<li key=${one.name}>
      <span dir="auto">${one.label} <span class="soft">${t("last used {moment}",
          { moment: moment(one.used) })}</span></span>
      <${Tool} name="remove-passkey" icon="bin" label=${t("Remove {name}", { name: one.label })}
          press=${() => change("passkeys/remove", { name: one.name })} /></li>`)}</ul>
    ${possible() ? html`<form class="fields" onSubmit=${make}>
      <label>${t("What to call it")}<input name="label" maxlength="64"
          placeholder=${t("My phone")} autocomplete="off" /></label>
      <button class="plain" id="add-passkey" disabled=${busy}>${t("Add a passkey")}</button></form>`
      : html`<p class="soft">${t("Passkeys need a page with https and a host name.")}</p>`}</section>`;
}
