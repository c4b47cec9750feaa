// Speaking aloud and dictation by the browser's own Web Speech, where it has them.

import { signal } from "./vendor/signals.js";
import { language, t } from "./texts.js";
import { toast } from "./ui.js";

const synthesis = globalThis.speechSynthesis;
const Recognition = globalThis.SpeechRecognition ?? globalThis.webkitSpeechRecognition;
const tag = language.replace("_", "-");

export const canSpeak = signal(Boolean(synthesis?.getVoices().length)); // voices come later in some browsers
export const canHear = Boolean(Recognition);
synthesis?.addEventListener?.("voiceschanged", () => { canSpeak.value = synthesis.getVoices().length > 0; });

const scripts = [[/[\u3040-\u30ff]/, "ja"], [/[\u4e00-\u9fff]/, "zh-CN"]];

// Say `text`, or be silent if something is being said.
export function speak(text) {
  if (synthesis.speaking) { synthesis.cancel(); return; }
  const words = new SpeechSynthesisUtterance(text.replace(/[*_`#>|]/g, ""));
  words.lang = scripts.find(([script]) => script.test(text))?.[1] ?? (tag.startsWith("en") ? tag : "");
  synthesis.speak(words);
}

// Hear one sentence; resolves to its words, "" where none were heard.
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
