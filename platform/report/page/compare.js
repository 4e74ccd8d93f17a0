// Two runs or more: the first is what the others are compared with.

function letter(i) {
  return i < 26 ? String.fromCharCode(65 + i) : "Run " + (i + 1);
}

/** Layers by name; the second of a name is matched with the second. */
function layerKeys(layers) {
  const seen = {};
  return layers.map((l) => {
    seen["=" + l.name] = (seen["=" + l.name] || 0) + 1;
    return l.name + (seen["=" + l.name] > 1 ? " (" + seen["=" + l.name] + ")" : "");
  });
}

function matchLayers(runs) {
  const keyed = runs.map((run) => new Map(layerKeys(run.report.layers).map((key, i) => [key, run.report.layers[i]])));
  const names = [...new Set(keyed.flatMap((map) => [...map.keys()]))];
  return {
    rows: names.map((name) => ({name, layers: keyed.map((map) => map.get(name) || null)})),
    common: names.filter((name) => keyed.every((map) => map.has(name))),
  };
}

/** Columns of a difference: both values, absolute, percent. @param better -1: less is */
function differenceColumns(unit, from, to, of, better, names) {
  const difference = (row) => (isNumber(of(row, from)) && isNumber(of(row, to)) ?
    withoutDust(of(row, to) - of(row, from), of(row, from)) : null);
  const coloured = (value, text) => el("span",
    {class: better && value ? (value * better > 0 ? "less" : "more") : null}, text);
  return [
    {title: names[from], unit, value: (row) => of(row, from)},
    {title: names[to], unit, value: (row) => of(row, to)},
    {title: "Difference", unit, value: difference, show: (value) => coloured(value, signed(value))},
    {title: "Change", unit: "%", value: (row) => change(of(row, from), of(row, to)),
      show: (value) => coloured(value, isNumber(value) ? signed(value, 3) : kNothing)},
  ];
}

function comparePage(runs) {
  const names = runs.map((_, i) => letter(i));
  const networks = new Set(runs.map((run) => run.report.run.network));
  document.getElementById("head").append(
    el("h1", {}, "Comparison of " + runs.length + " runs"),
    el("p", {class: "lead"}, names.map((n, i) => n + ": " + runName(runs[i].report.run)).join("; ")));
  const matched = matchLayers(runs);
  const only = matched.rows.filter((row) => row.layers.some((l) => l === null));
  const notes = [];
  if (networks.size > 1) {
    notes.push("These are runs of different networks. Layers are matched by name: " + matched.common.length +
      " names are in all of them.");
  }
  if (only.length > 0) {
    notes.push("Not in every run, so without a difference: " + only.map((row) => row.name + " (" +
      row.layers.map((l, i) => (l ? names[i] : null)).filter(Boolean).join(", ") + ")").join(", ") + ".");
  }
  const images = new Set(runs.map((r) => r.report.run.images + "/" + r.report.run.fidelity + "/" + r.report.run.data));
  if (images.size > 1) notes.push("The runs differ in images, data or fidelity: their means are of different images.");

  const labels = headline(runs[0].report).map((f) => f.name);
  const figures = runs.map((run) => headline(run.report));
  const summary = labels.map((name, i) => ({name, unit: figures[0][i].unit, better: figures[0][i].better,
    raw: figures.map((f) => f[i].raw)})).filter((row) => row.raw.some(isNumber));
  section("Summary", notes.map(notice),
    plainTable([
      {title: "Run", text: true, name: true, value: (row) => row.letter},
      {title: "Chip", text: true, value: (row) => row.run.report.run.chip},
      {title: "Network", text: true, value: (row) => row.run.report.run.network},
      {title: "Images", value: (row) => row.run.report.run.images},
      {title: "Fidelity", text: true, value: (row) => row.run.report.run.fidelity},
      {title: "Die", value: (row) => row.run.report.run.die_seed},
      {title: "Version", text: true, value: (row) => row.run.report.leyden_version},
      {title: "Folder", text: true, value: (row) => row.run.path},
    ], runs.map((run, i) => ({run, letter: names[i]})), "Runs"),
    summaryTable(summary, names));
  const other = {index: 1};
  const differences = el("div");
  const fill = () => {
    clear(differences);
    differences.append(differenceTables(runs, matched, names, other.index));
  };
  fill();
  section("Differences",
    runs.length > 2 ? el("div", {class: "controls"}, choice("Compare " + names[0] + " with",
      names.slice(1).map((n, i) => ({value: String(i + 1), text: n + ": " + runName(runs[i + 1].report.run)})), "1",
      (value) => {
        other.index = Number(value);
        fill();
      })) : null, differences);
  compareCharts(runs, matched, names);
  configDifferences(runs, names);
}

