// Values polled while they are on screen.

import { useEffect, useRef, useState } from "../../vendor/preact-hooks.js";
import { getJson } from "../../net.js";
import { t } from "../../texts.js";
import { html, toast } from "../../ui.js";

// Returns the values at `where`, refreshed every `seconds`, a function that refreshes them immediately, and why the
// first ones could not be read. Nothing is left on screen for who is no longer the owner.
export function useReading(where, seconds) {
  const [found, setFound] = useState(null);
  const [problem, setProblem] = useState("");
  const [turn, setTurn] = useState(0);
  const shown = useRef(false);
  useEffect(() => {
    let timer = 0;
    let here = true;
    const fail = (error) => {
      if (!here) return;
      const ended = error.status === 403;
      if (shown.current && !ended) { toast(error.message); return; }
      setProblem(error.message);
      if (ended) { setFound(null); here = false; }
    };
    const read = async () => {
      try {
        const values = await getJson(where);
        if (here) { setFound(values); shown.current = true; }
      } catch (error) { fail(error); }
      if (here && seconds) timer = setTimeout(read, seconds * 1000);
    };
    read();
    return () => { here = false; clearTimeout(timer); };
  }, [where, seconds, turn]);
  return [found, () => setTurn((number) => number + 1), problem];
}

// Shown until the first values have been read.
export const Waiting = ({ problem }) => html`<p class="loading" role="status">${problem || t("Loading…")}</p>`;

export const size = (bytes) => (bytes < 1 << 30 ? `${(bytes / (1 << 20)).toFixed(1)} MB` :
    `${(bytes / (1 << 30)).toFixed(2)} GB`);
