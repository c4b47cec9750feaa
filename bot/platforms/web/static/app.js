// The page: the list of conversations, the one that is open, and its message box.

import { render } from "./vendor/preact.js";
import { signal } from "./vendor/signals.js";
import { useEffect, useLayoutEffect, useRef, useState } from "./vendor/preact-hooks.js";
import { Compose } from "./compose.js";
import { Item } from "./item.js";
import { recall, remember } from "./keep.js";
import { line, Live } from "./live.js";
import { loadList, open as listOpen, Sidebar } from "./sidebar.js";
import { TAB, Talk } from "./talk.js";
import { language, languages, name, owner, t } from "./texts.js";
import { Card, Turn } from "./turns.js";
import { announce, html, said, Tool } from "./ui.js";

const NEAR_PX = 80;
const drawer = signal(null); // the component that lies over the talk; it is loaded when it is first wanted
const drawers = {
  settings: async () => (await import("./settings.js")).Settings,
  owner: async () => (await import("./owner.js")).Owner,
  tree: async () => (await import("./tree.js")).Tree,
};

async function openDrawer(which) {
  const found = await drawers[which]();
  drawer.value = () => found;
}

const current = signal(new Talk(/^#[0-9a-f]{8}$/.test(location.hash) ? location.hash.slice(1) : recall("roost.last", "")));

function choose(id) {
  listOpen.value = false;
  if (id === current.value.id && current.value.loaded.value) return;
  current.value = new Talk(id);
  remember("roost.last", id);
  load();
}

function begin() {
  if (current.value.loaded.value && !current.value.turns.value.length && !current.value.items.value.length) {
    listOpen.value = false;
    document.getElementById("input").focus();
    return;
  }
  choose([...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
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
  if (event.type === "hello") talk.sync().then(() => talk.recoverAll(), () => {});
  if (event.type === "started" && here) talk.join(event);
  if (event.type === "changed" && here && !talk.running) talk.sync().catch(() => {});
  if (event.type === "changed" || event.type === "listed") loadList();
  if (event.type === "announcement") {
    talk.add(new Item({ after: talk.last?.node ?? 0, replies: [{ kind: "info", text: event.text, speaker: t("Announcement") }] }));
    announce(event.text);
  }
}

function changeTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try { localStorage.setItem("theme", root.dataset.theme); } catch { /* then it lasts as long as the page */ }
}

// The page is in another language from the next time it is loaded, which is now. Nothing that runs is lost by that.
function changeLanguage(code) {
  if (!(code in languages)) return;
  document.cookie = `roost_language=${code}; path=/; max-age=31536000; samesite=lax`;
  location.reload();
}

function Header({ talk, busy }) {
  return html`<header><div class="bar">
    <${Tool} name="list" label=${t("Conversations")} press=${() => { listOpen.value = !listOpen.value; }} />
    <img src="static/icon.svg" alt="" width="26" height="26" />
    <h1>${name}</h1>
    <span id="prompt" class="prompt" dir="auto">${talk.prompt.value}</span>
    ${owner && html`<${Tool} id="owner-button" name="owner" label=${t("This Roost")} press=${() => openDrawer("owner")} />`}
    <${Tool} id="settings-button" name="settings" label=${t("Settings")} press=${() => openDrawer("settings")} />
    <${Tool} id="tree-button" name="tree" label=${t("Tree of the conversation")} press=${() => openDrawer("tree")} />
    <${Tool} id="reset" name="reset" label=${t("Start over")} off=${busy} press=${() => ask(talk)} />
    <${Tool} id="theme" name="theme" label=${t("Switch between light and dark")} press=${changeTheme} />
  </div></header>`;
}

function ask(talk) {
  if (talk.turns.value.length || talk.items.value.length) document.getElementById("confirm").showModal();
  else document.getElementById("input").focus();
}

function Confirm({ talk }) {
  const close = (event) => {
    if (event.target.returnValue === "yes") talk.press("reset");
    event.target.returnValue = "";
    document.getElementById("input").focus();
  };
  return html`<dialog id="confirm" aria-labelledby="question" onClose=${close}><form method="dialog">
    <p id="question">${t("Start over? The conversation so far is kept; undo brings it back.")}</p>
    <div class="choices"><button class="plain" value="no">${t("Cancel")}</button>
      <button class="strong" value="yes">${t("Start over")}</button></div></form></dialog>`;
}

function Empty({ talk }) {
  const starter = (text) => html`<button type="button" class="starter" onClick=${() => talk.say(text)}>${text}</button>`;
  return html`<div id="empty" class="empty">
    <img src="static/icon.svg" alt="" width="64" height="64" />
    <h2>${t("Hello! What shall we talk about?")}</h2>
    <p>${t("Everything stays on this Roost's machine: the model and what you write.")}</p>
    <div class="starters">${starter(t("What can you do?"))}${starter(t("Tell me a story about a fox."))}</div>
    <p class="hint">${t("Type + to see what else you can do.")}</p></div>`;
}

// The turns with what is under way between them. A turn that is written anew hides what follows it.
function listed(talk, busy, grown) {
  const items = talk.items.value;
  const greeting = talk.greeting.value;
  const turns = talk.turns.value;
  const rewrite = items.find((item) => item.target !== null && turns.some((turn) => turn.node === item.target));
  const branch = items.find((item) => item.running && item.node !== null && item.target === null && item.text);
  const end = rewrite ? turns.findIndex((turn) => turn.node === rewrite.target) + 1
    : branch ? turns.findIndex((turn) => turn.node === branch.node) + 1 : turns.length;
  const shown = turns.slice(0, end);
  const last = shown.findLast((turn) => turn.kind !== "draft");
  const nodes = new Set(shown.map((turn) => turn.node));
  const cards = (after) => items.filter((item) => item !== rewrite && (after === null ? item.after && !nodes.has(item.after) : item.after === after))
    .map((item) => html`<${Card} key=${item.key} talk=${talk} item=${item} busy=${busy} grown=${grown} />`);
  const parts = [];
  if (greeting) parts.push(html`<${Turn} key="greeting" talk=${talk} turn=${{ node: 0, input: "", output: greeting }}
      last=${!last} busy=${busy} grown=${grown} />`);
  parts.push(...cards(0));
  shown.forEach((turn) => parts.push(html`<${Turn} key=${turn.kind === "draft" ? `draft-${turn.first}` : `turn-${turn.parent}`}
      talk=${talk} turn=${turn} last=${turn === last} busy=${busy} live=${rewrite?.target === turn.node ? rewrite : null} grown=${grown} />`,
  ...cards(turn.node)));
  return [...parts, ...cards(null)];
}

function Messages({ talk, busy }) {
  const box = useRef(null);
  const pinned = useRef(true);
  const [away, setAway] = useState(false);
  const follow = () => { if (pinned.current && box.current) box.current.scrollTop = box.current.scrollHeight; };
  const look = () => {
    const { scrollHeight, scrollTop, clientHeight } = box.current;
    pinned.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    setAway(!pinned.current);
  };
  const toEnd = () => { pinned.current = true; follow(); setAway(false); };
  useEffect(() => {
    const observer = new ResizeObserver(follow);
    observer.observe(box.current);
    observer.observe(box.current.querySelector("#messages"));
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(toEnd, [talk, busy]);
  const older = async () => {
    const { scrollHeight } = box.current;
    await talk.loadOlder().catch(() => {});
    requestAnimationFrame(() => { box.current.scrollTop += box.current.scrollHeight - scrollHeight; });
  };
  const empty = talk.loaded.value && !talk.turns.value.length && !talk.items.value.length && !talk.greeting.value;
  return html`<main id="scroll" tabindex="-1" ref=${box} onScroll=${look}>
    ${empty && html`<${Empty} talk=${talk} />`}
    ${talk.more.value && html`<p id="more" class="more"><button type="button" class="plain" onClick=${older}>${t("Show earlier messages")}</button></p>`}
    <div id="messages" role="log" aria-live="off" aria-label=${t("Chat")} aria-busy=${String(busy)}>${listed(talk, busy, follow)}</div>
  </main>
  <footer><div class="floor">
    <button id="down" class="tool" type="button" hidden=${!away} title=${t("Go to the end")} aria-label=${t("Go to the end")}
      onClick=${toEnd}><svg aria-hidden="true"><use href="#i-down"></use></svg></button>
    <${Compose} key=${talk.id} talk=${talk} busy=${busy} />
  </div></footer>`;
}

function Line() {
  const text = { lost: t("Connection lost. Reconnecting…"), back: t("Connected again.") }[line.value] ?? "";
  return html`<div id="connection" class=${`connection ${line.value}`} role="status">${text}</div>`;
}

function Footer() {
  return html`<label class="language">${t("Language")}
    <select id="language" value=${language} onChange=${(event) => changeLanguage(event.target.value)}>
      ${Object.entries(languages).map(([code, own]) => html`<option key=${code} value=${code} selected=${code === language}>${own}</option>`)}
    </select></label>`;
}

function App() {
  const talk = current.value;
  const busy = Boolean(talk.running);
  return html`<a class="skip" href="#input">${t("Skip to the message box")}</a>
    <${Sidebar} current=${talk.id} choose=${choose} begin=${begin} footer=${html`<${Footer} />`} />
    <div id="talk"><${Header} talk=${talk} busy=${busy} /><${Line} /><${Messages} talk=${talk} busy=${busy} /></div>
    <div id="announcer" class=${said.value.shown ? "quiet toast" : "quiet"} role="status" aria-live="polite">${said.value.text}</div>
    ${drawer.value && html`<${drawer.value()} talk=${talk} close=${() => { drawer.value = null; }} />`}
    <${Confirm} talk=${talk} />`;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && current.value.running && !document.querySelector("dialog[open]")) current.value.stop();
});
document.addEventListener("answered", loadList);
document.addEventListener("language", (event) => {
  const wish = event.detail.trim().split(/\s+/)[1]?.replace("-", "_").toLowerCase() ?? "";
  changeLanguage(Object.keys(languages).find((code) => code.toLowerCase() === wish || code.split("_")[0] === wish.split("_")[0]) ?? "");
});
render(html`<${App} />`, document.getElementById("app"));
load();
loadList();
new Live(TAB, hear);
