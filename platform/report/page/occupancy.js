// The picture of the arrays. It comes from a file, so it is drawn anew from what is known to be
// harmless: shapes and texts with numbers and colours, no scripts, links or styles.

const kShapes = ["svg", "g", "rect", "text", "line", "defs", "pattern", "title", "path"];
const kShapeAttributes = ["width", "height", "x", "y", "x1", "y1", "x2", "y2", "rx", "d", "fill", "stroke",
  "stroke-width", "stroke-opacity", "fill-opacity", "font-size", "paint-order", "id", "patternUnits",
  "patternTransform", "text-anchor", "transform", "viewBox"];
const kSvg = "http://www.w3.org/2000/svg";  // a name, not an address to load
const kPlain = /^(?:[-+.,%#\w\s()]|\bhsl\b|\brgb\b)*$/;
const kFillOfPattern = /^url\(#[\w-]+\)$/;

function safeCopy(node) {
  const copy = document.createElementNS(kSvg, node.localName);
  for (const name of kShapeAttributes) {
    const value = node.getAttribute(name);
    if (value !== null && (kFillOfPattern.test(value) || (kPlain.test(value) && !/url/i.test(value)))) {
      copy.setAttribute(name, value);
    }
  }
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) copy.append(document.createTextNode(child.data));
    else if (child.nodeType === Node.ELEMENT_NODE && kShapes.includes(child.localName)) {
      copy.append(safeCopy(child));
    }
  }
  return copy;
}

/** Colours of the paper become those of the page. */
function adapt(svg) {
  svg.setAttribute("class", "occupancy");
  svg.setAttribute("role", "img");
  const width = svg.getAttribute("width");
  const height = svg.getAttribute("height");
  if (width && height) svg.setAttribute("viewBox", "0 0 " + width + " " + height);
  for (const rect of svg.querySelectorAll("rect")) {
    if (rect.getAttribute("fill") === "white" && rect.getAttribute("width") === "100%") rect.remove();
    else if (rect.getAttribute("fill") === "#f4f4f4") rect.setAttribute("class", "array");
  }
  for (const text of svg.querySelectorAll("text")) {
    if (text.hasAttribute("paint-order")) continue;  // on a tile, with a white rim
    text.setAttribute("class", text.hasAttribute("fill") ? "soft" : "ink");
  }
}

function occupancySection(source) {
  const parsed = new DOMParser().parseFromString(source, "image/svg+xml");
  if (parsed.querySelector("parsererror") || parsed.documentElement.localName !== "svg") {
    section("Arrays", notice("The picture of the arrays, occupancy.svg, cannot be read."));
    return;
  }
  const svg = safeCopy(parsed.documentElement);
  adapt(svg);
  const title = svg.querySelector("text");
  const what = title ? title.textContent : "what the arrays hold";
  if (title) title.remove();  // it is the caption here
  const kTop = 48;  // below it
  if (title && svg.hasAttribute("viewBox")) {
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    if (height > kTop) {
      svg.setAttribute("viewBox", [0, kTop, width, height - kTop].join(" "));
      svg.setAttribute("height", height - kTop);
    }
  }
  const texts = [...svg.querySelectorAll("text")].map((t) => t.textContent);
  svg.setAttribute("aria-label", "Picture: " + what);
  section("Arrays", el("figure", {},
    el("figcaption", {}, el("h3", {}, "What the arrays hold"),
      el("p", {}, what)),
    el("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "Picture of the arrays"}, svg),
    el("details", {}, el("summary", {}, "Texts of this picture"),
      el("ul", {}, [...new Set([...texts, ...[...svg.querySelectorAll("title")].map((t) => t.textContent)])]
        .map((t) => el("li", {}, t))))));
}
