// The conversation: what is shown, what runs, and how both follow the server.

import { Scroll } from "./scroll.js";
import { getJson, post, Refused } from "./stream.js";
import { name, t } from "./texts.js";
import { $, announce, toast, tool, turnFromHistory, TurnView } from "./view.js";

const TAB = crypto.getRandomValues(new Uint32Array(2)).join("-");
const STOP_PATIENCE_MS = 3000;

export class Chat extends EventTarget {
  constructor() {
    super();
    this.list = $("messages");
    this.scroll = new Scroll();
    this.turns = []; // TurnViews of the history, in order
    this.position = null; // of the last turn: [2, 3]
    this.bot = name;
    this.abort = null; // of the request that runs
    this.listening = false;
    this.failed = null; // the view of a request that failed, until the next one
  }

  get busy() {
    return this.abort !== null;
  }

  get isEmpty() {
    return !this.list.childElementCount;
  }

  async open() {
    try { await this.sync(); } catch (error) { this.showFailure(new TurnView(), error, () => location.reload()); }
    this.listen();
  }

  // --- what the server has ---------------------------------------------------------------------------------------

  // Show the history as it is now. Views of turns that are still there stay in place, so nothing moves or flickers.
  async sync() {
    const history = await getJson("api/history");
    this.bot = history.bot || name;
    $("prompt").textContent = history.prompt ? history.prompt.title || history.prompt.name : "";
    this.position = history.position ?? null;
    const wanted = fold(history.turns);
    if (history.greeting) wanted.unshift({ node: 0, input: "", output: history.greeting, finish_reason: null });
    this.turns = this.reconcile(wanted);
    this.showEmpty();
    this.showActions();
    $("more").hidden = !history.more;
    this.scroll.follow();
  }

  reconcile(wanted) {
    const old = new Map(this.turns.map((view) => [view.key, view]));
    const views = wanted.map((turn) => {
      const key = JSON.stringify([turn.node, turn.input, turn.output]);
      const view = old.get(key) ?? Object.assign(turnFromHistory(turn), { key });
      old.delete(key);
      return view;
    });
    for (const view of old.values()) view.element.remove();
    let before = this.list.firstElementChild;
    for (const view of views) {
      while (before && before !== view.element && before.classList.contains("card")) before = before.nextElementSibling;
      if (before === view.element) before = before.nextElementSibling;
      else this.list.insertBefore(view.element, before);
    }
    return views;
  }

  showEmpty() {
    $("empty").hidden = !this.isEmpty || this.busy;
  }

  // Buttons stand under the last turn only: that is where HEAD is.
  showActions() {
    const last = this.turns.at(-1);
    for (const view of this.turns) {
      view.element.classList.toggle("last", view === last);
      if (view !== last) view.setActions();
    }
    if (!last || this.busy) return;
    const buttons = [];
    const [number, count] = this.position ?? [1, 1];
    if (count > 1) {
      const left = tool("left", t("Previous answer"), () => this.press("swipe", { step: "left" }));
      const right = tool("right", t("Next answer"), () => this.press("swipe", { step: "right" }));
      left.disabled = number <= 1;
      right.disabled = number >= count;
      const place = document.createElement("span");
      place.className = "place";
      place.textContent = `${number}/${count}`;
      place.setAttribute("role", "img");
      place.setAttribute("aria-label", t("Answer {number} of {count}", { number, count }));
      buttons.push(left, place, right);
    }
    if (last.node) {
      buttons.push(
        tool("again", t("Another answer"), () => this.rewrite(last, "alternate")),
        tool("continue", t("Continue"), () => this.rewrite(last, "continue"), t("Let it write on")),
        tool("undo", t("Undo"), () => this.press("undo"), t("Undo the last turn")),
      );
    }
    if (last.last) buttons.push(this.copyButton(last));
    last.setActions(...buttons);
  }

