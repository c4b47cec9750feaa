// The scenes that are being played, and those that can begin.

import { useEffect, useRef, useState } from "../../vendor/preact-hooks.js";
import { enclose } from "../../compose.js";
import { newName } from "../../keep.js";
import { address, getJson } from "../../net.js";
import { link, open } from "../../router.js";
import { language, t } from "../../texts.js";
import { html, toast } from "../../ui.js";
import { Portrait } from "./portrait.js";
import { perform } from "./scene.js";

const FACES = 4;
const MANY = 12; // from here on they can be searched
const moment = new Intl.DateTimeFormat(language.replace("_", "-"), { dateStyle: "medium", timeStyle: "short" });

function Faces({ cast, source }) {
  return html`<span class="cast-faces" aria-hidden="true">${cast.slice(0, FACES).map(({ name, picture }) =>
      html`<${Portrait} key=${name} name=${name} source=${picture && source(name)} />`)}
    ${cast.length > FACES && html`<span class="portrait more">+${cast.length - FACES}</span>`}</span>`;
}

const names = (cast) => cast.map(({ name }) => name).join(", ");

function Playing({ scene }) {
  const { id, title, name, cast, last, lines, used } = scene;
  const heading = title || name;
  return html`<li><a class="scene-card" href=${link("stage", id || "-")}>
    <${Faces} cast=${cast} source=${(one) => address("stage/picture", id, { name: one })} />
    <strong dir="auto">${heading}</strong>
    <span class="soft" dir="auto">${name === heading ? names(cast) : `${name} · ${names(cast)}`}</span>
    <span class="excerpt" dir="auto">${last.speaker && html`<b>${last.speaker}</b> `}${last.text}</span>
    <span class="soft">${t("Lines: {count}", { count: lines })} · ${moment.format(1000 * used)}</span></a></li>`;
}

function Known({ scene, busy, begin }) {
  const { id, name, language: written, cast, setting, problem } = scene;
  const source = (one) => address("stage/scenes/picture", "", { scene: id, name: one });
  return html`<li><button type="button" class="scene-card" data-scene=${id}
      lang=${written.replace("_", "-") || undefined} disabled=${busy} onClick=${() => begin(id)}>
    <${Faces} cast=${cast} source=${source} /><strong dir="auto">${name}</strong>
    <span class="soft" dir="auto">${names(cast)}</span>
    <span class="excerpt" dir="auto">${problem || setting}</span></button></li>`;
}

function Import({ busy, take }) {
  const picker = useRef(null);
  const chosen = async (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    const enclosed = file && await enclose(file);
    if (enclosed) await take({ text: "+scene import", attachments: [{ name: enclosed.name, data: enclosed.data }] });
  };
  return html`<div class="file"><button type="button" class="plain" disabled=${busy}
      onClick=${() => picker.current.click()}>${t("A scene from a file")}</button>
    <input type="file" ref=${picker} hidden tabindex="-1" accept=".toml,.json,.jsonl,.txt"
      aria-label=${t("A scene from a file")} onChange=${chosen} /></div>`;
}

// A scene begins in the open conversation if nothing has been said there, else in a new one.
export function Scenes({ talk, scene }) {
  const [found, setFound] = useState(null);
  const [sought, seek] = useState("");
  const [busy, setBusy] = useState(false);
  const shown = useRef(true);
  useEffect(() => {
    getJson("api/stage/scenes").then(setFound, (error) => {
      toast(error.message);
      setFound({ playing: [], scenes: [] });
    });
    return () => { shown.current = false; };
  }, []);
  const run = async (path, body) => {
    const here = talk.loaded.value && !talk.turns.value.length;
    const id = here ? talk.id : newName();
    setBusy(true);
    const replies = await (here ? scene.send(path, body) : perform(path, id, body));
    if (!shown.current) return;
    setBusy(false);
    if (replies) open("stage", [id || "-"]);
  };
  const begin = (name) => run("command", { command: "scene", arguments: { what: `begin ${name}` } });
  if (!found) return html`<p class="loading" role="status">${t("Loading…")}</p>`;
  const words = sought.trim().toLowerCase();
  const fits = ({ id, name, cast }) => `${id} ${name} ${names(cast)}`.toLowerCase().includes(words);
  return html`<div class="begin"><h1>${t("Scenes")}</h1>
    <p>${t("Several characters, each with a memory of its own. Choose a scene, or bring one.")}</p>
    ${found.playing.length > 0 && html`<section><h2>${t("Being played")}</h2><ul class="scenes">
      ${found.playing.map((scene) => html`<${Playing} key=${scene.id} scene=${scene} />`)}</ul></section>`}
    <section><h2>${t("Begin a scene")}</h2>
    ${found.scenes.length >= MANY && html`<input type="search" class="seek" placeholder=${t("Search")}
        aria-label=${t("Search the scenes")} value=${sought} onInput=${(event) => seek(event.target.value)} />`}
    <ul class="scenes">${found.scenes.filter(fits).map((scene) => html`<${Known} key=${scene.id} scene=${scene}
        busy=${busy} begin=${begin} />`)}</ul>
    <${Import} busy=${busy} take=${(body) => run("chat", body)} /></section></div>`;
}
