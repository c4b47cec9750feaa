// What early.js began before the modules had loaded. The page of a shared conversation has no such script.

const early = globalThis.early;

// The answer to a request, or undefined; each can be taken once.
export function begun(where) {
  const answer = early?.answers.get(where);
  early?.answers.delete(where);
  return answer;
}

// What was typed into the message box of the HTML, and whether Enter was pressed; null when taken already.
export function typed() {
  if (!early || early.taken) return null;
  early.taken = true;
  return { text: document.getElementById("input")?.value ?? "", sent: early.sent };
}
