// What changed since the version that ran before.

import { RichText } from "../../rich_text.js";
import { t } from "../../texts.js";
import { html } from "../../ui.js";
import { useReading, Waiting } from "./reading.js";

const TITLES = { Added: t("Added"), Changed: t("Changed"), Fixed: t("Fixed"), Removed: t("Removed") };

function Entry({ text }) {
  return html`<li><${RichText} text=${text} final=${true} /></li>`;
}

export function Updates() {
  const [found, , problem] = useReading("api/owner/updates", 0);
  if (!found) return html`<${Waiting} problem=${problem} />`;
  const kinds = [...new Set(found.news.map((one) => one.kind))];
  return html`<section><h2>${t("Updates")}</h2>
    <p class="soft">${t("This is version {version}.", { version: found.version || "–" })} ${found.previous &&
        t("Before that, version {version} ran here.", { version: found.previous })}</p>
    ${kinds.length === 0 && html`<p>${t("Nothing is new since the last start.")}</p>`}
    ${kinds.map((kind) => html`<h3 key=${kind}>${TITLES[kind] ?? kind}</h3>
      <ul class="news" lang="en">${found.news.filter((one) => one.kind === kind).map((one) => html`<${Entry}
          key=${one.text} text=${one.text} />`)}</ul>`)}</section>`;
}
