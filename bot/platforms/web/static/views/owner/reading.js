// Values polled while they are on screen.

import { useEffect, useState } from "../../vendor/preact-hooks.js";
import { getJson } from "../../net.js";
import { toast } from "../../ui.js";

// Returns the values at `where`, refreshed every `seconds`, and a function that refreshes them immediately.
export function useReading(where, seconds) {
  const [found, setFound] = useState(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let timer = 0;
    let here = true;
    const read = async () => {
      try {
        const values = await getJson(where);
        if (here) setFound(values);
      } catch (error) { toast(error.message); }
      if (here && seconds) timer = setTimeout(read, seconds * 1000);
    };
    read();
    return () => { here = false; clearTimeout(timer); };
  }, [where, seconds, turn]);
  return [found, () => setTurn((number) => number + 1)];
}

export const size = (bytes) => (bytes < 1 << 30 ? `${(bytes / (1 << 20)).toFixed(1)} MB` :
    `${(bytes / (1 << 30)).toFixed(2)} GB`);
