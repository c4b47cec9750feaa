// Part of the HTML. Asks for what the page will show first, and keeps what is typed before the modules have loaded.
(() => {
  const recall = (name) => {
    try { return JSON.parse(localStorage.getItem(name)) || ""; } catch { return ""; }
  };
  const [, view = "talk", place = ""] = /^#\/?(\w+)\/?(-$|-\/|[0-9a-f]{8}\b)?/.exec(location.hash) ?? [];
  const id = view === "talk" && place ? place.replace(/^-.*/, "") : recall("roost.last");
  const touch = matchMedia("(pointer: coarse)").matches;
  const begin = (where) => {
    const answer = fetch(where, { headers: { Accept: "application/json" } });
    answer.catch(() => {}); // handled where it is awaited
    return [where, answer];
  };
  const early = globalThis.early = {
    answers: new Map([begin(id ? `api/history?c=${id}` : "api/history"), begin("api/conversations")]),
    sent: false, // whether Enter was pressed
    taken: false, // whether the page has taken over the message box
  };
  document.addEventListener("readystatechange", () => { // as soon as the HTML is read, before the modules run
    const box = document.getElementById("input");
    if (document.readyState !== "interactive" || !box) return;
    if (view !== "talk") { box.closest("footer").remove(); return; }
    box.value ||= recall(`roost.draft.${id}`);
    if (!touch) box.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (early.taken || touch || event.target.id !== "input" || event.key !== "Enter" || event.shiftKey ||
        event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    early.sent = true;
  });
})();
