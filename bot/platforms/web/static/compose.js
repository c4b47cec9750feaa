// The message box: text, attached file, send and stop.

import { useEffect, useLayoutEffect, useRef, useState } from "./vendor/preact-hooks.js";
import { Offers, useCompletion } from "./completion.js";
import { typed } from "./first_html.js";
import { recall, remember } from "./keep.js";
import { canHear, dictate } from "./speech.js";
import { maxFileKb, maxMessageChars, t } from "./texts.js";
import { html, Icon, toast, Tool } from "./ui.js";

const coarse = matchMedia("(pointer: coarse)"); // touch: Enter starts a new line, only the button sends

export async function enclose(file) {
  if (file.size > maxFileKb * 1024) {
    toast(t("{name} is larger than {limit} kB.", { name: file.name, limit: maxFileKb }));
    return null;
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return { name: file.name, data: btoa(binary), command: isCard(file.name, bytes) ? "+character import" : "+import" };
}

// Whether a file is a character: an image, an archive, or JSON with a card's fields.
function isCard(name, bytes) {
  if (/\.(png|webp|charx)$/i.test(name)) return true;
  if (!/\.json$/i.test(name)) return false;
  try {
    const table = JSON.parse(new TextDecoder().decode(bytes));
    return String(table.spec ?? "").startsWith("chara_card") || "first_mes" in table || "char_name" in table;
  } catch { return false; }
}

function Attached({ file, remove }) {
  return html`<div id="attached" class="attached"><span>${file.name}</span>
    <button type="button" class="plain" title=${t("Remove the file")} aria-label=${t("Remove the file")}
        onClick=${remove}>×</button></div>`;
}

export function Compose({ talk, busy }) {
  const draft = `roost.draft.${talk.id}`;
  const [early] = useState(typed);
  const [text, setText] = useState(() => early?.text || recall(draft, ""));
  const [file, setFile] = useState(null);
  const box = useRef(null);
  const picker = useRef(null);
  const before = useRef("");
  const wanted = useRef(early?.sent); // sent before the history had loaded
  const change = (value) => { setText(value); remember(draft, value); };
  const offered = useCompletion(text, talk.id, (value) => { change(value); box.current.focus(); });
  useLayoutEffect(() => {
    box.current.style.height = "auto";
    box.current.style.height = `${box.current.scrollHeight}px`;
  }, [text]);
  useEffect(() => { if (!coarse.matches) box.current.focus(); }, []);
  useEffect(() => { // text written for the user by the model
    const propose = (event) => { change(event.detail); box.current.focus(); };
    document.addEventListener("propose", propose);
    return () => document.removeEventListener("propose", propose);
  }, []);
  useEffect(() => { // files may be dropped anywhere on the page
    const over = (event) => { if (event.dataTransfer?.types.includes("Files")) event.preventDefault(); };
    const drop = async (event) => {
      const [dropped] = event.dataTransfer?.files ?? [];
      if (!dropped) return;
      event.preventDefault();
      setFile(await enclose(dropped));
    };
    document.addEventListener("dragover", over);
    document.addEventListener("drop", drop);
    return () => { document.removeEventListener("dragover", over); document.removeEventListener("drop", drop); };
  }, []);

  const submit = () => {
    const said = text.trim() ? text : file?.command ?? "";
    if (busy || !said) return;
    wanted.current = !talk.loaded.value;
    if (wanted.current) return;
    if (text.length > maxMessageChars) {
      toast(t("The message is too long: {count} characters; the limit is {limit}.",
          { count: text.length, limit: maxMessageChars }));
      return;
    }
    before.current = text;
    change("");
    setFile(null);
    offered.close();
    talk.say(said.replace(/^\s+|\s+$/g, ""), file ? [{ name: file.name, data: file.data }] : []);
  };
  useEffect(() => { if (early?.text) remember(draft, early.text); }, []);
  useEffect(() => { if (wanted.current && talk.loaded.value) submit(); }, [talk.loaded.value]);
  const keys = (event) => {
    if (event.isComposing || event.keyCode === 229) return; // an input method is composing
    if (offered.keys(event)) return;
    if (event.key === "ArrowUp" && !text && before.current) { event.preventDefault(); change(before.current); }
    if (event.key === "Enter" && !event.shiftKey && !coarse.matches) { event.preventDefault(); submit(); }
  };
  const paste = async (event) => { // programs put text and a picture of it on the clipboard: then the text is meant
    const [pasted] = event.clipboardData.files;
    if (!pasted || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    setFile(await enclose(pasted));
  };
  const label = busy ? t("Stop") : t("Send");
  const long = text.length > maxMessageChars;
  return html`<${Offers} ...${offered} />
    <form id="form" autocomplete="off" onSubmit=${(event) =>
        { event.preventDefault(); if (busy) talk.stop(); else submit(); }}>
      ${file && html`<${Attached} file=${file} remove=${() => setFile(null)} />`}
      <div class="line">
        <${Tool} id="attach" name="attach" icon="clip" label=${t("Attach a file")}
            press=${() => picker.current.click()} />
        <input id="file" ref=${picker} type="file" hidden tabindex="-1" aria-label=${t("Attach a file")}
          onChange=${async (event) => { const [chosen] = event.target.files; event.target.value =
              ""; if (chosen) setFile(await enclose(chosen)); }} />
        <textarea id="input" ref=${box} rows="1" dir="auto" placeholder=${t("Write a message…")}
            aria-label=${t("Message")}
          aria-describedby="keys" aria-autocomplete="list" aria-controls="completions" aria-haspopup="listbox"
          enterkeyhint=${coarse.matches ? "enter" : "send"}
          aria-activedescendant=${offered.at >= 0 ? `completion-${offered.at}` : undefined}
              aria-invalid=${long ? "true" : undefined}
          value=${text} onInput=${(event) => change(event.target.value)} onKeyDown=${keys} onPaste=${paste}
              onBlur=${(event) => event.relatedTarget?.id !== "completions" && offered.close()}></textarea>
        ${canHear && html`<${Tool} name="dictate" label=${t("Dictate")} press=${async () => {
          const words = await dictate();
          const typed = box.current?.value ?? recall(draft, "");
          if (words) change(typed ? `${typed} ${words}` : words);
        }} />`}
        <button id="send" class=${`send${busy ? " stop" : ""}`} type="submit" disabled=${!busy && !text.trim() && !file}
          title=${label} aria-label=${label}><${Icon} name=${busy ? "stop" : "send"} /></button>
      </div>
      ${text.length > maxMessageChars * 0.9 && html`<div id="count"
          class=${`count${long ? " long" : ""}`}>${text.length} / ${maxMessageChars}</div>`}
      <span id="keys" class="quiet">${t("Enter sends, Shift+Enter starts a new line.")}</span>
    </form>`;
}
