// The page of a sweep: what its parts share, its table of points, failed and confirmed points.

/** Points of the plan that are done, with numbers where values are numbers. */
class Sweep {
  constructor(data) {
    this.data = data;
    this.all = data.points.filter((p) => p.stage !== "confirm");
    this.done = this.all.filter((p) => p.status === "done");
    this.failed = data.points.filter((p) => p.status !== "done");
    this.variables = data.variables;
    this.metrics = data.metrics.filter((m) => this.done.some((p) => isNumber(p.metrics[m.name])));
    const named = data.objectives.map((o) => o.metric)
      .filter((name) => this.metrics.some((m) => m.name === name));
    this.unknown = data.objectives.map((o) => o.metric).filter((name) => !named.includes(name));
    this.objectives = named.length > 0 ? named :
      this.metrics.filter((m) => m.better !== 0).slice(0, 2).map((m) => m.name);
  }
  metric(name) {
    return this.data.metrics.find((m) => m.name === name) || {name, text: "", better: -1};
  }
  /** -1: less is better. An objective's own direction counts. */
  better(name) {
    const objective = this.data.objectives.find((o) => o.metric === name);
    return (objective ? objective.better : this.metric(name).better) || -1;
  }
  variable(name) {
    return this.variables.find((v) => v.name === name);
  }
  /** Of a point: a number for numeric variables, text for categories. */
  setting(point, variable) {
    const text = point.variables[variable.name];
    if (text === undefined) return null;
    const value = Number(text);
    return variable.kind === "number" && Number.isFinite(value) ? value : text;
  }
  variableTitle(variable) {
    const unit = variable.unit && variable.unit !== "1" ? ", " + variable.unit : "";
    return words(variable.name) + unit;
  }
  /** Values of expressions have all digits of a double; six tell them apart. */
  settingsText(point) {
    const text = (value) => /^-?\d+\.\d{6,}$/.test(value) ? String(Number(Number(value).toPrecision(6))) : value ?? kNothing;
    return this.variables.map((v) => v.name + " " + text(point.variables[v.name])).join(", ");
  }
}

/** A word of a shell. */
function quoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : "'" + text.replace(/'/g, "'\\''") + "'";
}

// Settings and fields of the base that are options of leyden run of their own.
const kRunOptions = ["data", "images", "calibration_images", "fidelity", "die", "objective"];
const kRunFlags = ["calibrate", "guarded"];

/** What runs a point again: leyden run with all its settings. */
function commandOf(sweep, point) {
  const {base} = sweep.data;
  const chip = point.settings.chip ?? base.chip;
  const network = point.settings.network ?? base.network;
  const words_ = ["leyden run", "--chip " + quoted(chip), "--network " + quoted(network)];
  for (const key of kRunOptions) {
    const value = point.settings[key] ?? base[key] ?? "";
    if (String(value) !== "") words_.push("--" + key.replace("_", "-") + " " + quoted(String(value)));
  }
  for (const flag of kRunFlags) {
    const value = point.settings[flag] ?? String(base[flag] ?? false);
    if (["on", "true", "yes", "1"].includes(value)) words_.push("--" + flag);
  }
  const settings = {...flat(base.set), ...prefixed("quantise.", flat(base.quantise)), ...point.settings};
  for (const [key, value] of Object.entries(settings)) {
    if (["chip", "network", ...kRunFlags, ...kRunOptions].includes(key)) continue;
    if (key.startsWith("quantise.")) {
      words_.push("--quantise " + quoted(key.slice("quantise.".length) + "=" + value));
    } else {
      words_.push("--set " + quoted(key + "=" + value));
    }
  }
  return words_.join(" ");
}

/** A list of key=value as a map. */
function flat(settings) {
  return Object.fromEntries((settings || []).map((s) => [s.split("=")[0], s.split("=").slice(1).join("=")]));
}

function prefixed(prefix, map) {
  return Object.fromEntries(Object.entries(map).map(([k, v]) => [prefix + k, v]));
}

function sweepPage(data_) {
  const sweep = new Sweep(data_);
  document.getElementById("head").append(el("h1", {}, data_.about || "Sweep"),
    el("p", {class: "lead"}, data_.base.network + " on " + data_.base.chip + ", " + words(data_.plan) +
      " over " + sweep.variables.map((v) => words(v.name)).join(", ")));
  sweepSummary(sweep);
  if (sweep.done.length > 0) {
    frontSection(sweep);
    const table = pointsTable(sweep);
    if (sweep.variables.length > 0) parallelSection(sweep, table.show);
    sensitivitySection(sweep);
    section("Points", table.element);
  }
  confirmSection(sweep);
  failedSection(sweep);
}

function bestOf(sweep, name) {
  const better = sweep.better(name);
  let best = null;
  for (const point of sweep.done) {
    const value = point.metrics[name];
    if (isNumber(value) && (best === null || (value - best.metrics[name]) * better > 0)) best = point;
  }
  return best;
}

