// Monte-Carlo over dies.

function diesSection(dies) {
  const each = dies.each.slice().sort((a, b) => a.accuracy_percent - b.accuracy_percent);
  const share = each.map((die, i) => ({x: die.accuracy_percent, y: 100 * (each.length - i) / each.length}));
  const limit = dies.yield ? dies.yield.accuracy_limit_percent : null;
  const chart = chartFigure({
    title: "Dies that reach an accuracy", height: 300,
    caption: "Read upwards: the share of dies at least as good" + (limit === null ? "." : "; dashed: the limit of a good die."),
    label: "Steps: share of " + each.length + " dies that reach an accuracy, from " +
      number(each[0].accuracy_percent) + " to " + number(each[each.length - 1].accuracy_percent) + " percent.",
  }, (t) => ({
    type: "scatter",
    data: {datasets: [
      {label: "dies", data: share, showLine: true, stepped: "after", clip: 8, borderColor: t.series(0), backgroundColor: t.series(0),
        borderWidth: 2, radius: each.length > 60 ? 0 : 4},
      ...(limit === null ? [] : [{label: "limit", data: [{x: limit, y: 0}, {x: limit, y: 100}], showLine: true,
        borderColor: t.series(3), borderDash: [6, 4], borderWidth: 2, pointRadius: 0}]),
    ]},
    options: {
      scales: {x: axis(t, "accuracy, %"), y: axis(t, "dies, %", {min: 0, max: 100})},
      plugins: {legend: {display: false}, tooltip: {callbacks: {label: (item) =>
        number(item.raw.y) + " % of dies reach " + number(item.raw.x) + " %"}}},
    },
  }), {columns: [{key: "die_seed", title: "Die"}, {key: "accuracy_percent", title: "Accuracy", unit: "%"},
    ...Object.keys(each[0].linearity).filter((name) => isNumber(each[0].linearity[name])).map((name) =>
      ({title: metricName(name).text, value: (die) => die.linearity[name]}))], rows: each});
  const spread = Object.entries(dies.distributions).map(([name, d]) => ({name, ...d}));
  const yielded = dies.yield;
  section("Dies",
    el("p", {}, dies.count + " dies, " + number(dies.images_per_die) + " images each" +
      (dies.calibrated ? ", each calibrated" : "") + ". All other sections are of the first of them."),
    yielded ? tiles([{name: "Yield", value: number(yielded.yield_percent), unit: "%",
      note: yielded.good_dies + " of " + dies.count + " dies reach " + number(limit) + " %; " +
        number(yielded.lower_percent) + " to " + number(yielded.upper_percent) + " % at " +
        number(yielded.confidence_percent) + " % confidence"}]) : null,
    columns(chart, plainTable([
      {key: "name", title: "Of the dies", text: true, name: true, show: words},
      {key: "mean", title: "Mean"}, {key: "standard_deviation", title: "SD", show: (value, d) => number(withoutDust(value, d.mean))},
      {key: "min", title: "Min"}, {key: "median", title: "Median"}, {key: "max", title: "Max"},
    ], spread, "Distributions over dies")));
}
