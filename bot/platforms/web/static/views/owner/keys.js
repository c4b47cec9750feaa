// Keys for programs that use the HTTP API.

import { useState } from "../../vendor/preact-hooks.js";
import { postJson, send } from "../../net.js";
import { language, t } from "../../texts.js";
import { copy, html, toast, Tool } from "../../ui.js";
import { useReading, Waiting } from "./reading.js";

function Secret({ secret }) {
  const take = async () => { await copy(secret); toast(t("Copied")); };
  return html`<div class="reply info" role="status"><p>${t("The new key. It is shown only now:")}</p>
    <p><code id="new-key">${secret}</code> <button type="button" class="plain"
        onClick=${take}>${t("Copy")}</button></p></div>`;
}

function Sessions({ sessions, end }) {
  const since = (seconds) => new Date(seconds * 1000).toLocaleString(language.replace("_", "-"));
  return html`<section><h2>${t("Browsers that are signed in as owner")}</h2><ul class="plain-list"
      id="sessions">${sessions.map((one) => html`
    <li key=${one.name} class="removable"><span>${t("since {moment}", { moment: since(one.since) })}
      ${one.current && html` <span class="soft">${t("this one")}</span>`}</span>
      ${!one.current && html`<${Tool} name="end-session" icon="bin" label=${t("Sign it out")}
          press=${() => end(one.name)} />`}</li>`)}</ul></section>`;
}

function limits(key) {
  const parts = [];
  if (key.per_minute) parts.push(t("{count} answers a minute", { count: key.per_minute }));
  if (key.tokens_per_day) parts.push(t("{count} tokens a day", { count: key.tokens_per_day }));
  return parts.join(", ") || t("No limit");
}

export function Keys() {
  const [found, again, problem] = useReading("api/owner/keys", 0);
  const [secret, setSecret] = useState("");
  const add = async (event) => {
    event.preventDefault();
    const values = new FormData(event.target);
    const number = (name) => Number(values.get(name) || 0);
    const body = { name: values.get("name").trim(), per_minute: number("per_minute"),
        tokens_per_day: number("tokens_per_day") };
    try {
      setSecret((await postJson("api/owner/keys/add", body)).secret);
      event.target.reset();
    } catch (error) { toast(error.message); }
    again();
  };
  const revoke = async (name) => {
    try { await send("api/owner/keys/revoke", { name }); } catch (error) { toast(error.message); }
    setSecret("");
    again();
  };
  const [browsers, look] = useReading("api/owner/sessions", 0);
  const end = async (name) => {
    try { await send("api/owner/sessions/end", { name }); } catch (error) { toast(error.message); }
    look();
  };
  if (!found) return html`<${Waiting} problem=${problem} />`;
  return html`<section><h2>${t("Keys of the HTTP API")}</h2>
    ${secret && html`<${Secret} secret=${secret} />`}
    <ul class="plain-list">${found.keys.map((key) => html`<li key=${key.name} class="removable">
      <span><strong>${key.name}</strong> <span class="soft">${limits(key)}</span></span>
      <${Tool} name="revoke" icon="bin" label=${t("Revoke {name}", { name: key.name })}
          press=${() => revoke(key.name)} /></li>`)}</ul>
    <form class="fields" onSubmit=${add}>
      <label>${t("Name")}<input name="name" required maxlength="64" /></label>
      <label>${t("Answers a minute")}<input name="per_minute" type="number" min="0" max="1000000"
          placeholder="0" /></label>
      <label>${t("Tokens a day")}<input name="tokens_per_day" type="number" min="0" max="1000000000000"
          placeholder="0" /></label>
      <button class="strong">${t("Add a key")}</button></form></section>
    ${browsers && html`<${Sessions} sessions=${browsers.sessions} end=${end} />`}`;
}
