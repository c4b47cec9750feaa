// Reads dropped or chosen files, including folders; a text card is paired with the image of the same name.

const CARDS = /\.(png|jpe?g|json|charx|ya?ml|toml)$/i;
const TEXTS = /\.(json|ya?ml|toml)$/i;
const PICTURES = /\.(png|jpe?g)$/i;
export const MOST_FILES = 500;

export async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry, found) {
  if (found.length >= MOST_FILES) return;
  if (entry.isFile) {
    found.push(await new Promise((done, failed) => { entry.file(done, failed); }));
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((done, failed) => { reader.readEntries(done, failed); });
    if (!some.length) return;
    for (const child of some) await walk(child, found);
  }
}

// [[card, picture], [card], ...]
export function inPairs(files) {
  const cards = files.filter((file) => CARDS.test(file.name)).slice(0, MOST_FILES);
  const stem = (file) => file.name.replace(/\.[^.]+$/, "").toLowerCase();
  const texts = new Map(cards.filter((file) => TEXTS.test(file.name)).map((file) => [stem(file), file]));
  const beside = new Map(cards.filter((file) => PICTURES.test(file.name) && texts.has(stem(file))).map((file) =>
      [stem(file), file]));
  return cards.filter((file) => beside.get(stem(file)) !== file)
    .map((file) => TEXTS.test(file.name) && beside.has(stem(file)) ? [file, beside.get(stem(file))] : [file]);
}
