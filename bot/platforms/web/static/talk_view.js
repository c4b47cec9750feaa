// The open conversation: its bar with drawers, its messages and the message box.

import { signal } from "./vendor/signals.js";
import { useEffect, useLayoutEffect, useRef, useState } from "./vendor/preact-hooks.js";
import { Compose } from "./compose.js";
import { Bar } from "./bar.js";
import { open, route } from "./router.js";
import { t } from "./texts.js";
import { Card, Turn } from "./turns.js";
import { html, Tool } from "./ui.js";

const NEAR_PX = 80;
const MOST_PAGES = 10; // of earlier turns loaded in search of one
const SOUGHT_MS = 4000;
const drawer = signal(null); // the component shown above the conversation; loaded on first use
const drawers = {
  settings: async () => (await import("./settings.js")).Settings,
  play: async () => (await import("./play.js")).Play,
  tree: async () => (await import("./tree.js")).Tree,
};

async function openDrawer(which, values = {}) {
  const component = await drawers[which]();
  drawer.value = { component, values };
}

// Scroll to a turn. It may be earlier than what is loaded, or on another branch, which the tree shows.
async function reveal(talk, node, unpin) {
  const find = () => talk.turns.value.find((turn) => turn.nodes.includes(node));
  for (let pages = 0; !find() && talk.more.value && pages < MOST_PAGES; pages += 1) await talk.loadOlder();
  const turn = find();
  if (!turn) return openDrawer("tree", { at: node });
  await new Promise(requestAnimationFrame);
  unpin(); // or the view would jump back to the end when the loaded turns are rendered
  const element = document.getElementById(`turn-${turn.node}`);
  element?.scrollIntoView({ block: "center" });
  element?.classList.add("sought");
  return setTimeout(() => element?.classList.remove("sought"), SOUGHT_MS);
}

function TalkBar({ talk, busy }) {
  return html`<${Bar} note=${talk.prompt.value}>
    <${Tool} id="play-button" name="play" icon="faces" label=${t("Role play")} press=${() => openDrawer("play")} />
    <${Tool} id="settings-button" name="settings" label=${t("Settings")} press=${() => openDrawer("settings")} />
    <${Tool} id="tree-button" name="tree" label=${t("Tree of the conversation")} press=${() => openDrawer("tree")} />
    <${Tool} id="reset" name="reset" label=${t("Start over")} off=${busy} press=${() => ask(talk)} />
  <//>`;
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
  const starter = (text) => html`<button type="button" class="starter"
      onClick=${() => talk.say(text)}>${text}</button>`;
  return html`<div id="empty" class="empty">
    <img src="static/icon.svg" alt="" width="64" height="64" />
    <h2>${t("Hello! What shall we talk about?")}</h2>
    <p>${t("Everything stays on this Roost's machine: the model and what you write.")}</p>
    <div class="starters">${starter(t("What can you do?"))}${starter(t("Tell me a story about a fox."))}</div>
    <p class="hint">${t("Type + to see what else you can do.")}</p></div>`;
}

// The turns, with running items between them. A turn being rewritten hides those that follow it.
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
  const cards = (after) => items.filter((item) => item !== rewrite &&
      (after === null ? item.after && !nodes.has(item.after) : item.after === after))
    .map((item) => html`<${Card} key=${item.key} talk=${talk} item=${item} busy=${busy} grown=${grown} />`);
  const parts = [];
  if (greeting) parts.push(html`<${Turn} key="greeting" talk=${talk} turn=${{ node: 0, input: "", output: greeting }}
      last=${!last} busy=${busy} grown=${grown} />`);
  parts.push(...cards(0));
  shown.forEach((turn) => parts.push(html`<${Turn} key=${turn.kind === "draft" ? `draft-${turn.first}` :
      `turn-${turn.parent}`}
      talk=${talk} turn=${turn} last=${turn === last} busy=${busy}
          live=${rewrite?.target === turn.node ? rewrite : null} grown=${grown} />`,
  ...cards(turn.node)));
  return [...parts, ...cards(null)];
}

// The arrow keys choose among the answers: of the message with the focus, else of the last one. To the right of the
// last answer another one is written.
function swipe(event) {
  const step = { ArrowLeft: "left", ArrowRight: "right" }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing) return;
  const { target } = event;
  const free = target === document.body || target.id === "scroll" || target.closest(".actions") ||
      (target.id === "input" && !target.value);
  if (!free || document.querySelector("dialog[open]")) return;
  const exchange = target.closest(".exchange") ?? document.querySelector(".exchange.last");
  const button = (name) => exchange?.querySelector(`[data-action=${name}]:not([aria-disabled])`);
  (button(step) ?? (step === "right" ? button("again") : null))?.click();
}

function Messages({ talk, busy }) {
  const box = useRef(null);
  const pinned = useRef(true);
  const [away, setAway] = useState(false);
  const follow = () => { if (pinned.current && box.current) box.current.scrollTop = box.current.scrollHeight; };
  const look = () => {
    const { scrollHeight, scrollTop, clientHeight } = box.current;
    pin(scrollHeight - scrollTop - clientHeight < NEAR_PX);
  };
  const pin = (still) => {
    pinned.current = still;
    box.current.classList.toggle("pinned", still); // the browser need not look for a place to keep in view
    setAway(!still);
  };
  const toEnd = () => { pin(true); follow(); };
  useEffect(() => {
    const observer = new ResizeObserver(follow);
    observer.observe(box.current);
    observer.observe(box.current.querySelector("#messages"));
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(toEnd, [talk, busy]);
  useEffect(() => {
    document.addEventListener("keydown", swipe);
    return () => document.removeEventListener("keydown", swipe);
  }, []);
  const { rest: [, sought] } = route.value;
  useEffect(() => {
    if (!talk.loaded.value || !Number(sought)) return;
    reveal(talk, Number(sought), () => pin(false)).catch(() => {});
    open("talk", [talk.id || "-"], true); // the same turn may be searched for again
  }, [talk, talk.loaded.value, sought]);
  const older = async () => {
    const { scrollHeight } = box.current;
    await talk.loadOlder().catch(() => {});
    requestAnimationFrame(() => { box.current.scrollTop += box.current.scrollHeight - scrollHeight; });
  };
  const empty = talk.loaded.value && !talk.turns.value.length && !talk.items.value.length && !talk.greeting.value;
  return html`<main id="scroll" tabindex="-1" ref=${box} onScroll=${look}>
    ${empty && html`<${Empty} talk=${talk} />`}
    ${talk.more.value && html`<p id="more" class="more"><button type="button" class="plain"
        onClick=${older}>${t("Show earlier messages")}</button></p>`}
    <div id="messages" role="log" aria-live="off" aria-label=${t("Chat")}
        aria-busy=${String(busy)}>${listed(talk, busy, follow)}</div>
  </main>
  <footer><div class="floor">
    <button id="down" class="tool" type="button" hidden=${!away} title=${t("Go to the end")}
        aria-label=${t("Go to the end")}
      onClick=${toEnd}><svg aria-hidden="true"><use href="#i-down"></use></svg></button>
    <${Compose} key=${talk.id} talk=${talk} busy=${busy} />
  </div></footer>`;
}


export function TalkView({ talk }) {
  const busy = Boolean(talk.running);
  useEffect(() => () => { drawer.value = null; }, []);
  return html`<${TalkBar} talk=${talk} busy=${busy} /><${Messages} talk=${talk} busy=${busy} />
    ${drawer.value && html`<${drawer.value.component} talk=${talk} ...${drawer.value.values}
        close=${() => { drawer.value = null; }} />`}
    <${Confirm} talk=${talk} />`;
}
