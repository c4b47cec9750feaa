// The page's settings and its words in the reader's language.

const settings = JSON.parse(document.getElementById("settings").textContent);

export const { name, language, languages, maxMessageChars, maxFileKb, owner, account, accounts } = settings;

// `text` in the reader's language, its {placeholders} filled in.
export function t(text, values = {}) {
  const found = settings.texts[text] ?? text;
  return found.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

// The words of a part of the page that is fetched when it is first opened.
export async function loadTexts(view) {
  const response = await fetch(`api/texts/${view}`);
  if (!response.ok) throw new Error(response.statusText);
  Object.assign(settings.texts, await response.json());
}
