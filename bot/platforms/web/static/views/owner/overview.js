// The model, its load, memory, platforms and plugins; another model; a backup.

import { useState } from "../../vendor/preact-hooks.js";
import { callCommand, postJson } from "../../net.js";
import { t } from "../../texts.js";
import { html, toast, withCode } from "../../ui.js";
import { size, useReading, Waiting } from "./reading.js";

const LOAD_SECONDS = 1;
const FACTS_SECONDS = 10;

// `wordy`: the values are sentences.
function Facts({ title, lines, wordy }) {
  return html`<section><h2>${title}</h2><dl class=${`facts${wordy ? " wordy" : ""}`}>
    ${lines.map(([name, value]) => html`<div key=${name}>
    <dt dir="auto">${name}</dt><dd dir="auto">${value}</dd></div>`)}</dl></section>`;
}

function load(now) {
  return [
    [t("Replies being written"), `${now.rows_running} / ${now.rows_limit}`],
    [t("Waiting"), `${now.queue_length} / ${now.queue_limit}`],
    [t("Tokens per second"), now.tokens_per_second.toFixed(1)],
    [t("Tokens read"), now.tokens_read],
    [t("Tokens written"), now.tokens_written],
    [t("Open pages"), now.pages_open],
  ];
}

function memory({ memory: used, turns, uptime }) {
  return [
    [t("Memory of the program"), size(used.process)],
    [t("States in memory"), `${size(used.states_held)} / ${size(used.states_held_limit)}`],
    [t("States on the disk"), `${size(used.states_kept)} / ${size(used.states_kept_limit)}`],
    [t("Turns"), turns],
    [t("Running for"), t("{hours} h {minutes} min",
        { hours: Math.floor(uptime / 3600), minutes: Math.floor(uptime / 60) % 60 })],
  ];
}

function Model({ model, talk, again }) {
  const [busy, setBusy] = useState(false);
  const choose = async (event) => {
    event.preventDefault();
    const name = new FormData(event.target).get("model");
    if (!name) return;
    setBusy(true);
    try { for (const text of await callCommand(talk.id, "model", { name })) toast(text); } catch (error) {
        toast(error.message); }
    setBusy(false);
    again();
  };
  const lines = [
    [t("Model"), model.name], [t("Architecture"), `RWKV-${model.version}, ${model.layers} × ${model.width}`],
    [t("Precision and device"), `${model.precision}, ${model.device}`], [t("Weights"), size(model.weight_bytes)],
    [t("State of one conversation"), size(model.state_bytes)],
  ];
  return html`<div class="unbroken"><${Facts} title=${t("Model")} lines=${lines} />
    ${model.others.length > 0 && html`<form class="fields" onSubmit=${choose}><label>${t("Another model")}
      <select name="model">${model.others.map((name) => html`<option key=${name}>${name}</option>`)}</select></label>
      <button class="strong" disabled=${busy}>${busy ? t("Loading…") : t("Use it")}</button></form>`}</div>`;
}

function Backup({ backups, again }) {
  const make = async () => {
    try { toast(t("Saved as {path}", await postJson("api/owner/backup", {}))); } catch (error) { toast(error.message); }
    again();
  };
  return html`<section><h2>${t("Backups")}</h2>
    <ul class="plain-list">${backups.map(({ name, nbytes }) =>
        html`<li key=${name}>${name} <span class="soft">${size(nbytes)}</span></li>`)}</ul>
    <button type="button" class="plain" id="backup" onClick=${make}>${t("Back up now")}</button></section>`;
}

function Plugins({ plugins, talk, again }) {
  const change = async (name, on) => {
    try { for (const text of await callCommand(talk.id, "plugin", { name, switch: on ? "on" : "off" })) toast(text); }
    catch (error) { toast(error.message); }
    again();
  };
  return html`<section><h2>${t("Plugins")}</h2><ul class="plain-list" id="plugins">${plugins.map((one) =>
      html`<li key=${one.name} class="removable"><label class="switch"><input type="checkbox" name=${one.name}
        checked=${one.state === "on"} onChange=${(event) => change(one.name, event.target.checked)} />
        <span dir="auto">${one.name}${one.problem && html` <span class="problems">${one.problem}</span>`}</span></label>
      </li>`)}</ul></section>`;
}

export function Overview({ talk }) {
  const [now, , silence] = useReading("api/owner/status", LOAD_SECONDS);
  const [facts, again, problem] = useReading("api/owner/overview", FACTS_SECONDS);
  if (!now || !facts) return html`<${Waiting} problem=${problem || silence} />`;
  return html`<div class="overview">
    ${facts.problems.length > 0 && html`<${Facts} title=${t("Not running")} wordy=${true}
        lines=${facts.problems.map(({ name, text }) => [name, withCode(text)])} />`}
    <${Facts} title=${t("Now")} lines=${load(now)} />
    <${Model} model=${facts.model} talk=${talk} again=${again} />
    <${Facts} title=${t("Memory")} lines=${memory(facts)} />
    <${Facts} title=${t("Platforms")} wordy=${true}
        lines=${facts.platforms.map(({ name, text }) => [name, withCode(text)])} />
    ${facts.plugins.length > 0 && html`<${Plugins} plugins=${facts.plugins} talk=${talk} again=${again} />`}
    <${Backup} backups=${facts.backups} again=${again} /></div>`;
}
