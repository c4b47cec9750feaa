// Make a node equal to another one with the fewest changes, so that the browser keeps what it has laid out and a
// selection stays.

// Return whether `old` could be made equal to `fresh`, whose children it may take over.
export function patch(old, fresh) {
  if (old.nodeName !== fresh.nodeName || !sameAttributes(old, fresh)) return false;
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data === fresh.data) return true;
    if (fresh.data.startsWith(old.data)) old.appendData(fresh.data.slice(old.data.length));
    else old.data = fresh.data;
    return true;
  }
  let at = old.firstChild;
  for (const node of [...fresh.childNodes]) at = put(old, at, node).nextSibling;
  removeFrom(at);
  return true;
}

// Let `fresh` stand where `at` stands in `parent` (null: at the end), and return what stands there now.
export function put(parent, at, fresh) {
  if (!at) parent.append(fresh);
  else if (patch(at, fresh)) return at;
  else at.replaceWith(fresh);
  return fresh;
}

// Remove a node and all that follow it in the same element.
export function removeFrom(node) {
  for (let next = null; node; node = next) {
    next = node.nextSibling;
    node.remove();
  }
}

// A spoiler that the reader has opened stays open.
function sameAttributes(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE || (isSpoiler(old) && isSpoiler(fresh))) return true;
  return old.attributes.length === fresh.attributes.length &&
    [...fresh.attributes].every(({ name, value }) => old.getAttribute(name) === value);
}

const isSpoiler = (element) => element.className === "spoiler";
