// The page of one run.

function runPage(run) {
  const report = run.report;
  document.getElementById("head").append(el("h1", {}, runName(report.run)),
    el("p", {class: "lead"}, "Run of " + number(report.run.images) + " images, fidelity " +
      report.run.fidelity + ", leyden " + report.leyden_version));
  summarySection(report);
  if (report.warnings.length > 0) {
    warningSection(report.warnings);
  }
  layerSection(report);
  costSection(report);
  if (report.roofline) rooflineSection(report);
  if (run.occupancy_svg) occupancySection(run.occupancy_svg);
  if (run.code_histograms) codesSection(run.code_histograms);
  if (report.dies) diesSection(report.dies);
  if (run.config_yaml) configSection(run.config_yaml, report);
}

function summarySection(report) {
  const {run, chip} = report;
  const boot = report.boot;
  section("Summary", tiles(headline(report)), columns(
    el("div", {}, facts([
      ["Chip", run.chip + ", " + number(chip.macros) + (chip.macros === 1 ? " macro" : " macros")],
      ["Clock and supply", number(chip.clock_mhz) + " MHz, " + number(chip.supply_v) + " V"],
      ["Network", run.network],
      ["Data", run.data + ", " + number(run.images) + " images from number " + number(run.first_image || 0)],
      ["Fidelity", run.fidelity],
      ["Timing", run.timing || "loose"],
      ["Die", "seed " + run.die_seed],
      ["Weights in arrays", number(100 * (report.total.array_share || 0)) + " % of all cells" +
        (report.total.array_share > 1 ? ": loaded in turns" : "")],
      ["Boot, once", boot ? number(boot.latency_ns / 1000) + " \u00b5s, " +
        number(boot.energy_pj.total / 1000) + " nJ" : null],
      ["Column noise", report.column_noise_lsb_rms ?
        number(report.column_noise_lsb_rms.total, 3) + " LSB rms, untrimmed" : null],
      ["Version", "leyden " + report.leyden_version],
    ])),
    provenance(report.energy_share_by_source_percent)));
}

function warningSection(warnings) {
  const kShown = 4;
  const list = (items) => el("ul", {class: "warnings"}, items.map((w) => el("li", {}, w)));
  section("Warnings", list(warnings.slice(0, kShown)), warnings.length <= kShown ? null :
    el("details", {}, el("summary", {}, number(warnings.length - kShown) + " more"), list(warnings.slice(kShown))));
}

function layerColumns(report) {
  const bytes = partNames(report.layers.filter((l) => l.bytes_moved)
    .map((l) => ({bytes_moved: l.bytes_moved})), "bytes_moved");
  return [
    {title: "Layer", text: true, name: true, key: "name"},
    {title: "Kind", text: true, value: (l) => l.kind || "", show: words},
    {title: "MACs", key: "macs"},
    {title: "MVMs", key: "mvms", note: "matrix-vector products of the macro"},
    {title: "Tiles", key: "tiles"},
    {title: "Cells used", unit: "%", note: "cells that hold a weight, of those the tiles take",
      value: (l) => (l.mvms > 0 ? 100 * l.array_utilisation : null)},
    {title: "Latency", unit: "\u00b5s", value: (l) => l.latency_ns / 1000},
    {title: "Mostly", unit: "cause", text: true, value: (l) => largest(l.cycles) || "", show: words},
    {title: "Energy", unit: "nJ", value: (l) => l.energy_pj.total / 1000},
    {title: "Mostly", unit: "component", text: true, value: (l) => largest(l.energy_pj) || "", show: words},
    {title: "Speed", unit: "TOPS", value: (l) => l.throughput_tops.native || null},
    {title: "Efficiency", unit: "TOPS/W", value: (l) => l.efficiency_tops_per_w.native || null},
  ].concat(bytes.map((name) => ({title: words(name), unit: "B", note: "bytes moved",
    value: (l) => (l.bytes_moved ? l.bytes_moved[name] : null)})));
}

function layerSection(report) {
  const kinds = [...new Set(report.layers.map((l) => l.kind))].sort();
  section("Layers",
    el("p", {}, "Means over images. A heading sorts; again, the other way round. Rows of service: " +
      "input and output move the image, control is the core between layers."),
    sortableTable(layerColumns(report), report.layers, {
      caption: "Layers", search: (l) => l.name,
      filters: [{label: "Kind", options: kinds, keep: (l, kind) => l.kind === kind}],
      footer: {...report.total, name: "total", kind: ""},
    }));
}

function costSection(report) {
  const rows = report.layers;
  const names = rows.map((l) => l.name);
  section("Latency and energy", columns(
    stackedBars({
      title: "Latency by cause", caption: "Every cycle has one cause: the first that applies.",
      label: "Stacked bars: latency of each layer by cause. Total " +
        number(report.total.latency_ns / 1000) + " microseconds, mostly " +
        words(largest(report.total.cycles) || "nothing") + ".",
    }, names, partSeries(rows, "cycles", cycleTime), "\u00b5s"),
    stackedBars({
      title: "Energy by component", caption: "Counted events and leakage, mean of an image.",
      label: "Stacked bars: energy of each layer by component. Total " +
        number(report.total.energy_pj.total / 1000) + " nanojoules, mostly " +
        words(largest(report.total.energy_pj) || "nothing") + ".",
    }, names, partSeries(rows, "energy_pj", () => 1e-3), "nJ")));
}

function configSection(text, report) {
  const source = el("pre", {tabindex: "0", role: "region", "aria-label": "Chip file"}, text);
  const command = el("pre", {tabindex: "0", role: "region", "aria-label": "Command"},
    "leyden run --chip config.yaml --network " + report.run.network + " --data " + report.run.data +
    " --images " + report.run.images + " --fidelity " + report.run.fidelity +
    " --die " + report.run.die_seed);
  section("Configuration",
    el("p", {}, "The whole chip as it was run: save it as config.yaml and run it again with"),
    command, copyButton(source, "Copy the chip file"),
    el("details", {}, el("summary", {}, "Chip file, " + text.split("\n").length + " lines"), source));
}
