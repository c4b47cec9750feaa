// The conversation as a tree: every turn a dot, HEAD and named turns marked; for viewing and for jumping to a turn.

import { hierarchy, tree as layout } from "./vendor/d3-hierarchy.js";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "./vendor/preact-hooks.js";
import { Compare } from "./compare.js";
import { address, callCommand, getJson } from "./net.js";
import { t } from "./texts.js";
import { html, toast, Tool } from "./ui.js";

const ACROSS = 30;
const DOWN = 44;
const MARGIN = 40;
const SCALES = [0.2, 0.35, 0.5, 0.7, 1, 1.4, 2];

// The position of each turn. Turns whose parents are not drawn are roots.
function placed(turns) {
  const known = new Map(turns.map((turn) => [turn.node, { turn, children: [] }]));
  const top = { turn: null, children: [] };
  for (const entry of known.values()) (known.get(entry.turn.parent) ?? top).children.push(entry);
  const root = layout().nodeSize([ACROSS, DOWN])(hierarchy(top));
  const spots = root.descendants().slice(1);
  const left = Math.min(0, ...spots.map((spot) => spot.x));
  for (const spot of spots) Object.assign(spot, { x: spot.x - left + MARGIN, y: spot.y - DOWN + MARGIN });
  const named = spots.some((spot) => spot.data.turn.names.length); // names stand to the right of their turns
  const width = Math.max(0, ...spots.map((spot) => spot.x)) + (named ? 5 : 1) * MARGIN;
  const height = Math.max(0, ...spots.map((spot) => spot.y)) + MARGIN;
  const links = spots.filter((spot) => spot.parent.data.turn).map(({ x, y, parent }) =>
    `M${parent.x} ${parent.y}C${parent.x} ${parent.y + DOWN / 2} ${x} ${y - DOWN / 2} ${x} ${y}`).join("");
  return { spots, byNode: new Map(spots.map((spot) => [spot.data.turn.node, spot])), width, height, links };
}

// The largest size at which all of a small tree is seen; a large one is scrolled.
function fitting({ width, height }, { clientWidth, clientHeight }) {
  const fits = (scale) => scale >= 1 && width * scale <= clientWidth && height * scale <= clientHeight;
  return Math.max(SCALES.indexOf(1), SCALES.findLastIndex(fits));
}

function label(turn) {
  if (turn.kind === "root") return t("Beginning");
  const answered = turn.output.replace(/\s+/g, " ").trim();
  return turn.input ? `${turn.input.replace(/\s+/g, " ").trim()} → ${answered}` : answered;
}

function Dots({ picture, head, chosen, marked, choose }) {
  return picture.spots.map(({ x, y, data: { turn } }) =>
      html`<g key=${turn.node} id=${`tree-${turn.node}`} role="treeitem"
      class=${`dot${turn.node === head ? " head" : ""}${turn.node === chosen ? " chosen" : ""}${
          turn.node === marked ? " marked" : ""}`}
          aria-label=${label(turn)}
      aria-selected=${String(turn.node === chosen)} onClick=${() => choose(turn.node)}>
    <circle cx=${x} cy=${y} r=${turn.node === head ? 9 : 6} /><circle cx=${x} cy=${y} r="14" class="target" />
    <title>${label(turn)}</title>
    ${turn.names.length > 0 && html`<text x=${x + 13} y=${y + 4}>${turn.names.join(", ")}</text>`}</g>`);
}

// The turn reached by an arrow key.
function step(picture, chosen, key) {
  const spot = picture.byNode.get(chosen);
  if (!spot) return null;
  if (key === "ArrowUp") return spot.parent?.data.turn?.node;
  if (key === "ArrowDown") return spot.children?.[0].data.turn.node;
  const row = picture.spots.filter((other) => other.y === spot.y).sort((one, other) => one.x - other.x);
  return row[row.indexOf(spot) + (key === "ArrowLeft" ? -1 : 1)]?.data.turn.node;
}

const titled = (turn) => [turn.node, turn.names.join(", ") || label(turn).slice(0, 60)];

// `marked`: the first of two turns to compare.
function Comparing({ turn, marked, mark, compare }) {
  if (!marked) {
    return html`<button type="button" class="plain" data-action="tree-mark"
        onClick=${() => mark(turn.node)}>${t("Compare…")}</button>`;
  }
  if (marked.node === turn.node) {
    return html`<p class="hint" role="status">${t("Choose the turn to compare it with.")}</p>
      <button type="button" class="plain" onClick=${() => mark(null)}>${t("Cancel")}</button>`;
  }
  return html`<button type="button" class="strong" data-action="tree-compare"
      onClick=${compare}>${t("Compare with {turn}", { turn: label(marked).slice(0, 30) })}</button>
    <button type="button" class="plain" onClick=${() => mark(null)}>${t("Cancel")}</button>`;
}

function Chosen({ talk, turn, head, done, children }) {
  const go = async () => { await talk.press("go", { turn: turn.node }); done(); };
  const named = async (event, command) => {
    event.preventDefault();
    const name = new FormData(event.target).get("name").trim();
    if (!name) return;
    try {
      await callCommand(talk.id, "go", { turn: turn.node });
      for (const text of await callCommand(talk.id, command, { name })) toast(text);
    } catch (error) { toast(error.message); }
    await talk.sync().catch(() => {});
    done();
  };
  return html`<div class="chosen-turn">
    <div class="chosen-text" dir="auto">${turn.input && html`<p><strong>${turn.input}</strong></p>`}<p>${turn.output ||
        label(turn)}</p></div>
    <div class="choices">
      ${turn.node !== head && html`<button type="button" class="strong" data-action="tree-go"
          onClick=${go}>${t("Continue from here")}</button>`}
      ${children}
      <form class="rename" onSubmit=${(event) => named(event, "branch")}><input name="name" maxlength="64"
          aria-label=${t("Name of a new branch")}
        placeholder=${t("Name of a new branch")} /><button class="plain">${t("Branch")}</button></form></div></div>`;
}

