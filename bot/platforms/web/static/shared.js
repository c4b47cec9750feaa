// A shared conversation, read-only.

import { render } from "./vendor/preact.js";
import { useEffect, useState } from "./vendor/preact-hooks.js";
import { getJson } from "./net.js";
import { name, t } from "./texts.js";
import { html } from "./ui.js";
import { Reply, Said } from "./turns.js";

const code = location.pathname.split("/").at(-1);

function together(turns) { // appends each continuation to the turn it continues
  const found = [];
  for (const turn of turns) {
    if (turn.follows && found.length) found[found.length - 1] =
        { ...found.at(-1), output: found.at(-1).output + turn.output };
    else found.push(turn);
  }
  return found;
}

function Page() {
  const [found, setFound] = useState(null);
  const [failed, fail] = useState("");
  useEffect(() => { getJson(`../api/shared/${code}`).then(setFound, (error) => fail(error.message)); }, []);
  if (failed) return html`<main class="loading" role="alert">${failed}</main>`;
  if (!found) return html`<main class="loading" role="status">${t("Loading…")}</main>`;
  const { title, bot, avatar } = found;
  return html`<header><div class="bar"><img src="../static/icon.svg" alt="" width="26"
      height="26" /><h1 title=${title}>${title || name}</h1></div></header>
    <main><div id="messages">${together(found.turns).map((turn, index) => html`<article key=${index} class="exchange">
      ${turn.input && html`<${Said} text=${turn.input} />`}
      ${turn.output && html`<${Reply} bot=${bot} text=${turn.output} avatar=${avatar ?? ""}
          speaker=${turn.speaker || (avatar && bot)} />`}
    </article>`)}</div></main>`;
}

render(html`<${Page} />`, document.getElementById("app"));
