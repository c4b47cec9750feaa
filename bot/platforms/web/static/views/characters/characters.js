// Characters: the gallery, with import by drag and drop, and a page for each character.

import { useEffect, useRef, useState } from "../../vendor/preact-hooks.js";
import { link } from "../../router.js";
import { t } from "../../texts.js";
import { html, Icon, toast } from "../../ui.js";
import { CardPage } from "./card_page.js";
import { droppedFiles, inPairs } from "./dropped.js";
import { DESK, importFiles, list } from "./exchange.js";
import { Face } from "./face.js";

export function View({ rest }) {
  const [found, setFound] = useState(null);
  const read = () => list().then(setFound, (error) => toast(error.message));
  useEffect(() => { read(); }, []);
  if (!found) return html`<p class="loading" role="status">${t("Loading…")}</p>`;
  const known = rest[0] && found.characters.find((each) => each.id === rest[0]);
  if (known) return html`<${CardPage} key=${known.id} listed=${known} owner=${found.owner} changed=${read} />`;
  return html`<${Gallery} found=${found} read=${read} />`;
}

function Tile({ character }) {
  return html`<li><a class="tile" href=${link("characters", character.id)}>
    <${Face} character=${character} />
    <span class="name" dir="auto">${character.name}</span>
    <span class="tags" dir="auto">${character.problem || character.tags.slice(0, 3).join(" · ") || "\u00a0"}</span></a>
        </li>`;
}

// The result of an import, file by file.
function Report({ lines, left }) {
  return html`<div class="report" role="status">
    ${left > 0 && html`<p>${t("{count} files are waiting.", { count: left })}</p>`}
    <ul>${lines.map(({ name, text, failed }, place) =>
        html`<li key=${place} class=${failed ? "failed" : ""}><strong>${name}</strong> ${text}</li>`)}</ul></div>`;
}

function useImport(read) {
  const [lines, setLines] = useState([]);
  const [left, setLeft] = useState(0);
  const take = async (files) => {
    const pairs = inPairs(files);
    if (!pairs.length) { toast(t("These are no cards: PNG, JPEG, JSON, CHARX, YAML or TOML.")); return; }
    const told = [];
    for (const [place, pair] of pairs.entries()) {
      setLeft(pairs.length - place);
      try {
        const { text, id } = await importFiles(DESK, pair);
        told.push({ name: pair[0].name, text: text.replace(/`\+character [^`]+`/, id).replaceAll("**", "") });
      } catch (error) { told.push({ name: pair[0].name, text: error.message, failed: true }); }
      setLines([...told].reverse());
    }
    setLeft(0);
    await read();
  };
  return { lines, left, take };
}

function Gallery({ found, read }) {
  const [sought, seek] = useState("");
  const [over, setOver] = useState(false);
  const picker = useRef(null);
  const { lines, left, take } = useImport(read);
  const words = sought.trim().toLowerCase();
  const shown = found.characters.filter((each) => [each.name, each.id, ...each.tags].some((text) =>
      text.toLowerCase().includes(words)));
  const drop = async (event) => {
    event.preventDefault();
    setOver(false);
    take(await droppedFiles(event.dataTransfer));
  };
  const drag = (event) => { if (event.dataTransfer.types.includes("Files")) {
      event.preventDefault(); setOver(true); } };
  return html`<div class=${`gallery${over ? " over" : ""}`} onDragOver=${drag} onDragLeave=${() => setOver(false)}
      onDrop=${drop}>
    <div class="gallery-head">
      <input type="search" class="box" placeholder=${t("Search")} aria-label=${t("Search the characters")}
          value=${sought} onInput=${(event) => seek(event.target.value)} />
      <button type="button" class="strong" id="import"
          onClick=${() => picker.current.click()}>${t("Import cards")}</button>
      <input ref=${picker} id="cards" type="file" multiple hidden tabindex="-1" aria-label=${t("Import cards")}
        onChange=${(event) => { const files = [...event.target.files]; event.target.value = ""; take(files); }} />
    </div>
    <p class="hint">${t("Cards and folders of cards can be dropped here.")}</p>
    ${(left > 0 || lines.length > 0) && html`<${Report} lines=${lines} left=${left} />`}
    ${["own", "shared", "bundled"].map((group) => html`<${Group} key=${group} group=${group}
        characters=${shown.filter((each) => groupOf(each) === group)} />`)}
    ${!shown.length && html`<p class="loading">${t("No character matches.")}</p>`}</div>`;
}

const groupOf = ({ imported, shared }) => (shared ? "shared" : imported ? "own" : "bundled");

function Group({ group, characters }) {
  const titles = { own: t("Yours"), shared: t("Shared with everyone"), bundled: t("Of this Roost") };
  return characters.length > 0 && html`<section class="group"><h2>${titles[group]}</h2>
    <ul class="tiles">${characters.map((each) => html`<${Tile} key=${`${each.id} ${each.version}`}
        character=${each} />`)}</ul></section>`;
}
