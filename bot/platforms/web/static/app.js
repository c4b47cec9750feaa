// The page: one conversation, its message box and its buttons.

import { Chat } from "./chat.js";
import { Completion } from "./completion.js";
import { maxFileKb, maxMessageChars, t } from "./texts.js";
import { $, toast } from "./view.js";

const input = $("input");
const send = $("send");
const chat = new Chat();
const completion = new Completion(input);
let attached = null;
let lastSaid = "";

function fit() {
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight}px`;
  send.disabled = !chat.busy && !input.value.trim() && !attached;
}

function showBusy() {
  const label = t(chat.busy ? "Stop" : "Send");
  send.title = label;
  send.setAttribute("aria-label", label);
  send.classList.toggle("stop", chat.busy);
  send.querySelector("use").setAttribute("href", chat.busy ? "#i-stop" : "#i-send");
  $("reset").disabled = chat.busy;
  fit();
}

function say(text) {
  const files = attached ? [attached] : [];
  lastSaid = text;
  attach(null);
  input.value = "";
  completion.close();
  fit();
  chat.say(text, files);
}

function submit() {
  const text = input.value.trim();
  if (chat.busy || (!text && !attached)) return;
  say(text || (attached ? "+import" : ""));
}

function attach(file) {
  attached = file;
  $("attached").hidden = !file;
  $("attached").firstElementChild.textContent = file ? file.name : "";
  $("file").value = "";
  fit();
}

async function choose(file) {
  if (!file) return;
  if (file.size > maxFileKb * 1024) {
    toast(t("{name} is larger than {limit} kB.", { name: file.name, limit: maxFileKb }));
    return;
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  attach({ name: file.name, data: btoa(binary) });
  input.focus();
}

function changeTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try { localStorage.setItem("theme", root.dataset.theme); } catch { /* then it lasts as long as the page */ }
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (chat.busy) chat.stop();
  else submit();
});
input.maxLength = maxMessageChars;
input.addEventListener("input", fit);
input.addEventListener("typed", fit);
input.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return; // an input method is choosing characters
  if (completion.key(event)) return;
  if (event.key === "ArrowUp" && !input.value && lastSaid) {
    event.preventDefault();
    input.value = lastSaid;
    fit();
  }
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    submit();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && chat.busy && !$("confirm").open) chat.stop();
});
$("attach").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", () => choose($("file").files[0]));
$("attached").querySelector("button").addEventListener("click", () => attach(null));
$("theme").addEventListener("click", changeTheme);
$("reset").addEventListener("click", () => {
  if (chat.isEmpty) input.focus();
  else $("confirm").showModal();
});
$("confirm").addEventListener("close", () => {
  if ($("confirm").returnValue === "yes") chat.press("reset");
  $("confirm").returnValue = "";
  input.focus();
});
for (const starter of document.querySelectorAll(".starter")) {
  starter.addEventListener("click", () => say(starter.textContent));
}
chat.addEventListener("busy", showBusy);
chat.open();
fit();
