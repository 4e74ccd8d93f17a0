// Speed of layers against what bounds it.

function rooflineRows(report) {
  const {peaks, bandwidths} = report.roofline;
  return report.layers.filter((l) => l.macs > 0 && l.bytes_moved).map((l) => {
    const fitting = peaks.filter((p) => p.input_bits === l.input_bits && p.weight_bits === l.weight_bits);
    const peak = Math.max(...(fitting.length ? fitting : peaks).map((p) => p.tops));
    const operations = 2 * l.macs;
    const roofs = bandwidths.filter((b) => l.bytes_moved[b.name] > 0).map((b) => ({
      name: b.name, intensity: operations / l.bytes_moved[b.name],
      tops: operations / l.bytes_moved[b.name] * b.gbytes_per_s / 1000,
    }));
    const lowest = roofs.reduce((a, b) => (b.tops < a.tops ? b : a), {name: "macros", tops: peak});
    return {name: l.name, speed: l.throughput_tops.native, peak, roofs, operations,
      bytes: l.bytes_moved, bound: lowest.name, attainable: lowest.tops,
      reached: 100 * l.throughput_tops.native / lowest.tops};
  });
}

const kMemoryMarks = {off_chip: "circle", lmem: "rectRot", weight_window: "triangle"};

function logAxis(t, title, range) {
  return axis(t, title, {type: "logarithmic", min: range[0], max: range[1], ticks: {
    maxRotation: 0, autoSkip: false,
    callback: (value) => (Number.isInteger(Math.log10(value) + 1e-9) ||
      Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9 ? number(value) : null),
  }});
}

/** Whole decades around the values. */
function decades(values) {
  return [10 ** Math.floor(Math.log10(Math.min(...values))), 10 ** Math.ceil(Math.log10(Math.max(...values)))];
}

function rooflineChart(report, rows) {
  const {bandwidths} = report.roofline;
  const peaks = [...new Set(report.roofline.peaks.map((p) => p.tops))].map((tops) => ({tops,
    text: report.roofline.peaks.filter((p) => p.tops === tops)
      .map((p) => p.input_bits + " b \u00d7 " + p.weight_bits + " b").filter((x, i, all) => all.indexOf(x) === i)
      .join(", ")}));
  const highest = Math.max(...peaks.map((p) => p.tops));
  const xs = rows.flatMap((row) => row.roofs.map((roof) => roof.intensity))
    .concat(bandwidths.map((b) => 1000 * highest / b.gbytes_per_s));
  const [left, right] = decades(xs);
  const range = decades(rows.map((row) => row.speed).filter((v) => v > 0).concat([highest]));
  return (t, narrow) => {
    const sets = bandwidths.map((memory, i) => ({
      label: words(memory.name), showLine: false, pointStyle: kMemoryMarks[memory.name] || "rect",
      data: rows.flatMap((row) => row.roofs.filter((roof) => roof.name === memory.name)
        .map((roof) => ({x: roof.intensity, y: row.speed, name: row.name}))),
      backgroundColor: t.series(i), borderColor: t.surface, radius: 6, hoverRadius: 8, borderWidth: 1,
    }));
    const lines = bandwidths.map((memory, i) => ({
      label: words(memory.name) + " at " + number(memory.gbytes_per_s) + " GB/s", pointRadius: 0, showLine: true,
      data: [{x: left, y: left * memory.gbytes_per_s / 1000},
        {x: 1000 * highest / memory.gbytes_per_s, y: highest}],
      borderColor: t.series(i), borderWidth: 2, pointHitRadius: 0, pointStyle: "line",
    }));
    const tops = peaks.map((peak, i) => ({
      label: "macros at " + peak.text + ": " + number(peak.tops) + " TOPS", pointRadius: 0, showLine: true,
      data: [{x: left, y: peak.tops}, {x: right, y: peak.tops}], borderColor: t.text,
      borderDash: i === 0 ? [] : [6, 4], borderWidth: 2, pointHitRadius: 0, pointStyle: "line",
    }));
    return {
      type: "scatter",
      data: {datasets: [...sets, ...lines, ...tops]},
      options: {
        scales: {x: logAxis(t, "operations a byte moved", [left, right]), y: logAxis(t, "TOPS", range)},
        plugins: {
          legend: legend(t, {labels: {color: t.text, usePointStyle: true, padding: narrow ? 8 : 12}}),
          tooltip: {callbacks: {label: (item) => (item.raw.name ? item.raw.name + ", " : "") +
            item.dataset.label + ": " + number(item.raw.x) + " operations/B, " + number(item.raw.y) + " TOPS"}},
        },
      },
    };
  };
}

function rooflineSection(report) {
  const rows = rooflineRows(report);
  if (rows.length === 0 || report.roofline.peaks.length === 0) return;
  const columns = [
    {key: "name", title: "Layer", text: true, name: true},
    {key: "speed", title: "Speed", unit: "TOPS"},
    {key: "peak", title: "Peak of macros", unit: "TOPS"},
    {key: "bound", title: "Lowest roof", text: true, show: words},
    {key: "attainable", title: "Its height", unit: "TOPS"},
    {key: "reached", title: "Reached", unit: "%"},
  ].concat(report.roofline.bandwidths.map((memory) => ({
    title: words(memory.name), unit: "operations/B",
    value: (row) => (row.roofs.find((roof) => roof.name === memory.name) || {}).intensity,
  })));
  section("Roofline", chartFigure({
    title: "Speed against operations a byte", height: 460,
    caption: "Each layer with weights once for every memory it uses, in that memory's colour: below the " +
      "line of the memory and below the peak of the macros. The distance to the lowest roof is time " +
      "that is lost elsewhere: arrays half full, the core, waiting.",
    label: "Roofline: speed of layers against operations a byte moved, with the peaks of the macros and " +
      "the bandwidths of " + report.roofline.bandwidths.map((b) => words(b.name)).join(", ") + ".",
  }, rooflineChart(report, rows), {columns, rows}));
}
