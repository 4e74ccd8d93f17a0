// What several pages show of a run.

const kSources = ["stated", "derived", "fitted", "assumed"];
const kSourceTexts = {
  stated: "in a publication of the chip",
  derived: "computed from what is stated",
  fitted: "chosen so that published figures come out",
  assumed: "taken from elsewhere, or a choice",
};

function runName(run) {
  return run.network + " on " + run.chip;
}

/** Parts of a row's map but its total. */
function partNames(rows, key) {
  const names = [];
  for (const row of rows) {
    for (const name of Object.keys(row[key])) {
      if (name !== "total" && !names.includes(name)) names.push(name);
    }
  }
  return names;
}

/** @return [{name, values}] over rows, each times `factor(row)` */
function partSeries(rows, key, factor) {
  return partNames(rows, key).map((name) => ({
    name, values: rows.map((row) => (row[key][name] || 0) * factor(row)),
  }));
}

/** Microseconds a cycle of a row. */
function cycleTime(row) {
  return row.cycles.total > 0 ? row.latency_ns / 1000 / row.cycles.total : 0;
}

/** The largest part of a row. */
function largest(parts) {
  let best = null;
  for (const [name, value] of Object.entries(parts)) {
    if (name !== "total" && value > 0 && (best === null || value > parts[best])) best = name;
  }
  return best;
}

/** The figures read first, as [{name, value, unit, note, raw}]. */
function headline(report) {
  const chip = report.chip;
  const total = report.total;
  const accuracy = report.accuracy;
  const one = (name, raw, unit, note) => ({name, raw, unit, note,
    value: isNumber(raw) ? number(raw) : null});
  return [
    {...one("Accuracy", accuracy ? accuracy.accuracy_percent : null, "%",
      accuracy ? accuracy.correct_images + " of " + accuracy.images + " images" : ""), better: 1},
    {...one("Latency", chip.image_latency_ns / 1000, "\u00b5s", "from post to result"), better: -1},
    {...one("Throughput", chip.throughput_images_per_s, "images/s", "one after the other"), better: 1},
    {...one("Energy of an image", total.energy_pj.total / 1000, "nJ", "all components"), better: -1},
    {...one("Power", chip.power_mw, "mW", "while it computes"), better: -1},
    {...one("Efficiency", total.efficiency_tops_per_w.native, "TOPS/W", "two operations a MAC"), better: 1},
    {...one("Speed", total.throughput_tops.native, "TOPS", "two operations a MAC"), better: 1},
    {...one("Area", areaOf(report), "mm\u00b2", report.area_mm2 && report.area_mm2.is_complete ?
      "macros, memories, logic" : "of the parts whose area is known"), better: -1},
  ];
}

function areaOf(report) {
  return report.area_mm2 && isNumber(report.area_mm2.total) ? report.area_mm2.total : null;
}

function provenance(shares) {
  const names = kSources.filter((name) => name in shares)
    .concat(Object.keys(shares).filter((name) => !kSources.includes(name)));
  const colour = (i) => kSeries[[2, 4, 1, 5][i] ?? 0];
  return el("div", {}, el("h3", {}, "What the energy rests on"),
    el("div", {class: "shares", "aria-hidden": "true"}, names.map((name, i) => el("span",
      {style: {width: shares[name] + "%", background: colour(i)}}))),
    el("ul", {class: "keys"}, names.map((name, i) => el("li", {},
      el("span", {class: "swatch", style: {background: colour(i)}}),
      el("b", {}, shares[name].toFixed(1) + " %"),
      el("span", {}, name + (kSourceTexts[name] ? ": " + kSourceTexts[name] : ""))))));
}
