// The settings drawer: presets, and a slider per sampling parameter, for this conversation or for all of the user's.

import { useEffect, useRef, useState } from "./vendor/preact-hooks.js";
import { address, callCommand, getJson, Refused } from "./net.js";
import { t } from "./texts.js";
import { html, toast, Tool } from "./ui.js";

const LONGEST_SLIDER = 10_000; // larger ranges get a number field only
const GROUPS = {
  draw: t("How words are chosen"), repetition: t("Against repetition"), tokens: t("Single words"),
  length: t("Length and chance"),
};

function stepOf(parameter) {
  if (parameter.kind === "int") return 1;
  return parameter.maximum - parameter.minimum > 2 ? 0.05 : 0.01;
}

function Switch({ parameter, value, change }) {
  return html`<label class="switch"><input type="checkbox" name=${parameter.name} checked=${Boolean(value)}
    onChange=${(event) => change(event.target.checked ? "on" : "off")} /> ${parameter.name}</label>`;
}

function Choice({ parameter, value, change }) {
  return html`<label class="choice">${parameter.name}
    <select name=${parameter.name} value=${value} onChange=${(event) => change(event.target.value)}>
      ${parameter.choices.map((choice) => html`<option key=${choice} value=${choice}
          selected=${choice === value}>${choice}</option>`)}
    </select></label>`;
}

function Slider({ parameter, value, change }) {
  const { name, minimum, maximum } = parameter;
  const [shown, show] = useState(value ?? "");
  useEffect(() => show(value ?? ""), [value]);
  const common = { min: minimum, max: maximum, step: stepOf(parameter), value: shown };
  const events = { onInput: (event) => show(event.target.value), onChange: (event) => event.target.value &&
      change(event.target.value) };
  return html`<div class="slider"><label for=${`set-${name}`}>${name}</label>
    <input id=${`set-${name}`} name=${name} type="number" inputmode="decimal" ...${common} step="any" ...${events} />
    ${maximum - minimum <= LONGEST_SLIDER && html`<input type="range" name=${name} aria-label=${name} ...${common}
        ...${events} />`}</div>`;
}

// `mine`: the user's settings for all conversations; they override those of this conversation.
function Parameter({ parameter, own, mine, change }) {
  const Kind = parameter.kind === "bool" ? Switch : parameter.choices.length ? Choice : Slider;
  const value = own ?? parameter.default;
  return html`<div class=${`parameter${own === undefined ? "" : " own"}`}>
    <${Kind} parameter=${parameter} value=${value} change=${(text) => change(`${parameter.name} ${text}`)} />
    ${own !== undefined && html`<button type="button" class="plain" onClick=${() => change(`${parameter.name} default`)}
        aria-label=${t("Reset {name}", { name: parameter.name })}>
            ${t("Reset to {value}", { value: parameter.default ?? "–" })}</button>`}
    ${mine !== undefined && html`<p class="overridden">${t("Your setting for all conversations applies: {value}",
        { value: mine })}</p>`}
    <p>${parameter.help}</p></div>`;
}

function Groups({ found, scope, change }) {
  return Object.entries(GROUPS).map(([group, title]) => html`<section key=${group}><h3>${title}</h3>
    ${found.parameters.filter((parameter) => parameter.group === group).map((parameter) => html`<${Parameter}
      key=${parameter.name} parameter=${parameter} own=${found.values[parameter.name]}
          mine=${scope === "channel" ? found.mine[parameter.name] : undefined} change=${change} />`)}
          </section>`);
}

function Scope({ scope, choose }) {
  const scopes = { channel: t("This conversation"), me: t("All my conversations") };
  return html`<fieldset class="scopes"><legend class="quiet">${t("What the settings are for")}</legend>
    ${Object.entries(scopes).map(([name, label]) => html`<label key=${name}><input type="radio" name="scope"
        value=${name} checked=${name === scope} onChange=${() => choose(name)} />${label}</label>`)}</fieldset>`;
}

export function Settings({ talk, close }) {
  const [found, setFound] = useState(null);
  const [scope, setScope] = useState("channel");
  const box = useRef(null);
  const asked = useRef(0); // an answer that comes after a newer one is not shown
  const read = async () => {
    const mine = asked.current += 1;
    try {
      const settings = await getJson(address("settings", talk.id, { scope }));
      if (mine === asked.current) setFound(settings);
    } catch { toast(t("Roost is not responding. Is it still running?")); }
  };
  useEffect(() => { box.current.showModal(); }, [talk.id]);
  useEffect(() => { read(); }, [talk.id, scope]);
  const change = async (values) => {
    try { await callCommand(talk.id, "set", { values, scope }); } catch (error) {
      toast(error instanceof Refused ? error.message : t("Roost is not responding. Is it still running?"));
    }
    await read();
  };
  return html`<dialog id="settings-drawer" class="drawer" ref=${box} aria-labelledby="settings-title"
      onClose=${close}>
    <div class="drawer-head"><h2 id="settings-title">${t("Settings")}</h2>
      <${Tool} name="close-settings" icon="close" label=${t("Close")} press=${() => box.current.close()} /></div>
    <${Scope} scope=${scope} choose=${setScope} />
    ${found && html`
      <label class="choice">${t("Preset")}
        <select name="preset" onChange=${(event) => change(`preset ${event.target.value || "default"}`)}>
          <option value="" selected=${!found.preset}>–</option>
          ${Object.entries(found.presets).map(([name, title]) =>
              html`<option key=${name} value=${name} selected=${name === found.preset}>${title}</option>`)}
        </select></label>
      <${Groups} key=${scope} found=${found} scope=${scope} change=${change} />
      <button type="button" class="plain" id="settings-reset"
          onClick=${() => change("default")}>${t("Reset everything")}</button>`}
  </dialog>`;
}
