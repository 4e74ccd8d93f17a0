// Codes of the converters with gain 1 over the whole line, and with the gains that were chosen.

function codeFigures(counts) {
  const all = counts.reduce((a, b) => a + b, 0);
  let entropy = 0;
  for (const count of counts) {
    if (count > 0) entropy -= count / all * Math.log2(count / all);
  }
  return {used: counts.filter((count) => count > 0).length, entropy,
    low: 100 * counts[0] / all, high: 100 * counts[counts.length - 1] / all};
}

function codesSection(histograms) {
  const layers = histograms.layers.filter((l) => l.fixed.some((count) => count > 0));
  if (layers.length === 0) return;
  let layer = layers[0];
  let scale = "logarithmic";
  const rows = layers.map((l) => ({name: l.name, bits: l.bits,
    fixed: codeFigures(l.fixed), reshaped: codeFigures(l.reshaped)}));

  const figure = (key, title, caption) => chartFigure({title, caption, height: 260},
    (t, narrow) => {
      const all = layer[key].reduce((a, b) => a + b, 0);
      return {
        type: "bar",
        data: {labels: layer[key].map((_, code) => code), datasets: [{
          data: layer[key].map((count) => (count > 0 ? 100 * count / all : null)),
          backgroundColor: t.series(key === "fixed" ? 1 : 0), barPercentage: 1, categoryPercentage: 1,
          minBarLength: 1,
        }]},
        options: {
          scales: {
            x: axis(t, "code", {grid: {display: false}, ticks: {autoSkip: false, maxRotation: 0,
              callback: (code) => (code % (layer[key].length / (narrow ? 4 : 8)) === 0 ? code : null)}}),
            y: scale === "logarithmic" ? logAxis(t, "% of conversions", decades([100, 0.5 * 100 / all]))
              : axis(t, "% of conversions", {beginAtZero: true}),
          },
          plugins: {legend: {display: false}, tooltip: {callbacks: {
            title: (items) => "code " + items[0].label, label: (item) => number(item.raw) + " %"}}},
        },
      };
    }, () => ({
      columns: [{key: "code", title: "Code"}, {key: "count", title: "Conversions"}],
      rows: layer[key].map((count, code) => ({code, count})).filter((row) => row.count > 0),
    }));
  const before = figure("fixed", "Before", "Gain 1 and a mid-scale offset, the whole line in use.");
  const after = figure("reshaped", "After", "Gain, offset and units as the compiler chose them.");
  const label = () => {
    const row = rows.find((r) => r.name === layer.name);
    before.say("Histogram of codes of " + layer.name + " before reshaping: " + row.fixed.used + " codes used.");
    after.say("Histogram of codes of " + layer.name + " after reshaping: " + row.reshaped.used + " codes used.");
  };
  label();
  const redraw = () => {
    label();
    before.redraw();
    after.redraw();
  };
  const part = (key, name, title, unit) => ({title, unit, value: (row) => row[key][name],
    show: (value) => number(value, 3)});
  section("Codes of the converters",
    el("p", {}, "The same dot products of " + number(histograms.images) + " images, exact and without noise, " +
      "converted in two ways. Reshaping spreads them over the codes that there are."),
    el("div", {class: "controls"},
      choice("Layer", layers.map((l) => ({value: l.name, text: l.name + ", " + l.bits + " b"})), layer.name,
        (name) => {
          layer = layers.find((l) => l.name === name);
          redraw();
        }),
      choice("Scale", [{value: "logarithmic", text: "logarithmic"}, {value: "linear", text: "linear"}], scale,
        (value) => {
          scale = value;
          redraw();
        })),
    columns(before, after),
    el("details", {}, el("summary", {}, "All layers"),
      sortableTable([
        {key: "name", title: "Layer", text: true, name: true},
        {key: "bits", title: "Converter", unit: "b"},
        part("fixed", "used", "Codes used", "before"), part("reshaped", "used", "Codes used", "after"),
        part("fixed", "entropy", "Entropy, b", "before"), part("reshaped", "entropy", "Entropy, b", "after"),
        part("fixed", "low", "At code 0, %", "before"), part("reshaped", "low", "At code 0, %", "after"),
        part("fixed", "high", "At the highest, %", "before"), part("reshaped", "high", "At the highest, %", "after"),
      ], rows, {caption: "Codes of all layers"})));
}
