// Syntax highlighting and formulas for finished texts. Both libraries are loaded on first use.

const LONGEST_CODE = 50_000; // characters; longer code is not highlighted
const LONGEST_FORMULA = 2000;

async function colour(block, code, sanitize) {
  const { default: highlight } = await import("./vendor/highlight.js");
  const language = block.dataset.language;
  if (!highlight.getLanguage(language) || code.textContent.length > LONGEST_CODE) return;
  code.replaceChildren(sanitize(highlight.highlight(code.textContent, { language }).value));
}

async function formula(element) {
  const { default: temml } = await import("./vendor/temml.js");
  const tex = element.textContent;
  if (tex.length > LONGEST_FORMULA) return;
  const drawn = document.createElement("span");
  temml.render(tex, drawn, { displayMode: element.classList.contains("display"), throwOnError: false, trust: false });
  element.replaceChildren(...drawn.childNodes);
}

// `sanitize(html)` returns the coloured code as nodes. Other work may be done between two of them.
export async function enrich(box, sanitize) {
  const codes = [...box.querySelectorAll("pre[data-language] > code")];
  const works = [
    ...codes.map((code) => () => colour(code.parentElement, code, sanitize)),
    ...[...box.querySelectorAll(".math")].map((element) => () => formula(element)),
  ];
  for (const work of works) {
    await work().catch(() => {}); // a text that cannot be enriched stays as it is
    await new Promise((resolve) => { setTimeout(resolve); });
  }
}
