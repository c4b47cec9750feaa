// Rendering of a conversation: its turns, the running ones, and the buttons below each message.

import { useEffect, useLayoutEffect, useRef, useState } from "./vendor/preact-hooks.js";
import { RichText } from "./rich_text.js";
import { canSpeak, speak } from "./speech.js";
import { t } from "./texts.js";
import { announce, copy, fileUrl, html, Icon, Tool } from "./ui.js";

function Dots({ bot }) {
  return html`<div class="text"><span class="dots" role="img" aria-label=${t("{name} is writing", { name: bot })}>
    <i></i><i></i><i></i></span></div>`;
}

function Download({ file }) {
  const [url] = useState(() => fileUrl(file));
  const label = `${t("Download")}: ${file.name}`;
  return html`<a class="download" download=${file.name} href=${url} aria-label=${label}><${Icon}
      name="file" />${file.name}</a>`;
}

// A reply: finished, or still growing (`busy`).
export function Reply({ text, kind = "turn", speaker = "", avatar = "", bot, files = [], reason = null, busy = false,
    grown, children }) {
  const cut = reason === "cancelled" || reason === "timeout";
  return html`<div class=${`reply ${kind}${busy && text === null ? " waiting" : ""}${avatar ? " faced" : ""}`}
      role=${kind === "error" ? "alert" : undefined} aria-busy=${busy ? "true" : undefined}>
    ${avatar && html`<img class="face" src=${avatar} alt="" width="44" height="44" />`}
    ${speaker && (avatar || speaker !== bot) && html`<div class="speaker" dir="auto">${speaker}</div>`}
    ${text === null ? html`<${Dots} bot=${bot} />` : html`<${RichText} text=${text} final=${!busy} grown=${grown} />`}
    ${files.filter((file) => file.mime === "image/png").map((file) =>
        html`<img class="shown" key=${file.name} alt=${file.name}
      src=${`data:image/png;base64,${file.data}`} />`)}
    ${files.map((file) => html`<${Download} key=${file.name} file=${file} />`)}
    ${cut && html`<div class="note">${t("Stopped here.")}</div>`}
    ${children}
  </div>`;
}

export function Said({ text }) {
  return html`<div class="said" dir="auto"><span class="quiet">${t("You")}: </span>${text}</div>`;
}

