// The top bar, and the notice below it when the connection is lost.

import { line } from "./live.js";
import { open as listOpen } from "./sidebar.js";
import { name, t } from "./texts.js";
import { html, Tool } from "./ui.js";

function changeTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try { localStorage.setItem("theme", root.dataset.theme); } catch { /* then it lasts until the page is closed */ }
}

export function Bar({ note, children }) {
  return html`<header><div class="bar">
    <${Tool} name="list" label=${t("Conversations")} press=${() => { listOpen.value = !listOpen.value; }} />
    <img src="static/icon.svg" alt="" width="26" height="26" />
    <h1>${name}</h1>
    <span id="prompt" class="prompt" dir="auto">${note}</span>
    ${children}
    <${Tool} id="theme" name="theme" label=${t("Switch between light and dark")} press=${changeTheme} />
  </div></header><${Line} />`;
}

function Line() {
  const text = { lost: t("Connection lost. Reconnecting…"), back: t("Connected again.") }[line.value] ?? "";
  return html`<div id="connection" class=${`connection ${line.value}`} role="status">${text}</div>`;
}
