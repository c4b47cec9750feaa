// Two branches side by side, from where they fork; words found in only one are marked.

import { useEffect, useState } from "./vendor/preact-hooks.js";
import { address, getJson } from "./net.js";
import { t } from "./texts.js";
import { html } from "./ui.js";

const MOST_CHANGES = 2000; // words, per text; beyond that it is shown without marks

// Each text as [words, kind] pieces; kind 0: in both, 1: only here.
function pieces(differ, one, other) {
  const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });
  const parts = differ.diffWordsWithSpace(one, other, { intlSegmenter: segmenter, maxEditLength: MOST_CHANGES });
  if (!parts) return [[[one, 0]], [[other, 0]]];
  return [parts.filter((part) => !part.added).map((part) => [part.value, part.removed ? 1 : 0]),
    parts.filter((part) => !part.removed).map((part) => [part.value, part.added ? 1 : 0])];
}

function Marked({ words, tag }) {
  return words.map(([text, kind], place) => (kind ? html`<${tag} key=${place}>${text}<//>` : text));
}

function Turn({ turn, input, output, tag }) {
  if (!turn) return html`<td class="nothing"></td>`;
  return html`<td dir="auto">${turn.input && html`<p class="compared-said"><${Marked} words=${input} tag=${tag} /></p>`}
    <p>${turn.speaker && html`<span class="speaker">${turn.speaker}: </span>`}<${Marked} words=${output}
        tag=${tag} /></p></td>`;
}

function Row({ differ, one, other }) {
  const inputs = pieces(differ, one?.input ?? "", other?.input ?? "");
  const outputs = pieces(differ, one?.output ?? "", other?.output ?? "");
  return html`<tr><${Turn} turn=${one} input=${inputs[0]} output=${outputs[0]} tag="del" />
    <${Turn} turn=${other} input=${inputs[1]} output=${outputs[1]} tag="ins" /></tr>`;
}

// `one`, `other`: the last turns of the branches, [id, name].
export function Compare({ talk, one, other, failed }) {
  const [found, setFound] = useState(null);
  const read = async () => {
    try {
      const [{ branches }, { default: differ }] = await Promise.all([
        getJson(address("tree/compare", talk.id, { one: one[0], other: other[0] })), import("./vendor/diff.js")]);
      setFound({ branches, differ });
    } catch (error) { failed(error); }
  };
  useEffect(() => { read(); }, [one[0], other[0]]);
  if (!found) return html`<p class="loading" role="status">${t("Loading…")}</p>`;
  const [left, right] = found.branches;
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, place) => [left[place], right[place]]);
  return html`<div class="compared" tabindex="0" role="region" aria-label=${t("Two branches side by side")}>
    <table><thead><tr><th scope="col" dir="auto">${one[1]}</th><th scope="col" dir="auto">${other[1]}</th></tr></thead>
    <tbody>${rows.map(([mine, theirs], place) => html`<${Row} key=${place} differ=${found.differ} one=${mine}
        other=${theirs} />`)}</tbody></table></div>`;
}
