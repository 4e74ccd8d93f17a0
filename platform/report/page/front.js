// The Pareto front: two metrics against each other.

/** Points that no other beats in these two, by the first. */
function frontOfTwo(points, x, y) {
  const ordered = points.slice().sort((a, b) => x.better * (b.x - a.x) || y.better * (b.y - a.y));
  const front = [];
  for (const point of ordered) {
    if (front.length === 0 || y.better * (point.y - front[front.length - 1].y) > 0) front.push(point);
  }
  return front;
}

/** Steps between the points of a front: what both ends of a step reach is reached between them. */
function steps(front) {
  const line = [];
  front.forEach((point, i) => {
    if (i > 0) line.push({x: front[i - 1].x, y: point.y});
    line.push(point);
  });
  return line;
}

function wide(values) {
  const positive = values.every((v) => v > 0);
  return positive && Math.max(...values) / Math.min(...values) > 50;
}

function frontSection(sweep) {
  if (sweep.metrics.length === 0) return;
  const names = sweep.metrics.map((m) => m.name);
  let x = sweep.objectives[0] || names[0];
  let y = sweep.objectives[1] || names.find((n) => n !== x) || x;
  const points = () => sweep.done.filter((p) => isNumber(p.metrics[x]) && isNumber(p.metrics[y]))
    .map((p) => ({x: p.metrics[x], y: p.metrics[y], p}));
  const pair = () => frontOfTwo(points(), {better: sweep.better(x)}, {better: sweep.better(y)});
  const scale = (t, name, values) => (wide(values) ? logAxis(t, metricTitle(name), decades(values)) :
    axis(t, metricTitle(name), {grace: "5%"}));
  const figure = chartFigure({
    title: "Points and front", height: 460,
    caption: "Line and rings: the front of the two metrics shown. Filled: points on the front of all objectives (" +
      sweep.objectives.map(metricTitle).join("; ") + ").",
  }, (t) => {
    const shown = points();
    const dots = (label, data, colour, style) => ({label, data, showLine: false, backgroundColor: colour,
      borderColor: t.surface, borderWidth: 1, radius: 5, hoverRadius: 8, pointStyle: style});
    return {
      type: "scatter",
      data: {datasets: [
        dots("on the front", shown.filter((s) => s.p.on_front), t.series(0), "circle"),
        dots("others", shown.filter((s) => !s.p.on_front), t.quiet, "rect"),
        {label: "front of these two", data: steps(pair()), showLine: true, pointHitRadius: 0,
          pointRadius: (context) => (context.raw && context.raw.p ? 7 : 0), pointBackgroundColor: "transparent",
          borderColor: t.series(3), borderWidth: 2, pointStyle: "circle"},
      ]},
      options: {
        scales: {x: scale(t, x, shown.map((s) => s.x)), y: scale(t, y, shown.map((s) => s.y))},
        plugins: {legend: legend(t, {labels: {color: t.text, usePointStyle: true, padding: 12}}), tooltip: {
          filter: (item) => Boolean(item.raw.p),
          callbacks: {label: (item) => "point " + item.raw.p.number + ": " + metricName(x).text + " " + number(item.raw.x) + ", " +
            metricName(y).text + " " + number(item.raw.y), afterLabel: (item) => sweep.settingsText(item.raw.p)},
        }},
      },
    };
  }, () => ({
    columns: [{title: "Point", name: true, value: (s) => s.p.number, show: (value) => String(value)},
      {title: metricName(x).text, unit: metricName(x).unit, key: "x"}, {title: metricName(y).text, unit: metricName(y).unit, key: "y"},
      {title: "Settings", text: true, value: (s) => sweep.settingsText(s.p)}], rows: pair(),
  }));
  const redraw = () => {
    figure.say("Scatter of " + points().length + " points: " + metricTitle(y) + " against " + metricTitle(x) +
      "; " + pair().length + " of them on the front of the two.");
    figure.redraw();
  };
  const options = names.map((name) => ({value: name, text: metricTitle(name)}));
  section("Front",
    el("div", {class: "controls"},
      choice("Across", options, x, (name) => { x = name; redraw(); }),
      choice("Up", options, y, (name) => { y = name; redraw(); })),
    figure);
  figure.say("Scatter of " + points().length + " points: " + metricTitle(y) + " against " + metricTitle(x) +
    "; " + pair().length + " of them on the front of the two.");
}
