// Lists everything that escapes its message when `texts` are shown growing in #trial; `css`: style sheets before that.
async ([texts, css]) => {
  const { GrowingText } = await import("./static/growing_text.js");
  const words = (text) => new Set(text.split(" "));
  // The elements that a text may become; below <math>, those of formulas, with their own styles.
  const ELEMENTS = words("p br strong em s code pre blockquote ul ol li hr a span h1 h2 h3 h4 h5 h6 table thead tbody "
    + "tr th td input");
  const ATTRIBUTES = words("href title start align class data-language rel target type checked disabled role tabindex "
    + "aria-label aria-expanded");
  const FORMULA = "http://www.w3.org/1998/Math/MathML";
  const trial = document.querySelector("#trial");
  const found = [];

  const rectangle = (node) => {
    const { x, y, width, height } = node.getBoundingClientRect();
    return [node.tagName, node.id, x, y, width, height];
  };
  const outside = () => JSON.stringify([...document.querySelectorAll("body *")].filter((node) =>
    !node.closest("#trial")).map(rectangle));

  const checkAttributes = (text, node, formula) => {
    for (const { name, value } of node.attributes) {
      const known = formula || ATTRIBUTES.has(name) || (name === "style" && node.closest(".math"));
      if (!known || /^on|^src|^xlink|^id$|^name$/i.test(name)) found.push([text, "attribute", node.outerHTML]);
      const address = value.replace(/[\u0000-\u0020]/g, "");
      if (name === "href" && /^(javascript|data|vbscript|blob|file):/i.test(address))
        found.push([text, "address", node.outerHTML]);
    }
  };
  const checkMessage = (text, box) => {
    for (const node of box.querySelectorAll("*")) {
      const formula = node.namespaceURI === FORMULA;
      if (!formula && !ELEMENTS.has(node.localName)) found.push([text, "element", node.outerHTML]);
      checkAttributes(text, node, formula);
      const allowed = node.closest(".math") ? /static|relative|absolute/ : /static/; // moved below the message
      if (!allowed.test(getComputedStyle(node).position)) found.push([text, "position", node.outerHTML]);
    }
    const { overflow, position } = getComputedStyle(box);
    if (overflow !== "clip" || position !== "relative") found.push([text, "may leave its place", ""]);
  };
  const show = async (text) => {
    const box = Object.assign(document.createElement("div"), { className: "text" });
    trial.append(box);
    const growing = new GrowingText(box);
    for (let end = 0; end < text.length; end += 1 + Math.floor(text.length / 3)) growing.show(text.slice(0, end));
    await growing.show(text, true);
    checkMessage(text, box);
  };

  window.alert = () => { window.harm = 1; };
  const before = outside();
  for (let at = 0; at < texts.length; at += 20) {
    const some = texts.slice(at, at + 20);
    for (const text of some) await show(text);
    if (outside() !== before) found.push([some, "outside", ""]);
    for (const outer of document.querySelectorAll("header button, #sidebar a, #input")) {
      const { x, y, width, height } = outer.getBoundingClientRect();
      if (document.elementFromPoint(x + width / 2, y + height / 2)?.closest("#trial"))
        found.push([some, "covers", outer.outerHTML]);
    }
    trial.replaceChildren();
  }
  if (window.harm) found.push([texts, "script", ""]);
  if (document.styleSheets.length !== css || document.adoptedStyleSheets.length) found.push([texts, "style", ""]);
  return found.slice(0, 5);
}
