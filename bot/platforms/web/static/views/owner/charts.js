// Charts of the last day.

import UPlot from "../../vendor/uplot.js";
import { useEffect, useRef } from "../../vendor/preact-hooks.js";
import { language, t } from "../../texts.js";
import { html } from "../../ui.js";
import { useReading, Waiting } from "./reading.js";

const clock = (options) => new Intl.DateTimeFormat(language.replace("_", "-"), options);
const MINUTE = clock({ hour: "numeric", minute: "2-digit" });
const MOMENT = clock({ dateStyle: "short", timeStyle: "short" });
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360].map((minutes) => 60 * minutes); // on the axis of time
const EVERY_SECONDS = 60;
const HEIGHT_PX = 180;
const MEGABYTE = 1 << 20;
const CHARTS = [
  [t("Tokens per second"), (found) => found.tokens_per_second],
  [t("Seconds to the first token"), (found) => found.first_token_seconds],
  [t("Replies being written"), (found) => found.rows],
  [t("Waiting"), (found) => found.waiting],
  [t("Memory in MB"), (found) => found.memory.map((bytes) => bytes / MEGABYTE)],
];

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function Chart({ title, times, values }) {
  const box = useRef(null);
  useEffect(() => {
    const here = box.current;
    const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
    const options = {
      width: here.clientWidth, height: HEIGHT_PX, cursor: { drag: { x: false } }, legend: { live: true },
      axes: [{ ...axis, incrs: STEPS, values: (_, all) => all.map((time) => MINUTE.format(1000 * time)) },
        { ...axis, size: 60 }], scales: {
          y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(1, high ?? 1)] } },
      series: [{ label: t("Time"), value: (_, time) => (time === null ? "–" : MOMENT.format(1000 * time)) },
        { label: title, stroke: colour("--accent"), width: 2, spanGaps: true,
          points: { show: times.length < 3 } }],
    };
    const plot = new UPlot(options, [times, values], here);
    const observer = new ResizeObserver(() => plot.setSize({ width: here.clientWidth, height: HEIGHT_PX }));
    observer.observe(here);
    return () => { observer.disconnect(); plot.destroy(); };
  }, [times, values]);
  const known = values.filter((value) => value !== null);
  const last = known.length ? known.at(-1).toFixed(1) : "–";
  return html`<section><h2>${title}</h2><div class="chart" ref=${box} role="img"
    aria-label=${t("{title}: {last} now, {most} at most",
        { title, last, most: known.length ? Math.max(...known).toFixed(1) : "–" })}></div></section>`;
}

export function Charts() {
  const [found, , problem] = useReading("api/owner/charts", EVERY_SECONDS);
  if (!found) return html`<${Waiting} problem=${problem} />`;
  if (!found.time.length) return html`<p class="loading" role="status">${t("The first minute is not over yet.")}</p>`;
  return html`<div class="charts">${CHARTS.map(([title, values]) => html`<${Chart} key=${title} title=${title}
      times=${found.time} values=${values(found)} />`)}</div>`;
}
