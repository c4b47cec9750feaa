// The list of commands above the message box while a command is typed. Nothing is selected at first, so Enter sends
// what was typed.

import { useEffect, useRef, useState } from "./vendor/preact-hooks.js";
import { address, getJson } from "./net.js";
import { t } from "./texts.js";
import { html, withCode } from "./ui.js";

const SHOWN = 60;
let known = null;

async function commands() {
  known ??= (await getJson(address("commands", ""))).commands;
  return known;
}

// Offers are {label, note, text}: what is shown, and the box's content once chosen.
async function offersFor(value, conversation) {
  const command = /^([+/])([\p{L}\w-]*)$/u.exec(value);
  const argument = /^([+/])([\p{L}\w-]+) (\S*)$/u.exec(value);
  if (command) return named(await commands(), command[1], command[2]);
  if (!argument) return [];
  const [, sign, name, typed] = argument;
  const found = (await commands()).find((other) => other.name === name || other.aliases.includes(name));
  if (!found?.completes) return [];
  const { values } = await getJson(address("complete", conversation, { command: found.name, prefix: typed }));
  if (values.length === 1 && values[0] === typed) return [];
  return values.map((text) => ({ label: text, note: "", text: `${sign}${name} ${text}` }));
}

function named(all, sign, typed) {
  const fits = (word) => word.toLowerCase().startsWith(typed.toLowerCase());
  return all.filter((command) => fits(command.name) || command.aliases.some(fits)).slice(0, SHOWN).map((command) => ({
    label: sign + command.usage,
    note: command.summary,
    text: sign + command.name + (command.usage.includes(" ") ? " " : ""),
  }));
}

// The list's state for the box's `value`; `keys(event)` returns whether it consumed a key.
export function useCompletion(value, conversation, take) {
  const [offers, setOffers] = useState([]);
  const [at, setAt] = useState(-1);
  const closed = useRef(value); // a draft from an earlier visit opens no list
  useEffect(() => {
    let here = true;
    const show = (found) => {
      if (!here) return;
      setOffers(closed.current === value ? [] : found);
      setAt(-1);
    };
    if (/^[+/]/.test(value)) offersFor(value, conversation).then(show, () => show([]));
    else show([]);
    return () => { here = false; };
  }, [value, conversation]);
  const close = () => { closed.current = value; setOffers([]); };
  const accept = (offer) => { take(offer.text); if (!offer.text.endsWith(" ")) closed.current = offer.text; };
  const keys = (event) => {
    if (!offers.length) return false;
    const count = offers.length;
    if (event.key === "ArrowDown") setAt((at + 1) % count);
    else if (event.key === "ArrowUp") setAt((at + (at < 0 ? count : count - 1)) % count);
    else if (event.key === "Tab" && !event.shiftKey) accept(offers[Math.max(at, 0)]);
    else if (event.key === "Enter" && !event.shiftKey && at >= 0) accept(offers[at]);
    else if (event.key === "Escape") close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { offers, at, keys, accept, close };
}

export function Offers({ offers, at, accept, keys, close }) {
  const list = useRef(null);
  useEffect(() => { list.current?.children[at]?.scrollIntoView({ block: "nearest" }); }, [at]);
  return html`<ul id="completions" role="listbox" aria-label=${t("Commands")} hidden=${!offers.length} ref=${list}
      tabindex="0" onKeyDown=${keys} onBlur=${close}>
    ${offers.map((offer, index) => html`<li key=${offer.label} id=${`completion-${index}`} role="option"
      aria-selected=${String(index === at)} onPointerDown=${(event) => { event.preventDefault(); accept(offer); }}>
      <code>${offer.label}</code><span>${withCode(offer.note)}</span></li>`)}
  </ul>`;
}