function CopyButton({ text }) {
  const [done, setDone] = useState(false);
  const press = async () => {
    await copy(text);
    announce(t("Copied"));
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return html`<${Tool} name="copy" icon=${done ? "check" : "copy"} label=${t("Copy")} press=${press} />`;
}

// The text field that replaces a message while it is edited.
function Editor({ text, label, save, cancel }) {
  const box = useRef(null);
  useLayoutEffect(() => { box.current.focus(); box.current.style.height = `${box.current.scrollHeight + 2}px`; }, []);
  const keys = (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") { event.stopPropagation(); cancel(); }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save(box.current.value);
  };
  return html`<div class="editor">
    <textarea ref=${box} aria-label=${label} dir="auto" onKeyDown=${keys} defaultValue=${text}></textarea>
    <div class="choices"><button type="button" class="plain" onClick=${cancel}>${t("Cancel")}</button>
      <button type="button" class="strong" onClick=${() => save(box.current.value)}>${t("Save")}</button></div>
  </div>`;
}

// Details of an answer, or all answers side by side: loaded on first use.
function useExtra() {
  const [extra, setExtra] = useState(null);
  const show = async (which) => {
    if (extra?.which === which) { setExtra(null); return; }
    const found = await import("./about_turn.js");
    setExtra({ which, Component: found[which] });
  };
  return [extra, show, () => setExtra(null)];
}

function Actions({ talk, turn, last, busy, edit, extra, show }) {
  const [number, count] = talk.positions.value[turn.node] ?? [1, 1];
  const step = (way) => talk.press("swipe", { step: way }, turn.node || null); // null for the greeting: HEAD
  const own = turn.node > 0 && turn.input;
  return html`<div class="actions">
    ${count > 1 && html`
      <${Tool} name="left" label=${t("Previous answer")} off=${busy || number <= 1} press=${() => step("left")} />
      <button type="button" class="place" data-action="answers" title=${t("All answers")}
          aria-expanded=${String(extra?.which === "Answers")}
        aria-label=${`${number}/${count}: ${t("Answer {number} of {count}", { number, count })}`}
            onClick=${() => show("Answers")}>${number}/${count}</button>
      <${Tool} name="right" label=${t("Next answer")} off=${busy || number >= count} press=${() => step("right")} />`}
    ${turn.node > 0 && turn.output && html`
      <${Tool} name="again" label=${t("Another answer")} off=${busy} press=${() => talk.rewrite(turn, "alternate")} />
      <${Tool} name="continue" label=${t("Continue")} title=${t("Continue this answer")} off=${busy}
        press=${() => talk.rewrite(turn, "continue")} />
      <${Tool} name="edit" label=${t("Edit the answer")} off=${busy} press=${() => edit("output")} />`}
    ${own && html`<${Tool} name="edit-own" icon="pen" label=${t("Edit your message")} off=${busy}
        press=${() => edit("input")} />`}
    ${turn.output && html`<${CopyButton} text=${turn.output} />`}
    ${turn.output && canSpeak.value && html`<${Tool} name="speak" label=${t("Read aloud")}
        press=${() => speak(turn.output)} />`}
    ${turn.node > 0 && turn.output && html`<${Tool} name="about" label=${t("About this answer")}
        expanded=${extra?.which === "About"}
        press=${() => show("About")} />`}
    ${turn.node > 0 && last && html`
      <${Tool} name="undo" label=${t("Undo")} title=${t("Undo the last turn")} off=${busy}
          press=${() => talk.press("undo")} />
      ${talk.undone.value && html`<${Tool} name="redo" label=${t("Redo")} off=${busy}
          press=${() => talk.press("redo")} />`}`}
    ${turn.node > 0 && !last && html`<${Tool} name="go" icon="branch" label=${t("Continue from here")} off=${busy}
        press=${() => talk.press("go", { turn: turn.node })} />`}
  </div>`;
}

// Free writing: the last piece can be regenerated or continued.
function DraftActions({ talk, turn, busy }) {
  const latest = talk.lastDraft === turn && turn.cfg === undefined;
  return html`<div class="actions">
    ${latest && html`
      <${Tool} name="again" label=${t("Another answer")} off=${busy} press=${() => talk.rewrite(turn, "again")} />
      <${Tool} name="more" icon="continue" label=${t("Continue")} off=${busy}
          press=${() => talk.rewrite(turn, "more")} />`}
    ${turn.output && html`<${CopyButton} text=${turn.output.trim()} />`}
  </div>`;
}

function Draft({ talk, turn, busy, live, grown }) {
  live?.version.value; // subscribes to its changes
  const command = turn.cfg === undefined ? turn.form ?? "gen" : "compare";
  return html`<article id=${`turn-${turn.node}`} class=${`exchange draft${live ? " running" : ""}`}>
    ${turn.input && html`<${Said} text=${`+${command} ${turn.input}`} />`}
    <${Reply} bot="" text=${live ? growing(live) : turn.output.trim()} busy=${Boolean(live)}
        reason=${turn.finish_reason} grown=${grown} />
    <${DraftActions} talk=${talk} turn=${turn} busy=${busy} />
  </article>`;
}

export function Turn(values) {
  return values.turn.kind === "draft" ? html`<${Draft} ...${values} />` : html`<${TalkTurn} ...${values} />`;
}

function TalkTurn({ talk, turn, last, busy, live, grown }) {
  const [editing, edit] = useState("");
  const [extra, show, close] = useExtra();
  const saving = useRef(false);
  const article = useRef(null);
  const edited = useRef(""); // what was edited before this drawing: its button gets the focus back
  const focus = (selector) => article.current?.querySelector(selector)?.focus();
  useEffect(() => {
    if (!editing && edited.current) focus(edited.current === "input" ? "[data-action=edit-own]" : "[data-action=edit]");
    edited.current = editing;
  }, [editing]);
  const say = (text) => {
    edit("");
    if (!text.trim()) return;
    edited.current = "";
    if (matchMedia("(pointer: fine)").matches) document.getElementById("input").focus(); // no keyboard on a phone
    talk.say(text, [], turn.parent);
  };
  const save = async (text) => { // the words stay if they could not be saved
    if (saving.current) return;
    saving.current = true;
    if (!text.trim() || await talk.press("edit", { text }, turn.node)) edit("");
    saving.current = false;
  };
  live?.version.value; // subscribes to its changes
  const shown = live ? growing(live) : null;
  const face = !turn.speaker || turn.speaker === talk.bot.value ? talk.avatar.value : "";
  const classes = `exchange${last ? " last" : ""}${live ? " running" : ""}`;
  return html`<article id=${`turn-${turn.node}`} ref=${article} class=${classes}>
    ${turn.input && (editing === "input"
      ? html`<${Editor} text=${turn.input} label=${t("Edit your message")} save=${say} cancel=${() => edit("")} />`
      : html`<${Said} text=${turn.input} />`)}
    ${editing === "output"
      ? html`<${Editor} text=${turn.output} label=${t("Edit the answer")} save=${save} cancel=${() => edit("")} />`
      : live ? html`<${Reply} bot=${talk.bot.value} avatar=${face} speaker=${face && talk.bot.value} text=${shown}
          busy=${true} grown=${grown} />`
      : turn.output && html`<${Reply} bot=${talk.bot.value} text=${turn.output} avatar=${face}
          speaker=${turn.speaker || (face && talk.bot.value)}
          reason=${turn.finish_reason} grown=${grown} />`}
    <${Actions} talk=${talk} turn=${turn} last=${last} busy=${busy} edit=${edit} extra=${extra} show=${show} />
    ${extra && html`<${extra.Component} talk=${talk} turn=${turn} busy=${busy}
        close=${() => { close(); focus(".place"); }} />`}
  </article>`;
}

// The text of a rewrite so far; for another answer, null until its text begins.
function growing(item) {
  const reply = item.replies.find((one) => one.kind === "turn");
  if (reply) return item.base + reply.text;
  return item.partial === null ? item.base || null : item.drawn;
}

export function Card({ talk, item, busy, grown }) {
  item.version.value; // subscribes to its changes
  const retriable = item.text && !item.isCommand;
  const retry = html`<button type="button" class="plain retry" aria-disabled=${busy ? "true" : undefined}
    onClick=${() => talk.retry(item)}>${t("Retry")}</button>`;
  const waiting = item.running && !(item.replies.length && item.partial === null);
  const replies = item.replies.map((reply, index) => html`<${Reply} key=${index} bot=${talk.bot.value} ...${reply}
      reason=${reply.finish_reason}
      grown=${grown}>${(reply.kind === "error" || item.unanswered) && retriable && retry}<//>`);
  if (waiting || (item.failed && item.partial !== null)) { // it has the key that it will have as a finished one
    replies.push(html`<${Reply} key=${item.replies.length} bot=${talk.bot.value}
        text=${item.running && item.partial !== null ? item.drawn : item.partial}
        avatar=${item.isCommand ? "" : talk.avatar.value}
        speaker=${item.isCommand || !talk.avatar.value ? "" : talk.bot.value}
        busy=${item.running} grown=${grown} />`);
  }
  return html`<article class=${`exchange card${item.running ? " running" : ""}`}>
    ${item.text && html`<${Said} text=${item.text} />`}
    ${replies}
    ${item.failed && html`<${Reply} key="failed" kind="error" text=${item.failed}
        grown=${grown}>${(retriable || item.command) && retry}<//>`}
    ${item.replies.some((reply) => reply.kind === "turn" && reply.text) && !item.running && html`<div class="actions">
      <${CopyButton} text=${item.replies.at(-1).text} /></div>`}
  </article>`;
}
