// What a turn looks like. Text from people and from the model enters the page as text nodes only.

import { markdown } from "./markdown.js";
import { t } from "./texts.js";

export const $ = (id) => document.getElementById(id);

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

export function tool(name, label, press, title = label) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "tool";
  button.dataset.action = name;
  button.title = title;
  button.setAttribute("aria-label", label);
  button.append(icon(name));
  button.addEventListener("click", press);
  return button;
}

function download(file) {
  const bytes = Uint8Array.from(atob(file.data), (character) => character.charCodeAt(0));
  const anchor = document.createElement("a");
  anchor.className = "download";
  anchor.download = file.name;
  anchor.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  anchor.setAttribute("aria-label", `${t("Download")}: ${file.name}`);
  anchor.append(icon("file"), file.name);
  return anchor;
}

// A reply under way or finished: text, note, files. `kind` is "turn", "info" or "error".
export class ReplyView {
  constructor() {
    this.element = document.createElement("div");
    this.element.className = "reply turn";
    this.body = document.createElement("div");
    this.body.className = "text";
    this.element.append(this.body);
    this.text = "";
    this.frame = 0;
  }

  wait(label) {
    this.element.classList.add("waiting");
    this.element.setAttribute("aria-busy", "true");
    const dots = document.createElement("span");
    dots.className = "dots";
    dots.setAttribute("role", "img");
    dots.setAttribute("aria-label", label);
    for (let count = 0; count < 3; count += 1) dots.append(document.createElement("i"));
    this.body.replaceChildren(dots);
  }

  // Draws at most once a frame, however fast the text comes.
  grow(text) {
    this.text = text;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
      this.element.dispatchEvent(new Event("grown", { bubbles: true }));
    });
  }

  draw() {
    this.element.classList.remove("waiting");
    this.body.replaceChildren(markdown(this.text));
  }

  finish(text, { kind = "turn", speaker = "", files = [], finishReason = null } = {}) {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.text = text;
    this.element.className = `reply ${kind}`;
    this.element.removeAttribute("aria-busy");
    if (kind === "error") this.element.setAttribute("role", "alert");
    this.draw();
    if (speaker) {
      const name = document.createElement("div");
      name.className = "speaker";
      name.textContent = speaker;
      this.element.prepend(name);
    }
    this.element.append(...files.map(download));
    if (finishReason === "cancelled" || finishReason === "timeout") this.note(t("Cut off here."));
  }

  note(text) {
    const note = document.createElement("div");
    note.className = "note";
    note.textContent = text;
    this.element.append(note);
  }

  offerRetry(press) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain retry";
    button.textContent = t("Retry");
    button.addEventListener("click", press);
    this.element.append(button);
  }
}

// A person's line and the replies to it.
export class TurnView {
  constructor(input = "") {
    this.element = document.createElement("article");
    this.element.className = "exchange";
    this.input = input;
    this.replies = [];
    this.node = null;
    this.key = "";
    if (input) {
      const said = document.createElement("div");
      said.className = "said";
      const who = document.createElement("span");
      who.className = "quiet";
      who.textContent = `${t("You")}: `;
      said.append(who, input);
      this.element.append(said);
    }
    this.bar = document.createElement("div");
    this.bar.className = "actions";
    this.element.append(this.bar);
  }

  get last() {
    return this.replies.at(-1);
  }

  addReply() {
    const reply = new ReplyView();
    this.replies.push(reply);
    this.bar.before(reply.element);
    return reply;
  }

  dropReply(reply) {
    this.replies = this.replies.filter((other) => other !== reply);
    reply.element.remove();
  }

  setActions(...buttons) {
    this.bar.replaceChildren(...buttons);
  }
}

// One turn of the history. A continuation is shown as part of the turn that it continues.
export function turnFromHistory(turn) {
  const view = new TurnView(turn.input);
  view.node = turn.node;
  if (turn.output) view.addReply().finish(turn.output, { finishReason: turn.finish_reason });
  return view;
}

let toastTimer = 0;

// A short word that goes by itself; screen readers hear it too.
export function toast(text) {
  const box = $("announcer");
  box.textContent = text;
  box.classList.add("toast");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => box.classList.remove("toast"), 3500);
}

// For screen readers only.
export function announce(text) {
  const box = $("announcer");
  if (!box.classList.contains("toast")) box.textContent = text;
}