  copyButton(view) {
    const button = tool("copy", t("Copy"), async () => {
      await navigator.clipboard.writeText(view.last.text);
      button.querySelector("use").setAttribute("href", "#i-check");
      announce(t("Copied"));
      setTimeout(() => button.querySelector("use").setAttribute("href", "#i-copy"), 1500);
    });
    return button;
  }

  // Announcements, and news from this visitor's other pages. Only a visible page keeps the line.
  listen() {
    let source = null;
    const connect = () => {
      if (document.hidden) {
        source?.close();
        source = null;
      } else if (!source) {
        source = new EventSource(`api/events?tab=${TAB}`);
        source.onmessage = (message) => this.hear(JSON.parse(message.data));
      }
    };
    document.addEventListener("visibilitychange", () => {
      connect();
    });
    connect();
  }

  hear(event) {
    // "hello" comes when the line stands; from the second time on, something may have been missed in between.
    const missed = event.type === "hello" && this.listening;
    this.listening = true;
    if ((event.type === "changed" || missed) && !this.busy) this.sync().catch(() => {});
    if (event.type === "announcement") {
      const reply = this.card(new TurnView()).addReply();
      reply.finish(event.text, { kind: "info", speaker: t("Announcement") });
      this.scroll.follow();
      announce(event.text);
    }
  }

  // --- what a person does ------------------------------------------------------------------------------------------

  // Send a line. `files`: [{name, data}], data in base64.
  async say(text, files = []) {
    const view = this.card(new TurnView(text));
    const known = this.turns.at(-1)?.node ?? 0;
    const body = { text, tab: TAB, ...(files.length ? { attachments: files } : {}) };
    const retry = async () => {
      if (!(await this.wasKept(view, known))) this.say(text, files);
    };
    const replies = await this.run(view, "api/chat", body, retry);
    if (replies) await this.settle(view, replies);
    else await this.wasKept(view, known);
    view.element.classList.remove("running");
  }

  // After the line broke: whether the server has the turn nevertheless, at least in part. Then the history shows it.
  async wasKept(view, known) {
    try { await this.sync(); } catch { return false; }
    const last = this.turns.at(-1);
    if (!last || last.node <= known || last.input !== view.input) return false;
    view.element.remove();
    this.failed = null;
    return true;
  }

  // A button that moves in the tree: the history shows what it did.
  async press(command, values = {}) {
    const view = new TurnView();
    const replies = await this.run(view, "api/command", { command, arguments: values, tab: TAB }, null);
    const said = replies?.filter((reply) => reply.kind !== "turn" && reply.text) ?? [];
    if (command === "reset") {
      this.list.replaceChildren();
      this.turns = [];
    }
    await this.sync().catch(() => {});
    for (const reply of said) toast(reply.text);
  }

  // Another answer, or more of the last one: it grows where the last one stands.
  async rewrite(view, command) {
    const before = view.last?.text ?? "";
    const body = { command, tab: TAB, node: view.node };
    view.key = ""; // what it shows is no longer the history's; the next sync makes it anew
    await this.run(view, "api/command", body, () => this.rewrite(this.turns.at(-1), command), {
      base: command === "continue" ? before : "",
    });
    if (this.failed) view.last?.finish(before);
    await this.sync().catch(() => {});
    view.element.classList.remove("running");
  }

  stop() {
    const { abort } = this;
    fetch("api/stop", { method: "POST" }).catch(() => abort?.abort());
    setTimeout(() => { if (this.abort === abort) abort?.abort(); }, STOP_PATIENCE_MS);
  }

  // --- one request -------------------------------------------------------------------------------------------------

