// The parts of the page beside the conversations. Each is a folder under views/ with a module and a style sheet of
// its name; they and their words are fetched when the part is first opened.

import { useEffect, useLayoutEffect, useState } from "./vendor/preact-hooks.js";
import { account, loadTexts, owner, t } from "./texts.js";
import { html } from "./ui.js";

// The order is that of the navigation. `hidden`: not for this reader.
export const views = {
  characters: { label: t("Characters"), icon: "faces", load: () => import("./views/characters/characters.js") },
  stage: { label: t("Stage"), icon: "stage", load: () => import("./views/stage/stage.js") },
  owner: { label: t("This Roost"), icon: "owner", load: () => import("./views/owner/owner.js"), hidden: !owner },
  account: { label: t("Account"), icon: "face", load: () => import("./views/account/account.js"), hidden: !account },
};

const loaded = {}; // name -> promise of its component
const sheets = {}; // name -> its link element

function style(name) {
  const sheet = sheets[name] = document.createElement("link");
  return new Promise((done) => {
    Object.assign(sheet, { rel: "stylesheet", href: `static/views/${name}/${name}.css`, onload: done, onerror: done });
    document.head.append(sheet);
  });
}

async function fetchView(name) {
  await Promise.all([loadTexts(name), style(name)]); // first: a module may use its words while it is read
  return (await views[name].load()).View;
}

function load(name) {
  loaded[name] ??= fetchView(name).catch((error) => { delete loaded[name]; throw error; });
  return loaded[name];
}

// `rest`: what follows the view's name in the address. `talk`: the conversation that is open.
// A part's sheet holds while the part is open, so that two parts may call different things by the same name.
function apply(name, on) {
  if (sheets[name]?.sheet) sheets[name].sheet.disabled = !on;
}

export function View({ name, rest, talk }) {
  const [found, setFound] = useState({});
  const fetchIt = () => load(name).then((component) => setFound({ [name]: component }), () =>
      setFound({ failed: true }));
  useEffect(() => { fetchIt(); }, [name]);
  useLayoutEffect(() => {
    apply(name, true);
    return () => apply(name, false);
  }, [name, found]);
  if (found[name]) return html`<${found[name]} rest=${rest} talk=${talk} />`;
  if (!found.failed) return html`<p class="loading" role="status">${t("Loading…")}</p>`;
  return html`<div class="loading" role="alert"><p>${t("Roost is not responding. Is it still running?")}</p>
    <button type="button" class="plain" onClick=${fetchIt}>${t("Retry")}</button></div>`;
}
