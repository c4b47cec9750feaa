// The page: navigation, the conversation list, and the open view.

import { render } from "./vendor/preact.js";
import { signal } from "./vendor/signals.js";
import { Bar } from "./bar.js";
import { Item } from "./item.js";
import { enclose } from "./compose.js";
import { newName, recall, remember } from "./keep.js";
import { Live } from "./live.js";
import { open as openView, route } from "./router.js";
import { loadList, open as listOpen, Sidebar } from "./sidebar.js";
import { TalkView } from "./talk_view.js";
import { TAB } from "./net.js";
import { Talk } from "./talk.js";
import { language, languages, t } from "./texts.js";
import { announce, html, said } from "./ui.js";
import { View, views } from "./views.js";

// The conversation named in the URL, in which "-" is the first one, whose id is empty.
function wanted({ view, rest }) {
  if (view !== "talk" && view !== "stage") return null;
  if (rest[0] === "-") return "";
  return /^[0-9a-f]{8}$/.test(rest[0] ?? "") ? rest[0] : null;
}

const current = signal(new Talk(wanted(route.value) ?? recall("roost.last", "")));

route.subscribe((where) => {
  const id = wanted(where);
  if (id !== null && id !== current.peek().id) show(id);
  if (id === null && !shown(where)) openView("talk", [current.peek().id || "-"], true);
});

function shown({ view }) {
  return views[view] && !views[view].hidden;
}

function show(id) {
  current.value = new Talk(id);
  remember("roost.last", id);
  load();
}

// `node`: a turn to scroll to.
function choose(id, node = "") {
  listOpen.value = false;
  openView("talk", [id || "-", String(node)]);
  if (id !== current.value.id) show(id);
}

function begin() {
  if (current.value.loaded.value && !current.value.turns.value.length && !current.value.items.value.length) {
    choose(current.value.id);
    document.getElementById("input")?.focus();
    return;
  }
  choose(newName());
}

async function take(id, file) {
  const enclosed = await enclose(file);
  if (!enclosed) return;
  choose(id);
  await current.value.say("+import", [{ name: enclosed.name, data: enclosed.data }]);
}

async function load() {
  const talk = current.value;
  try { await talk.open(); } catch (error) {
    talk.loaded.value = true;
    talk.add(new Item({ failed: t("Roost is not responding. Is it still running?") }));
  }
}

function hear(event) {
  const talk = current.value;
  const here = event.conversation === talk.id;
  if (event.type === "hello") talk.catchUp().then(() => talk.recoverAll(), () => {});
  if (event.type === "signed_out") location.reload();
  if (event.type === "started" && here) talk.join(event);
  if (event.type === "changed" && here) talk.catchUp().catch(() => {});
  if (event.type === "changed" || event.type === "listed") loadList();
  if (event.type === "announcement") {
    talk.add(new Item({ after: talk.last?.node ?? 0,
        replies: [{ kind: "info", text: event.text, speaker: t("Announcement") }] }));
    announce(event.text);
  }
}

// A reload applies the new language. Running replies are not lost by it.
function changeLanguage(code) {
  if (!(code in languages)) return;
  document.cookie = `roost_language=${code}; path=/; max-age=31536000; samesite=lax`;
  location.reload();
}

function Footer() {
  return html`<label class="language">${t("Language")}
    <select id="language" value=${language} onChange=${(event) => changeLanguage(event.target.value)}>
      ${Object.entries(languages).map(([code, own]) =>
          html`<option key=${code} value=${code} selected=${code === language}>${own}</option>`)}
    </select></label>`;
}


// A button, because a link to "#input" would change the route.
function Skip() {
  const inTalk = !shown(route.value);
  const skip = () => document.getElementById(inTalk ? "input" : "view").focus();
  return html`<button type="button" class="skip" onClick=${skip}>${inTalk ? t("Skip to the message box") :
      t("Skip the navigation")}</button>`;
}

function App() {
  const talk = current.value;
  const { view, rest } = route.value;
  return html`<${Skip} />
    <${Sidebar} view=${view} current=${talk.id} choose=${choose} begin=${begin} take=${take}
        footer=${html`<${Footer} />`} />
    <div id="talk">${!shown(route.value) ? html`<${TalkView} talk=${talk} />` : html`
      <${Bar} note=${views[view].label} />
      <main id="view" class=${`view ${view}`} tabindex="-1" aria-label=${views[view].label}>
        <${View} key=${view} name=${view} rest=${rest} talk=${talk} /></main>`}</div>
    <div id="announcer" class=${said.value.shown ? "quiet toast" : "quiet"} role="status"
        aria-live="polite">${said.value.text}</div>`;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !shown(route.value) && current.value.running && !listOpen.value &&
      !document.querySelector("dialog[open]")) current.value.stop();
});
document.addEventListener("answered", loadList);
document.addEventListener("language", (event) => {
  const wish = event.detail.trim().split(/\s+/)[1]?.replace("-", "_").toLowerCase() ?? "";
  changeLanguage(Object.keys(languages).find((code) => code.toLowerCase() === wish ||
      code.split("_")[0] === wish.split("_")[0]) ?? "");
});
render(html`<${App} />`, document.getElementById("app"));
load();
loadList();
new Live(TAB, hear);
navigator.serviceWorker?.register("worker.js").catch(() => {}); // without one the page needs the network, no more
