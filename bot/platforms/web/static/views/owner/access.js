// Limits, access rules and announcements.

import { callCommand } from "../../net.js";
import { t } from "../../texts.js";
import { html, toast, Tool } from "../../ui.js";
import { useReading, Waiting } from "./reading.js";

const KINDS = { user: t("Person"), channel: t("Channel"), role: t("Role") };
const RULES = { block: t("Block"), allow: t("Allow only") };

const LIMITS = {
  user_per_minute: t("Messages of one person in a minute"),
  user_per_day: t("Messages of one person in a day"),
  user_at_once: t("Replies that one person may be waiting for"),
  user_tokens_per_day: t("Tokens read and written for one person in a day"),
  channel_per_minute: t("Messages in one channel in a minute"),
  channel_per_day: t("Messages in one channel in a day"),
  channel_tokens_per_day: t("Tokens read and written in one channel in a day"),
  guild_per_minute: t("Messages in one server or group in a minute"),
  address_per_minute: t("Messages from one network address in a minute"),
  address_at_once: t("Replies that one network address may be waiting for"),
};

function Limit({ name, value, change }) {
  return html`<div class="parameter"><label class="choice"><span>${LIMITS[name] ?? name}
      <code class="soft">${name}</code></span>
    <input type="number" min="0" max="1000000" name=${name} value=${value}
        onChange=${(event) => event.target.value && change(event.target.value)} /></label></div>`;
}

function Rules({ rules, call }) {
  const add = async (event) => {
    event.preventDefault();
    const form = event.target;
    const { rule, kind, id } = Object.fromEntries(new FormData(form));
    if (await call(rule, { kind, id })) form.reset();
  };
  const remove = ({ rule, who }) => {
    const [kind, ...id] = who.split(":");
    call(rule, { kind, id: id.join(":"), remove: true });
  };
  return html`<section><h2>${t("Who is answered")}</h2>
    ${rules.length ? html`<ul class="plain-list">${rules.map((one) =>
        html`<li key=${one.who} class="removable"><span>${RULES[one.rule]}: ${one.who}</span>
        <${Tool} name="remove-rule" icon="bin" label=${t("Remove {name}", { name: one.who })}
            press=${() => remove(one)} /></li>`)}</ul>`
      : html`<p class="soft">${t("Everybody is answered.")}</p>`}
    <form class="fields" onSubmit=${add}>
      <label>${t("Rule")}<select name="rule">${Object.entries(RULES).map(([name, label]) =>
          html`<option key=${name} value=${name}>${label}</option>`)}</select></label>
      <label>${t("Whom")}<select name="kind">${Object.entries(KINDS).map(([name, label]) =>
          html`<option key=${name} value=${name}>${label}</option>`)}</select></label>
      <label>${t("Its id on the platform")}<input name="id" required maxlength="100" /></label>
      <button class="plain">${t("Add")}</button></form></section>`;
}

function Announce({ call }) {
  const submit = async (event) => {
    event.preventDefault();
    const form = event.target;
    const text = new FormData(form).get("text").trim();
    if (text && await call("announce", { text })) form.reset();
  };
  return html`<section><h2>${t("Announcement")}</h2><form class="fields" onSubmit=${submit}>
    <label class="wide">${t("To everywhere the bot talks")}<input name="text" maxlength="1000" dir="auto" /></label>
    <button class="plain">${t("Send")}</button></form></section>`;
}

export function Access({ talk }) {
  const [facts, again, problem] = useReading("api/owner/overview", 0);
  const call = async (command, values) => {
    let done = true;
    try {
      for (const text of await callCommand(talk.id, command, values)) if (command === "announce") toast(text);
    } catch (error) {
      done = false;
      toast(error.message);
    }
    again();
    return done;
  };
  if (!facts) return html`<${Waiting} problem=${problem} />`;
  return html`<section><h2>${t("Limits")}</h2><p class="soft">${t("0 is no limit.")}</p>
      ${facts.limits.map(({ name, value }) => html`<${Limit} key=${name} name=${name} value=${value}
        change=${(number) => call("limit", { name, value: number })} />`)}</section>
    <${Rules} rules=${facts.rules} call=${call} /><${Announce} call=${call} />`;
}
