// The role-play drawer: the actions of RWKV_Role_Playing's buttons, and the text the model has read.

import { useEffect, useRef, useState } from "./vendor/preact-hooks.js";
import { address, callCommand, Refused, TAB } from "./net.js";
import { t } from "./texts.js";
import { html, toast, Tool } from "./ui.js";

const PRESET = "rwkv-role-playing";

async function readText(conversation) {
  const response = await fetch(address("command", conversation), {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ command: "tokens", arguments: { all: true }, stream: false, tab: TAB }),
  });
  if (!response.ok) throw new Refused(`${response.status} ${response.statusText}`);
  const [{ text, files, kind }] = (await response.json()).replies;
  if (kind === "error") throw new Refused(text);
  const bytes = Uint8Array.from(atob(files?.[0]?.data ?? ""), (character) => character.charCodeAt(0));
  return { count: text.split("\n")[0], text: new TextDecoder().decode(bytes) };
}

function Replace({ talk, turn, busy, close }) {
  const save = (event) => {
    event.preventDefault();
    const text = new FormData(event.target).get("text").trim();
    if (text) { close(); talk.press("edit", { text }, turn.node); }
  };
  return html`<form onSubmit=${save}><h3>${t("Replace the last answer")}</h3>
    <textarea class="wide-box" name="text" rows="4" dir="auto" aria-label=${t("Replace the last answer")}
        defaultValue=${turn.output}></textarea>
    <button class="plain" disabled=${busy}>${t("Save")}</button></form>`;
}

function Speak({ talk, busy, close }) {
  const speak = async (event) => {
    event.preventDefault();
    const found = new FormData(event.target);
    const [name, text] = [found.get("name").trim(), found.get("text").trim()];
    if (!name) return;
    close();
    if (text) await talk.say(`+say ${text}`);
    talk.say(`+speak ${name}`);
  };
  return html`<form onSubmit=${speak}><h3>${t("Let anyone speak")}</h3>
    <input class="wide-box" name="text" dir="auto" maxlength="2000" aria-label=${t("What you say first")}
        placeholder=${t("What you say first")} />
    <input class="wide-box" name="name" dir="auto" maxlength="32" required aria-label=${t("Who speaks")}
        placeholder=${t("Who speaks")} />
    <button class="plain" disabled=${busy}>${t("Let them speak")}</button></form>`;
}

function Read({ talk }) {
  const [read, setRead] = useState(null);
  useEffect(() => { readText(talk.id).then(setRead, (error) => toast(error.message)); }, [talk.id]);
  return read && html`<section><h3>${t("What the model has read")}</h3><p class="hint" id="read-count">${read.count}</p>
    <pre class="read-text" dir="auto" tabindex="0" aria-label=${t("What the model has read")}>${read.text}</pre>
        </section>`;
}

export function Play({ talk, close }) {
  const box = useRef(null);
  useEffect(() => { box.current.showModal(); }, []);
  const shut = () => box.current.close();
  const busy = Boolean(talk.running);
  const turn = talk.lastTurn;
  const answered = turn?.output ? turn : null;
  const call = async (command, values) => {
    try { return await callCommand(talk.id, command, values); } catch (error) { toast(error.message); return null; }
  };
  const write = async () => {
    const texts = await call("impersonate", {});
    if (!texts) return;
    shut();
    document.dispatchEvent(new CustomEvent("propose", { detail: texts[0] }));
  };
  const preset = async () => { if (await call("set",
      { values: `preset ${PRESET}`, scope: "channel" })) toast(
          t("The sampling of RWKV Role Playing holds here now.")); };
  return html`<dialog id="play-drawer" class="drawer" ref=${box} aria-labelledby="play-title" onClose=${close}>
    <div class="drawer-head"><h2 id="play-title">${t("Role play")}</h2>
      <${Tool} name="close-play" icon="close" label=${t("Close")} press=${shut} /></div>
    <div class="stack">
      <button type="button" class="plain" data-action="play-again" disabled=${busy || !answered}
          onClick=${() => { shut(); talk.rewrite(answered, "alternate"); }}>${t("Another answer")}</button>
      <button type="button" class="plain" data-action="play-undo" disabled=${busy || !turn}
          onClick=${() => talk.press("undo")}>${t("Undo the last turn")}</button>
      <button type="button" class="plain" data-action="play-write" disabled=${busy}
          onClick=${write}>${t("Write my next line for me")}</button>
      <button type="button" class="plain" data-action="play-preset"
          onClick=${preset}>${t("Sample as RWKV Role Playing does")}</button>
    </div>
    ${answered && html`<${Replace} key=${answered.node} talk=${talk} turn=${answered} busy=${busy} close=${shut} />`}
    <${Speak} talk=${talk} busy=${busy} close=${shut} />
    <p class="hint">${t("Everything is saved as it is said; +save gives a place a name.")}</p>
    <${Read} talk=${talk} />
  </dialog>`;
}
