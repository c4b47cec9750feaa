// Reading aloud and dictation with the browser's Web Speech API, where available.

import { signal } from "./vendor/signals.js";
import { language, t } from "./texts.js";
import { toast } from "./ui.js";

const synthesis = globalThis.speechSynthesis;
const Recognition = globalThis.SpeechRecognition ?? globalThis.webkitSpeechRecognition;
const tag = language.replace("_", "-");

export const canSpeak = signal(Boolean(synthesis?.getVoices().length)); // some browsers load voices later
export const canHear = Boolean(Recognition);
synthesis?.addEventListener?.("voiceschanged", () => { canSpeak.value = synthesis.getVoices().length > 0; });

const scripts = [[/[\u3040-\u30ff]/, "ja"], [/[\u4e00-\u9fff]/, "zh-CN"]];

// Speak `text`, or stop if something is being spoken.
export function speak(text) {
  if (synthesis.speaking) { synthesis.cancel(); return; }
  const words = new SpeechSynthesisUtterance(text.replace(/[*_`#>|]/g, ""));
  words.lang = scripts.find(([script]) => script.test(text))?.[1] ?? (tag.startsWith("en") ? tag : "");
  synthesis.speak(words);
}

// Recognize one sentence; resolves to its text, or "" if nothing was heard.
export function dictate() {
  return new Promise((done) => {
    const recognition = new Recognition();
    recognition.lang = tag;
    recognition.onresult = (event) => done(event.results[0][0].transcript);
    recognition.onerror = (event) => { if (event.error !== "no-speech") toast(t("Dictation is not possible here.")); };
    recognition.onend = () => done("");
    recognition.start();
  });
}
