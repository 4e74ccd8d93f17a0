// Charts by Chart.js, each in a figure with a caption and its numbers as a table beneath.

Chart.defaults.animation = false;
Chart.defaults.font.family = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", Arial, sans-serif';
Chart.defaults.maintainAspectRatio = false;

/** What all charts share in the colours of now. */
function chartColours(t) {
  Chart.defaults.color = t.soft;
  Chart.defaults.borderColor = t.grid;
  Object.assign(Chart.defaults.plugins.tooltip, {
    backgroundColor: t.dark ? "#2a3341" : "#1b2230", titleColor: "#ffffff", bodyColor: "#ffffff",
  });
}

/**
 * @param about {title, caption, label: what a reader who does not see it should know, height}
 * @param make (theme, narrow): the configuration for Chart.js
 * @param numbers {columns, rows} of the table beneath, or a function of it
 * @return the figure, with `.redraw()`
 */
function chartFigure(about, make, numbers) {
  const canvas = el("canvas", {role: "img", "aria-label": about.label || about.title});
  const plot = el("div", {class: "plot", style: {height: about.height + "px"}}, canvas);
  const details = el("details", {}, el("summary", {}, "Numbers of this chart"));
  const figure = el("figure", {}, el("figcaption", {}, el("h3", {}, about.title),
    about.caption ? el("p", {}, about.caption) : null), plot, details);
  let chart = null;
  const draw = () => {
    if (!plot.isConnected) {
      requestAnimationFrame(draw);
      return;
    }
    const t = theme();
    chartColours(t);
    if (chart) chart.destroy();
    chart = new Chart(canvas, make(t, plot.clientWidth < 520));
    figure.chart = chart;
  };
  const fill = () => {
    const {columns, rows} = typeof numbers === "function" ? numbers() : numbers;
    while (details.children.length > 1) details.lastChild.remove();
    details.append(plainTable(columns, rows, "Numbers of the chart: " + about.title));
  };
  figure.redraw = () => {
    draw();
    fill();
  };
  figure.say = (label) => canvas.setAttribute("aria-label", label);
  fill();
  drawn(draw);
  return figure;
}

function axis(t, title, more) {
  const {ticks, ...rest} = more || {};
  return {
    title: {display: Boolean(title), text: title, color: t.soft},
    grid: {color: t.grid, drawBorder: false},
    ticks: {color: t.soft, ...(ticks || {})},
    ...rest,
  };
}

function legend(t, more) {
  return {position: "bottom", align: "start",
          labels: {color: t.text, boxWidth: 12, boxHeight: 12, padding: 10}, ...(more || {})};
}

/** The largest parts by themselves, the others as one. @param parts [{name, values}] */
function largestParts(parts, most) {
  const sum = (part) => part.values.reduce((a, b) => a + b, 0);
  const used = parts.filter((part) => sum(part) > 0);
  const kept = new Set(used.slice().sort((a, b) => sum(b) - sum(a)).slice(0, most));
  if (used.length <= most + 1) return used;
  const others = used.filter((part) => !kept.has(part));
  return used.filter((part) => kept.has(part)).concat([{
    name: others.length + " others", rest: true,
    values: used[0].values.map((_, i) => others.reduce((a, part) => a + part.values[i], 0)),
  }]);
}

/** A label of an axis that leaves room for the bars. */
function shortLabel(text, narrow) {
  const most = narrow ? 12 : 26;
  return text.length > most ? text.slice(0, most - 1) + "\u2026" : text;
}

/** Stacked bars from left to right, one a row. @param parts [{name, values[row]}] */
function stackedBars(about, names, parts, unit) {
  const shown = largestParts(parts, kSeries.length);
  const make = (t, narrow) => ({
    type: "bar",
    data: {
      labels: names,
      datasets: shown.map((part, i) => ({
        label: words(part.name), data: part.values, borderWidth: {left: 0, right: 1},
        backgroundColor: part.rest ? t.rest : t.series(i), borderColor: t.surface,
        maxBarThickness: 26, categoryPercentage: 0.9, barPercentage: 0.85,
      })),
    },
    options: {
      indexAxis: "y",
      scales: {
        x: axis(t, unit, {stacked: true, beginAtZero: true, ticks: {maxTicksLimit: narrow ? 5 : 9}}),
        y: axis(t, "", {stacked: true, grid: {display: false},
          ticks: {autoSkip: false, color: t.text, font: {size: 11},
            callback(i) { return shortLabel(this.getLabelForValue(i), narrow); }}}),
      },
      interaction: {mode: "index", axis: "y", intersect: false},
      plugins: {legend: legend(t), tooltip: {
        filter: (item) => item.raw > 0,
        callbacks: {label: (item) => item.dataset.label + ": " + number(item.raw) + " " + unit},
      }},
    },
  });
  const columns = [{key: "name", title: "Name", text: true, name: true},
    {title: "total", unit, value: (row) => parts.reduce((a, part) => a + part.values[row.i], 0)}]
    .concat(parts.filter((part) => part.values.some((v) => v > 0)).map((part) =>
      ({title: words(part.name), unit, value: (row) => part.values[row.i]})));
  return chartFigure({...about, height: about.height || 110 + 20 * names.length}, make,
    {columns, rows: names.map((name, i) => ({name, i}))});
}

/** Bars side by side. @param series [{name, values[row]}] */
function groupedBars(about, names, series, unit) {
  const make = (t, narrow) => ({
    type: "bar",
    data: {labels: names, datasets: series.map((one, i) => ({
      label: one.name, data: one.values, backgroundColor: t.series(i), maxBarThickness: 16,
      categoryPercentage: 0.8, barPercentage: 0.95,
    }))},
    options: {
      indexAxis: "y",
      scales: {
        x: axis(t, unit, {beginAtZero: true, ticks: {maxTicksLimit: narrow ? 5 : 9}}),
        y: axis(t, "", {grid: {display: false}, ticks: {autoSkip: false, color: t.text, font: {size: 11},
          callback(i) { return shortLabel(this.getLabelForValue(i), narrow); }}}),
      },
      interaction: {mode: "index", axis: "y", intersect: false},
      plugins: {legend: legend(t), tooltip: {
        callbacks: {label: (item) => item.dataset.label + ": " + number(item.raw) + " " + unit}}},
    },
  });
  const columns = [{key: "name", title: "Name", text: true, name: true}].concat(
    series.map((one) => ({title: one.name, unit, value: (row) => one.values[row.i]})));
  return chartFigure({...about, height: about.height || 110 + (8 + 11 * series.length) * names.length},
    make, {columns, rows: names.map((name, i) => ({name, i}))});
}