function summaryTable(summary, names) {
  const columns = [{key: "name", title: "Figure", text: true, name: true},
    {key: "unit", title: "Unit", text: true, show: (value) => value}]
    .concat(names.map((n, i) => ({title: n, value: (row) => row.raw[i]})));
  names.slice(1).forEach((n, i) => columns.push({
    title: n + " against " + names[0], unit: "%", value: (row) => change(row.raw[0], row.raw[i + 1]),
    show: (value, row) => el("span", {class: value ? (value * row.better > 0 ? "less" : "more") : null},
      isNumber(value) ? signed(value, 3) : kNothing),
  }));
  return plainTable(columns, summary, "Figures of the runs");
}

function differenceTables(runs, matched, names, to) {
  const costs = [
    {title: "Latency", unit: "\u00b5s", of: (row, i) => (row.layers[i] ? row.layers[i].latency_ns / 1000 : null)},
    {title: "Energy", unit: "nJ", of: (row, i) => (row.layers[i] ? row.layers[i].energy_pj.total / 1000 : null)},
  ];
  const total = {name: "total", layers: runs.map((run) => run.report.total)};
  const perLayer = costs.map((cost) => el("div", {}, el("h3", {}, cost.title + " of layers"),
    sortableTable([{key: "name", title: "Layer", text: true, name: true},
      ...differenceColumns(cost.unit, 0, to, cost.of, -1, names)], matched.rows,
    {caption: cost.title + " of layers, " + names[0] + " and " + names[to], search: (row) => row.name, footer: total})));
  const parts = [
    {title: "Latency by cause", key: "cycles", unit: "\u00b5s", factor: cycleTime},
    {title: "Energy by component", key: "energy_pj", unit: "nJ", factor: () => 1e-3},
  ].map((kind) => {
    const rows = partNames(runs.map((r) => r.report.total), kind.key).map((name) => ({name,
      values: runs.map((r) => (r.report.total[kind.key][name] || 0) * kind.factor(r.report.total))}))
      .filter((row) => row.values.some((v) => v > 0));
    return el("div", {}, el("h3", {}, kind.title), sortableTable(
      [{key: "name", title: "Part", text: true, name: true, show: words},
        ...differenceColumns(kind.unit, 0, to, (row, i) => row.values[i], -1, names)], rows,
      {caption: kind.title + ", " + names[0] + " and " + names[to]}));
  });
  return el("div", {}, columns(...parts), columns(...perLayer));
}

function compareCharts(runs, matched, names) {
  const series = (of) => names.map((name, i) => ({name: name + ": " + runName(runs[i].report.run),
    values: matched.rows.map((row) => (row.layers[i] ? of(row.layers[i]) : null))}));
  const labels = matched.rows.map((row) => row.name);
  const totals = runs.map((run) => run.report.total);
  section("Side by side", columns(
    stackedBars({title: "Latency by cause", caption: "Of an image, all layers.", height: 130 + 44 * runs.length,
      label: "Stacked bars: latency of each run by cause."}, names, partSeries(totals, "cycles", cycleTime), "\u00b5s"),
    stackedBars({title: "Energy by component", caption: "Of an image, all layers.", height: 130 + 44 * runs.length,
      label: "Stacked bars: energy of each run by component."}, names, partSeries(totals, "energy_pj", () => 1e-3), "nJ"),
    groupedBars({title: "Latency of layers", label: "Bars side by side: latency of each layer in each run."},
      labels, series((l) => l.latency_ns / 1000), "\u00b5s"),
    groupedBars({title: "Energy of layers", label: "Bars side by side: energy of each layer in each run."},
      labels, series((l) => l.energy_pj.total / 1000), "nJ")));
}

/** Keys of a chip file as it is written: one key a line, deeper ones indented. */
function chipKeys(text) {
  const keys = new Map();
  const path = [];
  for (const line of text.split("\n")) {
    const match = /^( *)([\w]+):\s*(.*)$/.exec(line);
    if (!match) continue;
    const depth = match[1].length / 2;
    path.length = depth;
    path.push(match[2]);
    const value = /^\{value: (.*?), source:/.exec(match[3]);
    if (match[3] !== "") keys.set(path.join("."), value ? value[1] : match[3]);
  }
  return keys;
}

function configDifferences(runs, names) {
  const all = runs.map((run) => chipKeys(run.config_yaml));
  if (all.some((keys) => keys.size === 0)) return;
  const rows = [...new Set(all.flatMap((keys) => [...keys.keys()]))]
    .filter((key) => key !== "description" && new Set(all.map((keys) => keys.get(key))).size > 1)
    .map((key) => ({key, values: all.map((keys) => keys.get(key) ?? kNothing)}));
  section("Configuration", rows.length === 0 ? el("p", {}, "The chips of the runs are the same, key by key.") :
    el("div", {}, el("p", {}, number(rows.length) + (rows.length === 1 ? " key" : " keys") + " of the chip with other values."),
      sortableTable([{key: "key", title: "Key", text: true, name: true},
        ...names.map((name, i) => ({title: name, text: true, value: (row) => row.values[i]}))], rows,
      {caption: "Keys of the chip that differ", search: (row) => row.key, most: 60})));
}
