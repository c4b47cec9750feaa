// Details of an answer: who wrote it, when, how fast, with which settings, and how probable each token was;
// and all answers to the same input side by side.

import { useEffect, useRef, useState } from "./vendor/preact-hooks.js";
import { address, callForFiles, getJson } from "./net.js";
import { language, t } from "./texts.js";
import { html, toast } from "./ui.js";
import { RichText } from "./rich_text.js";

const STEPS = [0.5, 0.2, 0.05]; // probabilities; below each one a token is marked more strongly

function useFound(where) {
  const [found, setFound] = useState(null);
  useEffect(() => { getJson(where).then(setFound, (error) => toast(error.message)); }, [where]);
  return found;
}

function lines(found) {
  const settings = Object.entries(found.sampling).map(([name, value]) => `${name} ${value}`).join(", ");
  const moment = found.created && new Date(found.created).toLocaleString(language.replace("_", "-"));
  return [
    [t("Written by"), found.edited_by || found.speaker || t("the model")],
    found.edited_by && [t("Changed by a person"), t("yes")],
    moment && [t("When"), moment],
    [t("Tokens"), found.tokens],
    found.tokens_per_second && [t("Tokens per second"), found.tokens_per_second],
    settings && [t("Settings"), settings],
  ].filter(Boolean);
}

function Tokens({ tokens }) {
  const mark = (probability) => STEPS.filter((step) => probability < step).length;
  const title = ({ top }) => top.map(([text, probability]) =>
      `${text.trim() || "␣"} ${(100 * probability).toFixed(1)} %`).join("\n");
  return html`<p class="token-list" dir="auto">${tokens.map((token, index) =>
      html`<span key=${index} class=${`token unsure-${mark(token.probability)}`}
    title=${title(token)}>${token.text}</span>`)}</p>
    <p class="note">
        ${t("The darker a token, the less sure the model was of it. Point at one to see what else it might have been.")}
            </p>`;
}

export function About({ talk, turn }) {
  const found = useFound(address("turn", talk.id, turn.node ? { node: turn.node } : {}));
  const [tokens, setTokens] = useState(null);
  const [reading, setReading] = useState(false);
  const ask = async () => {
    setReading(true);
    try {
      const [file] = await callForFiles(talk.id, "probabilities", {}, turn.node);
      const bytes = Uint8Array.from(atob(file.data), (character) => character.charCodeAt(0));
      setTokens(JSON.parse(new TextDecoder().decode(bytes)));
    } catch (error) { toast(error.message); }
    setReading(false);
  };
  return html`<div class="about reply info">
    ${found && html`<dl class="facts">${lines(found).map(([name, value]) =>
        html`<div key=${name}><dt>${name}</dt><dd dir="auto">${value}</dd></div>`)}</dl>`}
    ${tokens ? html`<${Tokens} tokens=${tokens} />` :
        html`<button type="button" class="plain" data-action="probabilities"
      disabled=${reading} onClick=${ask}>${reading ? t("Loading…") : t("How sure was the model?")}</button>`}
  </div>`;
}

export function Answers({ talk, turn, busy, close }) {
  const found = useFound(address("answers", talk.id, turn.node ?
      { node: turn.node, of: talk.positions.value[turn.node]?.[1] ?? 1 } : {}));
  const box = useRef(null);
  useEffect(() => { if (found) box.current.scrollIntoView({ block: "nearest" }); }, [found]);
  const take = async (node) => { close(); await talk.press("go", { turn: node }); };
  return html`<div class="answers" ref=${box} role="list" aria-label=${t("All answers")}>
      ${found?.answers.map(({ node, output }) => html`
    <div key=${node} role="listitem" class=${`answer${node === turn.node ? " current" : ""}`}>
      <${RichText} text=${output} final=${true} />
      ${node !== turn.node && html`<button type="button" class="plain" disabled=${busy}
          onClick=${() => take(node)}>${t("Take this one")}</button>`}
    </div>`)}</div>`;
}