  // Run a request and show its frames in `view`. The finished replies; null when it failed, and that is shown.
  // `base`: the view's last reply is written anew, beginning with this text.
  async run(view, address, body, retry, { base = null } = {}) {
    if (this.busy) return null;
    this.clearFailure();
    this.setBusy(new AbortController());
    const { signal } = this.abort;
    const start = base ?? "";
    let reply = base === null ? view.addReply() : view.last ?? view.addReply();
    let text = start;
    if (!start) reply.wait(t("{name} is writing", { name: this.bot }));
    view.setActions();
    view.element.classList.add("running");
    this.scroll.toEnd();
    const replies = [];
    try {
      for await (const event of post(address, body, signal)) {
        if (event.type === "typing") continue;
        if (event.type !== "reply") {
          reply ??= view.addReply();
          text = event.type === "delta" ? text + event.text : start + event.text;
          reply.grow(text);
          continue;
        }
        if (event.kind === "error" && base !== null) {
          this.showFailure(new TurnView(), new Refused(event.text), retry);
        } else {
          reply ??= view.addReply();
          this.finishReply(view, reply, start, event, isCommand(body.text) ? null : retry);
        }
        replies.push(event);
        reply = null;
        text = "";
      }
      if (reply && base === null) view.dropReply(reply);
      return replies;
    } catch (error) {
      if (signal.aborted) return replies;
      this.showFailure(base === null ? view : new TurnView(), error, retry);
      return null;
    } finally {
      this.setBusy(null);
      this.scroll.follow();
    }
  }

  finishReply(view, reply, start, event, retry) {
    const whole = event.kind === "turn" ? start + event.text : event.text;
    const speaker = event.speaker === this.bot ? "" : event.speaker;
    reply.finish(whole, { ...event, speaker, finishReason: event.finish_reason });
    if (event.kind === "error") {
      this.failed = view;
      if (retry) reply.offerRetry(() => this.again(view, retry));
    }
    announce(event.text);
  }

  // After a line was answered: a turn of the tree becomes part of the history; a command's answer stays as a card.
  async settle(view, replies) {
    if (this.failed === view) return;
    try { await this.sync(); } catch { return; }
    const shown = new Set(this.turns.map((turn) => turn.node));
    const said = replies.filter((reply) => reply.kind !== "turn" || reply.node === null || !shown.has(reply.node));
    if (said.length) this.list.append(view.element); // after the turns that it may have brought back
    else view.element.remove();
    this.showEmpty();
    this.scroll.follow();
  }

  again(view, retry) {
    if (this.busy) return;
    if (view.element.classList.contains("card")) view.element.remove();
    retry();
  }

  clearFailure() {
    this.failed?.element.querySelectorAll(".retry").forEach((button) => button.remove());
    this.failed = null;
  }

  showFailure(view, error, retry) {
    const broken = view.last?.element.getAttribute("aria-busy") ? view.last : null;
    if (broken) view.dropReply(broken);
    const reply = view.addReply();
    const words = error instanceof Refused ? error.message || t("The connection broke.")
      : t("Roost does not answer. Is it still running?");
    reply.finish(words, { kind: "error" });
    if (retry) reply.offerRetry(() => this.again(view, retry));
    if (!view.element.isConnected) this.card(view);
    this.failed = view;
    this.showEmpty();
  }

  // Put a view that is no turn of the history at the end of the list.
  card(view) {
    view.element.classList.add("card");
    this.list.append(view.element);
    this.showEmpty();
    return view;
  }

  setBusy(abort) {
    this.abort = abort;
    this.list.setAttribute("aria-busy", String(this.busy));
    if (!this.busy) this.showActions();
    this.showEmpty();
    this.dispatchEvent(new Event("busy"));
  }
}

// What is wrong with a command does not go away by sending it again.
function isCommand(text = "") {
  return text.startsWith("+") || text.startsWith("/");
}

// The server keeps a continuation as a turn of its own; on the page it is the end of the turn before.
function fold(turns) {
  const folded = [];
  for (const turn of turns) {
    const before = folded.at(-1);
    if (turn.kind === "continue" && before) {
      folded[folded.length - 1] = { ...turn, input: before.input, output: before.output + turn.output };
    } else folded.push(turn);
  }
  return folded;
}
