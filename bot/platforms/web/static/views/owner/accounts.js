// Accounts and invitations.

import { useState } from "../../vendor/preact-hooks.js";
import { postJson, send } from "../../net.js";
import { language, t } from "../../texts.js";
import { copy, html, Question, toast, Tool } from "../../ui.js";
import { useReading, Waiting } from "./reading.js";

const day = (seconds) => new Date(seconds * 1000).toLocaleDateString(language.replace("_", "-"));

function Link({ path, words }) {
  const address = new URL(path, document.baseURI).href;
  const take = async () => { await copy(address); toast(t("Copied")); };
  return html`<div class="reply info" role="status"><p>${words}</p>
    <p><code id="invitation-link">${address}</code> <button type="button" class="plain"
        onClick=${take}>${t("Copy")}</button></p></div>`;
}

function about(account) {
  const parts = [t("since {moment}", { moment: day(account.created) })];
  parts.push(account.used ? t("last used {moment}", { moment: day(account.used) }) : t("not signed in anywhere"));
  return parts.join(", ");
}

export function Accounts() {
  const [found, again, problem] = useReading("api/owner/accounts", 0);
  const [made, setMade] = useState(null); // the newest link
  const [doomed, doom] = useState(null);
  const change = async (where, body) => {
    try { await send(`api/owner/accounts/${where}`, body); } catch (error) { toast(error.message); }
    setMade(null);
    doom(null);
    again();
  };
  const invite = async (event) => {
    event.preventDefault();
    const values = new FormData(event.target);
    const body = { note: values.get("note").trim(), days: Number(values.get("days")) };
    const words = t("Whoever opens this link can make one account:");
    try {
      setMade({ ...await postJson("api/owner/accounts/invite", body), words });
      event.target.reset();
    } catch (error) { toast(error.message); }
    again();
  };
  const reset = async ({ id, name }) => {
    const words = t("Whoever opens this link within a day can set a new password for {name}:", { name });
    try { setMade({ ...await postJson("api/owner/accounts/reset", { id }), words, id }); } catch (error) {
        toast(error.message); }
  };
  if (!found) return html`<${Waiting} problem=${problem} />`;
  return html`<section><h2>${t("Accounts")}</h2>
    ${found.accounts.length ? html`<ul class="plain-list" id="accounts">${found.accounts.map((one) =>
        html`<li key=${one.id} class="removable"><span><strong dir="auto">${one.name}</strong>${" "}
          <span class="soft">${about(one)}</span></span><span>
          ${one.browsers > 0 && html`<${Tool} name="sign-out-account" icon="close"
              label=${t("Sign {name} out everywhere", { name: one.name })}
              press=${() => change("sign-out", { id: one.id })} />`}
          <${Tool} name="reset-account" icon="again" label=${t("New password for {name}", { name: one.name })}
              press=${() => reset(one)} />
          <${Tool} name="remove-account" icon="bin" label=${t("Remove {name}", { name: one.name })}
              press=${() => doom(one)} /></span></li>`)}</ul>`
      : html`<p class="soft">${t("There are no accounts yet.")}</p>`}
    ${made?.id && html`<${Link} ...${made} />`}
    ${doomed && html`<${Question} yes=${t("Delete")} action="really-remove" keep=${() => doom(null)}
        text=${t("Delete the account {name} and all its conversations?", { name: doomed.name })}
        act=${() => change("remove", { id: doomed.id })} />`}</section>
    <section><h2>${t("Invitations")}</h2>
    ${made && !made.id && html`<${Link} ...${made} />`}
    <ul class="plain-list" id="invitations">${found.invitations.map((one) => html`<li key=${one.name} class="removable">
      <span dir="auto">${one.note || t("Without a note")} <span class="soft">${t("until {moment}",
          { moment: day(one.expires) })}</span></span>
      <${Tool} name="revoke-invitation" icon="bin" label=${t("Revoke {name}", { name: one.note })}
          press=${() => change("revoke", { name: one.name })} /></li>`)}</ul>
    <form class="fields" onSubmit=${invite}>
      <label>${t("For whom")}<input name="note" maxlength="100" autocomplete="off" dir="auto" /></label>
      <label>${t("Days")}<input name="days" type="number" min="1" max="90" value="7" required /></label>
      <button class="strong">${t("Invite")}</button></form></section>`;
}