function sweepSummary(sweep) {
  const {data} = sweep;
  const front = sweep.done.filter((p) => p.on_front).length;
  const best = sweep.objectives.map((name) => {
    const point = bestOf(sweep, name);
    return {name: (sweep.better(name) > 0 ? "Highest " : "Lowest ") + metricName(name).text,
      value: point ? number(point.metrics[name]) : null, unit: metricName(name).unit,
      note: point ? "point " + point.number + ": " + sweep.settingsText(point) : ""};
  });
  section("Summary", tiles([
    {name: "Points", value: number(sweep.done.length), unit: "done", note: sweep.failed.length > 0 ?
      number(sweep.failed.length) + " failed" : "none failed"},
    {name: "Front", value: front > 0 ? number(front) : null, unit: front === 1 ? "point" : "points", note: "that no other beats"},
    ...best,
  ]), facts([
    ["Chip", data.base.chip], ["Network", data.base.network],
    ["Depth", data.depth === "cost" ? "cost: time, energy and area without values" : data.depth],
    ["Plan", words(data.plan) + (isNumber(data.seed) ? ", seed " + data.seed : "")],
    ["Variables", sweep.variables.map((v) => v.name + " (" + v.keys.join(", ") + ")").join("; ")],
    ["Objectives", sweep.objectives.map((name) => metricTitle(name) + " (" +
      (sweep.better(name) > 0 ? "more" : "less") + " is better)").join("; ")],
    ["From", data.origin], ["Version", "leyden " + data.leyden_version],
  ]), sweep.unknown.length > 0 && sweep.done.length > 0 ? notice("No point has a value of " +
    sweep.unknown.map(metricTitle).join("; ") + ", so there is no front of all objectives.") : null,
  sweep.done.length === 0 ? notice("No point is done, so there is nothing to draw.") : null);
}

function pointsTable(sweep) {
  const command = el("pre", {tabindex: "0", role: "region", "aria-label": "Command of the chosen point"},
    "Choose Copy in a row: the command that runs its configuration comes here.");
  const said = el("span", {class: "count", role: "status"});
  let chosen = null;
  const pick = (point) => {
    chosen = point;
    command.textContent = commandOf(sweep, point);
    copyText(command, said);
  };
  // Breakdowns have many columns; they stay in the results, whose CSV has all.
  const shown = sweep.metrics.filter((m) => sweep.objectives.includes(m.name) ||
    (!/^(cycles_|energy_.*_nj$)/.test(m.name) && sweep.metrics.indexOf(m) < 16));
  const columns_ = [
    {title: "Point", key: "number", name: true, rising: true, show: (value) => String(value)},
    {title: "Command", text: true, plain: true, value: () => "", show: (_, p) =>
      el("button", {class: "act", type: "button", "aria-label": "Copy the command of point " + p.number,
        onclick: () => pick(p)}, "Copy")},
    {title: "Front", text: true, value: (p) => (p.on_front ? "front" : "")},
    ...sweep.variables.map((v) => ({title: words(v.name), unit: v.unit === "1" ? "" : v.unit, text: v.kind !== "number",
      rising: true, value: (p) => sweep.setting(p, v), show: (value) => (isNumber(value) ? number(value, 6) : value ?? kNothing)})),
    ...shown.map((m) => ({title: metricName(m.name).text, unit: metricName(m.name).unit, note: m.text,
      value: (p) => p.metrics[m.name]})),
  ];
  const table = sortableTable(columns_, sweep.done, {
    caption: "Points of the sweep", most: 30, search: (p) => sweep.settingsText(p), searchLabel: "Setting contains",
    filters: [{label: "Points", options: ["front", "others"], keep: (p, which) => (which === "front") === Boolean(p.on_front)}],
    mark: (p) => p === chosen,
  });
  const element = el("div", {}, el("p", {}, "One row a point. Front: no other point is better in one objective and as good in all others."),
    el("div", {class: "screen-only"}, command, el("div", {class: "controls"}, said)), table);
  return {element, show: table.show};
}

function confirmSection(sweep) {
  const confirm = sweep.data.confirm || [];
  if (confirm.length === 0) return;
  const rows = confirm.map((c) => ({...c,
    point: sweep.all.find((p) => p.number === c.number),
    full: sweep.data.points.find((p) => p.stage === "confirm" && p.number === c.number)}));
  const worst = (key) => rows.map((r) => r[key]).filter(isNumber).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const both = sweep.objectives.flatMap((name) => [
    {title: metricName(name).text + ", cost", unit: metricName(name).unit, value: (r) => (r.point ? r.point.metrics[name] : null)},
    {title: metricName(name).text + ", full", unit: metricName(name).unit, value: (r) => (r.full ? r.full.metrics[name] : null)},
  ]).filter((c) => rows.some((r) => isNumber(c.value(r))));
  section("Confirmed points",
    el("p", {}, "Points of the front that were run in full, firmware and values included. The cost model is off by at most " +
      number(worst("cycles_error_percent"), 3) + " % in cycles and " + number(worst("energy_error_percent"), 3) + " % in energy."),
    sortableTable([
      {key: "number", title: "Point", name: true, rising: true, show: (value) => String(value)},
      {title: "Settings", text: true, value: (r) => (r.point ? sweep.settingsText(r.point) : "")},
      ...both,
      {key: "cycles_error_percent", title: "Error of cycles", unit: "%", show: (v) => signed(v, 3)},
      {key: "energy_error_percent", title: "Error of energy", unit: "%", show: (v) => signed(v, 3)},
    ], rows, {caption: "Confirmed points"}));
}

function failedSection(sweep) {
  if (sweep.failed.length === 0) return;
  section("Failed points",
    el("p", {}, "They have no figures and are in no chart."),
    sortableTable([
      {key: "number", title: "Point", name: true, rising: true, show: (value) => String(value)},
      {key: "stage", title: "Stage", text: true},
      {title: "Settings", text: true, value: (p) => sweep.settingsText(p)},
      {key: "message", title: "Why", text: true, show: (value) => el("span", {class: "wrap"}, value)},
    ], sweep.failed, {caption: "Failed points", most: 100, search: (p) => p.message, searchLabel: "Message contains"}));
}
