// The user's own account: signed-in browsers, passkeys, the password, and deletion.

import { useEffect, useState } from "../../vendor/preact-hooks.js";
import { getJson, send } from "../../net.js";
import { t } from "../../texts.js";
import { html, toast } from "../../ui.js";
import { Browsers } from "./browsers.js";
import { Password } from "./password.js";
import { Passkeys } from "./passkey_list.js";

function Ending({ name, change }) {
  const [asking, ask] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    const typed = new FormData(event.target).get("name");
    if (await change("delete", { name: typed })) location.replace("./");
  };
  return html`<section><h2>${t("Delete the account")}</h2>
    ${!asking ? html`<button type="button" class="plain" id="delete-account"
        onClick=${() => ask(true)}>${t("Delete the account")}</button>` : html`
    <form class="fields" onSubmit=${submit}>
      <p>${t("The account and all its conversations are deleted for good.")}</p>
      <label>${t("Type {name} to confirm", { name })}<input name="name" required autocomplete="off"
          ref=${(box) => box?.focus()} /></label>
      <div class="choices"><button type="button" class="plain" onClick=${() => ask(false)}>${t("Cancel")}</button>
        <button class="strong" data-action="really-delete-account">${t("Delete")}</button></div></form>`}</section>`;
}

export function View() {
  const [found, setFound] = useState(null);
  const [refused, setRefused] = useState("");
  const read = async () => {
    try { setFound(await getJson("api/account")); } catch (error) { setRefused(error.message); }
  };
  useEffect(() => { read(); }, []);
  const change = async (path, body = {}) => {
    try { await send(`api/account/${path}`, body); } catch (error) { toast(error.message); return false; }
    return true;
  };
  const changeAndRead = async (path, body) => { const done = await change(path, body); await read(); return done; };
  const signOut = async () => { if (await change("sign-out")) location.replace("./"); };
  if (refused) return html`<div class="column account"><p role="alert">${refused}</p>
    <p><a href="sign-in">${t("Sign in")}</a></p></div>`;
  if (!found) return html`<p class="loading" role="status">${t("Loading…")}</p>`;
  return html`<div class="column account">
    <p>${t("You are signed in as {name}.", { name: found.name })}</p>
    <p class="choices"><button type="button" class="plain" id="account-sign-out"
        onClick=${signOut}>${t("Sign out")}</button></p>
    <${Browsers} sessions=${found.sessions} change=${changeAndRead} />
    <${Passkeys} passkeys=${found.passkeys} change=${changeAndRead} read=${read} />
    <${Password} has=${found.password} name=${found.name} change=${changeAndRead} />
    <${Ending} name=${found.name} change=${change} /></div>`;
}
