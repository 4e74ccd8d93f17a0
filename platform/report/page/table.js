// Tables. A column: {key, title, unit, text: true for words, value(row), show(value, row), note}.

function cellOf(column, row) {
  const value = column.value ? column.value(row) : row[column.key];
  const shown = column.show ? column.show(value, row) : column.text ? value : number(value);
  return {value, shown};
}

function kindOf(column) {
  return [column.text ? "text" : "", column.name ? "name" : "", column.plain ? "screen-only" : ""]
    .filter(Boolean).join(" ") || null;
}

function headCell(column, content) {
  return el("th", {scope: "col", class: kindOf(column), title: column.note}, content,
    el("span", {class: "unit"}, column.unit || ""));
}

const kLongText = 26;  // such a cell may break its line

function rowOf(columns, row, attributes) {
  return el("tr", attributes || {}, columns.map((column) => {
    const {shown} = cellOf(column, row);
    const tag = column.name ? "th" : "td";
    const long = column.text && typeof shown === "string" && shown.length > kLongText;
    return el(tag, {class: [kindOf(column), long ? "long" : ""].join(" ").trim() || null, scope: column.name ? "row" : null}, shown);
  }));
}

const kManyColumns = 12;  // on paper they need smaller letters

function tableClass(columns) {
  return columns.length > kManyColumns ? "wide" : null;
}

/** A table that only shows. */
function plainTable(columns, rows, caption) {
  return el("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption},
    el("table", {class: tableClass(columns)}, el("caption", {class: "visually-hidden"}, caption),
      el("thead", {}, el("tr", {}, columns.map((c) => headCell(c, c.title)))),
      el("tbody", {}, rows.map((row) => rowOf(columns, row)))));
}

function compareValues(a, b) {
  if (typeof a === "string" || typeof b === "string") {
    return String(a).localeCompare(String(b), "en", {numeric: true});
  }
  return a - b;
}

/** Rows in order of a column; what has no value comes last in both directions. Stable. */
function sortedRows(rows, column, direction) {
  const has = (value) => value !== null && value !== undefined && !Number.isNaN(value);
  return rows.map((row, i) => ({row, i, value: cellOf(column, row).value})).sort((a, b) => {
    if (has(a.value) !== has(b.value)) return has(a.value) ? -1 : 1;
    const order = has(a.value) ? compareValues(a.value, b.value) : 0;
    return order !== 0 ? direction * order : a.i - b.i;
  }).map((entry) => entry.row);
}

/**
 * A table whose headings sort and whose rows can be filtered.
 * @param options {caption, filters: [{label, options, keep(row, value)}], search(row): text,
 *   footer: row, mark(row): bool, most: rows shown at first}
 * @return an element with `.show(keep)`, which hides rows from elsewhere
 */
function sortableTable(columns, rows, options) {
  let sorted = null;
  let direction = 1;
  let wanted = "";
  let outer = () => true;
  let most = options.most || Infinity;
  const chosen = (options.filters || []).map(() => "");
  const body = el("tbody");
  const count = el("span", {class: "count", role: "status"});
  const more = el("button", {class: "act screen-only", type: "button", onclick: () => {
    most = Infinity;
    refresh();
  }});
  const heads = columns.map((column) => {
    if (column.plain) return headCell(column, column.title);
    const head = headCell(column, el("button", {type: "button", onclick: () => sortBy(column)},
      column.title));
    head.setAttribute("aria-sort", "none");
    return head;
  });

  function sortBy(column) {
    // Numbers are most often looked at from the largest down, words from A.
    direction = sorted === column ? -direction : column.text || column.rising ? 1 : -1;
    sorted = column;
    heads.forEach((head, i) => {
      if (columns[i].plain) return;
      head.setAttribute("aria-sort",
        columns[i] !== column ? "none" : direction > 0 ? "ascending" : "descending");
    });
    refresh();
  }
  function refresh() {
    const kept = rows.filter((row) => outer(row) &&
      (wanted === "" || options.search(row).toLowerCase().includes(wanted)) &&
      (options.filters || []).every((f, i) => chosen[i] === "" || f.keep(row, chosen[i])));
    const ordered = sorted ? sortedRows(kept, sorted, direction) : kept;
    clear(body);
    for (const row of ordered.slice(0, most)) {
      body.append(rowOf(columns, row, {class: options.mark && options.mark(row) ? "marked" : null}));
    }
    count.textContent = kept.length + " of " + rows.length + " rows";
    more.hidden = kept.length <= most;
    more.textContent = "Show all " + kept.length + " rows";
  }

  const controls = el("div", {class: "controls"});
  if (options.search) {
    const input = el("input", {type: "search", autocomplete: "off", oninput: () => {
      wanted = input.value.trim().toLowerCase();
      refresh();
    }});
    controls.append(el("label", {}, options.searchLabel || "Name contains", input));
  }
  (options.filters || []).forEach((filter, i) => {
    const all = [{value: "", text: "all"}].concat(filter.options.map((o) => ({value: o, text: words(o)})));
    controls.append(choice(filter.label, all, "", (value) => {
      chosen[i] = value;
      refresh();
    }));
  });
  controls.append(count);
  const table = el("table", {class: tableClass(columns)}, el("caption", {class: "visually-hidden"}, options.caption),
    el("thead", {}, el("tr", {}, heads)), body,
    options.footer ? el("tfoot", {}, rowOf(columns, options.footer)) : null);
  const whole = el("div", {class: "sortable"}, controls,
    el("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": options.caption}, table),
    more);
  whole.show = (keep) => {
    outer = keep;
    refresh();
  };
  refresh();
  return whole;
}
