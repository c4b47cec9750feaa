// The end of the log.

import { useEffect, useRef } from "../../vendor/preact-hooks.js";
import { t } from "../../texts.js";
import { html } from "../../ui.js";
import { useReading } from "./reading.js";

const EVERY_SECONDS = 2;

export function Log() {
  const [found] = useReading("api/owner/log", EVERY_SECONDS);
  const box = useRef(null);
  const text = found?.lines.join("\n") ?? "";
  const atEnd = !box.current || box.current.scrollHeight - box.current.scrollTop - box.current.clientHeight < 40;
  useEffect(() => { if (atEnd && box.current) box.current.scrollTop = box.current.scrollHeight; }, [text]);
  return html`<section><h2 id="log-title">${t("Log")}</h2>
    <pre class="log" ref=${box} tabindex="0" role="region"
        aria-labelledby="log-title">${text || t("The log is empty.")}</pre></section>`;
}
