// The views besides the conversation. Each is a folder under views/ with a module and a style sheet of its name,
// loaded with its texts when the view is first opened.

import { useEffect, useLayoutEffect, useState } from "./vendor/preact-hooks.js";
import { account, loadTexts, owner, t } from "./texts.js";
import { html } from "./ui.js";

// In the order of the navigation. `hidden`: not for this user.
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
  await Promise.all([loadTexts(name), style(name)]); // before the module, which may use its texts while it is loaded
  return (await views[name].load()).View;
}

function load(name) {
  loaded[name] ??= fetchView(name).catch((error) => { delete loaded[name]; throw error; });
  return loaded[name];
}

// `rest`: the URL parts after the view's name. `talk`: the open conversation.
// A view's style sheet is active only while the view is open, so that views can use the same class names.
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