// `at`: the turn selected at first; HEAD if it is not drawn.
export function Tree({ talk, close, at }) {
  const [found, setFound] = useState(null);
  const [chosen, choose] = useState(null);
  const [size, setSize] = useState(SCALES.indexOf(1));
  const [mark, setMark] = useState(null);
  const [comparing, setComparing] = useState(false);
  const box = useRef(null);
  const ground = useRef(null);
  const picture = useMemo(() => placed(found?.turns ?? []), [found]);
  const read = async () => {
    try {
      const tree = await getJson(address("tree", talk.id));
      if (!ground.current) return; // closed meanwhile
      setFound(tree);
      setSize(fitting(placed(tree.turns), ground.current));
      choose(tree.turns.some((turn) => turn.node === at) ? at : tree.head);
    } catch (error) { toast(error.message); }
  };
  useEffect(() => { box.current.showModal(); read(); }, []);
  useLayoutEffect(() => { // keep the selected turn in view
    const spot = picture.byNode.get(chosen);
    if (!spot) return;
    const { clientWidth, clientHeight, scrollLeft, scrollTop } = ground.current;
    const [x, y] = [spot.x * SCALES[size], spot.y * SCALES[size]];
    if (x < scrollLeft + 40 || x > scrollLeft + clientWidth - 40) ground.current.scrollLeft = x - clientWidth / 2;
    if (y < scrollTop + 40 || y > scrollTop + clientHeight - 40) ground.current.scrollTop = y - clientHeight / 2;
  }, [picture, chosen, size]);
  const zoom = (way) => setSize(Math.max(0, Math.min(SCALES.length - 1, size + way)));
  const turn = picture.byNode.get(chosen)?.data.turn;
  const marked = picture.byNode.get(mark)?.data.turn;
  const compare = () => setComparing(true);
  const back = () => { setComparing(false); setMark(null); };
  useEffect(() => { if (!comparing) ground.current?.focus(); }, [comparing]);
  const keys = (event) => {
    if (event.key === "+" || event.key === "-") zoom(event.key === "+" ? 1 : -1);
    else if (event.key === "c" && !event.ctrlKey && !event.metaKey && turn) {
      if (marked && mark !== chosen) compare();
      else setMark(mark === chosen ? null : chosen);
    } else if (event.key === "Enter") box.current.querySelector("[data-action=tree-go]")?.click();
    else if (event.key.startsWith("Arrow")) choose(step(picture, chosen, event.key) ?? chosen);
    else return;
    event.preventDefault();
  };
  const wheel = (event) => { if (event.ctrlKey) { event.preventDefault(); zoom(event.deltaY < 0 ? 1 : -1); } };
  const dots = useMemo(() => html`<${Dots} picture=${picture} head=${found?.head} chosen=${chosen} marked=${mark}
      choose=${choose} />`, [picture, chosen, mark]);
  return html`<dialog id="tree-drawer" class="drawer wide" ref=${box} aria-labelledby="tree-title" onClose=${close}>
    <div class="drawer-head"><h2 id="tree-title">${comparing ? t("Two branches side by side") :
        t("Tree of the conversation")}</h2><div>
      ${!comparing && html`<${Tool} name="smaller" icon="minus" label=${t("Smaller")} off=${size === 0}
          press=${() => zoom(-1)} />
      <${Tool} name="larger" icon="plus" label=${t("Larger")} off=${size === SCALES.length - 1}
          press=${() => zoom(1)} />`}
      <${Tool} name="close-tree" icon="close" label=${t("Close")} press=${() => box.current.close()} /></div></div>
    ${found && found.count > found.turns.length && html`<p
        class="hint">${t("The nearest {shown} of {count} turns are shown.",
      { shown: found.turns.length, count: found.count })}</p>`}
    ${comparing && html`<${Compare} talk=${talk} one=${titled(marked)} other=${titled(turn)}
        failed=${(error) => { toast(error.message); back(); }} />
      <div class="choices"><button type="button" class="plain" data-action="tree-back" ref=${(button) =>
          button?.focus()} onClick=${back}>${t("Back to the tree")}</button></div>`}
    <div class="tree" hidden=${comparing} ref=${ground} tabindex="0" role="tree"
        aria-label=${t("Tree of the conversation")}
        aria-activedescendant=${turn ? `tree-${chosen}` : undefined} onKeyDown=${keys} onWheel=${wheel}>
      <svg class="branches" width=${picture.width * SCALES[size]} height=${picture.height * SCALES[size]}
          role="presentation"
        viewBox=${`0 0 ${picture.width} ${picture.height}`}><path d=${picture.links} />${dots}</svg></div>
    ${turn && !comparing && html`<${Chosen} key=${chosen} talk=${talk} turn=${turn} head=${found.head}
        done=${() => box.current.close()}><${Comparing} turn=${turn} marked=${marked} mark=${setMark}
        compare=${compare} /><//>`}
  </dialog>`;
}
