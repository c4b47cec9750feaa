// The page's settings and its texts in the user's language.

const settings = JSON.parse(document.getElementById("settings").textContent);

export const { name, language, languages, maxMessageChars, maxFileKb, owner, account, accounts } = settings;

// Translate `text` and fill in its {placeholders}.
export function t(text, values = {}) {
  const found = settings.texts[text] ?? text;
  return found.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

// Load the texts of a view that is loaded on demand.
export async function loadTexts(view) {
  const response = await fetch(`api/texts/${view}`);
  if (!response.ok) throw new Error(response.statusText);
  Object.assign(settings.texts, await response.json());
}
