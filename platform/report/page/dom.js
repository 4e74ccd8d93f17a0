// Elements. Text goes in as text nodes alone: whatever a name holds, it is never markup.

/** el("p", {class: "lead", onclick: f}, "text", child): an element. Null children are left out. */
function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (key === "style") Object.assign(element.style, value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

function clear(element) {
  while (element.firstChild) element.firstChild.remove();
}

let made = 0;
/** An identifier that no other element has. */
function fresh(prefix) {
  made += 1;
  return prefix + "-" + made;
}

/** A section of the page, with its entry in the navigation. */
function section(title, ...children) {
  const id = fresh("section");
  const heading = el("h2", {id: id + "-title"}, title);
  document.getElementById("content").append(
    el("section", {id, "aria-labelledby": id + "-title"}, heading, children));
  const nav = document.getElementById("sections");
  if (!nav.firstChild) nav.append(el("ul"));
  nav.firstChild.append(el("li", {}, el("a", {href: "#" + id}, title)));
  return document.getElementById(id);
}

function columns(...children) {
  return el("div", {class: "columns"}, children);
}

/** A labelled choice. @param options [{value, text}] */
function choice(label, options, value, changed) {
  const select = el("select", {onchange: () => changed(select.value)},
    options.map((o) => el("option", {value: o.value, selected: o.value === value}, o.text)));
  select.value = value;
  return el("label", {}, label, select);
}

/** Marks the text of an element and puts it onto the clipboard where the browser lets us. */
function copyText(source, said) {
  const range = document.createRange();
  range.selectNodeContents(source);
  const selection = window.getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  const tell = (text) => { said.textContent = text; };
  const byCommand = () => tell(document.execCommand("copy") ? "copied" : "selected: copy it now");
  if (navigator.clipboard && window.isSecureContext) {
    navigator.clipboard.writeText(source.textContent).then(() => tell("copied"), byCommand);
  } else {
    byCommand();
  }
}

function copyButton(source, what) {
  const said = el("span", {class: "count", role: "status"});
  return el("div", {class: "controls"},
    el("button", {class: "act", type: "button", onclick: () => copyText(source, said)}, what),
    said);
}

/** Terms and what they say. @param rows [[term, text or node]]; null texts are left out */
function facts(rows) {
  const list = el("dl", {class: "facts"});
  for (const [term, text] of rows) {
    if (text === null || text === undefined || text === "") continue;
    list.append(el("dt", {}, term), el("dd", {}, text));
  }
  return list;
}

/** Figures that are read first. @param rows [{name, value, unit, note}] */
function tiles(rows) {
  return el("dl", {class: "tiles"}, rows.filter((row) => row.value !== null).map((row) =>
    el("div", {class: "tile"}, el("dt", {}, row.name),
      el("dd", {}, row.value, el("span", {class: "unit"}, row.unit || ""),
        row.note ? el("span", {class: "note"}, row.note) : null))));
}

function notice(text) {
  return el("p", {class: "notice"}, text);
}
