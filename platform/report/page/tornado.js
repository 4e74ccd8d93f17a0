// Sensitivity: how far each variable moves a metric.

function mean(values) {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Points by the value of a variable; many numbers are gathered in five groups of equal size. */
function groupsOf(sweep, variable, points) {
  const map = new Map();
  for (const p of points) {
    const value = sweep.setting(p, variable);
    if (value === null) continue;
    if (!map.has(value)) map.set(value, []);
    map.get(value).push(p);
  }
  const groups = [...map.entries()].sort((a, b) => compareValues(a[0], b[0]))
    .map(([value, members]) => ({text: isNumber(value) ? number(value) : value, members}));
  const kMost = 8;
  const kGroups = 5;
  if (groups.length <= kMost || variable.kind !== "number") return groups;
  const ordered = groups.flatMap((g) => g.members.map((member) => ({member, text: g.text})));
  return Array.from({length: kGroups}, (_, i) => {
    const part = ordered.slice(Math.floor(i * ordered.length / kGroups), Math.floor((i + 1) * ordered.length / kGroups));
    return {text: part[0].text + " to " + part[part.length - 1].text, members: part.map((e) => e.member)};
  });
}

/** The point of a one-at-a-time plan that the others vary around: the commonest value of each variable. */
function centreOf(sweep) {
  const centre = {};
  for (const v of sweep.variables) {
    const counts = {};
    for (const p of sweep.done) counts["=" + p.variables[v.name]] = (counts["=" + p.variables[v.name]] || 0) + 1;
    centre[v.name] = Object.keys(counts).reduce((a, b) => (counts[b] > counts[a] ? b : a)).slice(1);
  }
  return centre;
}

/** @return [{name, low, high, from, to, middle, groups}], widest first */
function effects(sweep, metric) {
  const points = sweep.done.filter((p) => isNumber(p.metrics[metric]));
  if (points.length === 0) return [];
  const oneAtATime = sweep.data.plan === "sensitivity";
  const centre = oneAtATime ? centreOf(sweep) : null;
  const differing = (p) => sweep.variables.filter((v) => p.variables[v.name] !== centre[v.name]).map((v) => v.name);
  const atCentre = oneAtATime ? points.filter((p) => differing(p).length === 0) : points;
  const middle = atCentre.length > 0 ? mean(atCentre.map((p) => p.metrics[metric])) : mean(points.map((p) => p.metrics[metric]));
  return sweep.variables.map((v) => {
    // Of variables that follow from others, the first that differs is the one that was varied.
    const own = oneAtATime ? points.filter((p) => differing(p).length === 0 || differing(p)[0] === v.name) : points;
    const groups = groupsOf(sweep, v, own)
      .map((g) => ({text: g.text, value: mean(g.members.map((p) => p.metrics[metric])), points: g.members.length}));
    if (groups.length < 2) return null;
    const low = groups.reduce((a, b) => (b.value < a.value ? b : a));
    const high = groups.reduce((a, b) => (b.value > a.value ? b : a));
    return {name: sweep.variableTitle(v), low: low.value, high: high.value, from: low.text, to: high.text, middle, groups};
  }).filter((e) => e !== null).sort((a, b) => (b.high - b.low) - (a.high - a.low));
}

function sensitivitySection(sweep) {
  if (sweep.metrics.length === 0) return;
  let metric = sweep.objectives[0];
  if (!sweep.objectives.some((name) => effects(sweep, name).length > 0)) return;
  const oneAtATime = sweep.data.plan === "sensitivity";
  const figure = chartFigure({
    title: "Range of a metric by variable", height: 120 + 40 * sweep.variables.length,
    caption: oneAtATime ? "One variable at a time, the others at the centre (dashed)." :
      "Main effects: means over all points with a value of the variable, whatever the others; dashed: the mean of all. " +
      "Variables with many values are taken in five groups.",
  }, (t, narrow) => {
    const rows = effects(sweep, metric);
    const middle = rows.length > 0 ? rows[0].middle : 0;
    const spread = rows.flatMap((r) => [r.low, r.high, middle]);
    const room = 0.08 * (Math.max(...spread) - Math.min(...spread) || Math.abs(middle) || 1);
    return {
      type: "bar",
      data: {labels: rows.map((r) => r.name), datasets: [
        {label: "range", data: rows.map((r) => [r.low, r.high]), backgroundColor: t.series(0), maxBarThickness: 22, minBarLength: 2},
      ]},
      options: {
        indexAxis: "y",
        scales: {
          x: axis(t, metricTitle(metric), {min: Math.min(...spread) - room, max: Math.max(...spread) + room,
            ticks: {maxTicksLimit: narrow ? 4 : 9, maxRotation: 0, includeBounds: false, callback: (value) => number(value, 3)}}),
          y: axis(t, "", {grid: {display: false}, ticks: {autoSkip: false, color: t.text,
            callback(i) { return shortLabel(this.getLabelForValue(i), narrow); }}}),
        },
        plugins: {legend: {display: false}, tooltip: {callbacks: {label: (item) => {
          const r = rows[item.dataIndex];
          return number(r.low) + " at " + r.from + ", " + number(r.high) + " at " + r.to;
        }}}},
      },
      plugins: [{id: "middle", afterDatasetsDraw: (chart) => {
        const x = chart.scales.x.getPixelForValue(middle);
        const {top, bottom} = chart.chartArea;
        const {ctx} = chart;
        ctx.save();
        ctx.strokeStyle = t.text;
        ctx.setLineDash([5, 4]);
        ctx.beginPath();
        ctx.moveTo(x, top);
        ctx.lineTo(x, bottom);
        ctx.stroke();
        ctx.restore();
      }}],
    };
  }, () => ({
    columns: [{key: "name", title: "Variable", text: true, name: true},
      {key: "low", title: "Lowest", unit: metricName(metric).unit}, {key: "from", title: "at", text: true},
      {key: "high", title: "Highest", unit: metricName(metric).unit}, {key: "to", title: "at", text: true},
      {title: "Range", unit: metricName(metric).unit, value: (r) => r.high - r.low},
      {title: "Range, of the dashed", unit: "%", value: (r) => (r.middle ? 100 * (r.high - r.low) / Math.abs(r.middle) : null)},
      {title: "All values", text: true, value: (r) => r.groups.map((g) => g.text + ": " + number(g.value)).join("; ")}],
    rows: effects(sweep, metric),
  }));
  const say = () => {
    const rows = effects(sweep, metric);
    figure.say("Bars: range of " + metricTitle(metric) + " by variable" +
      (rows.length > 0 ? "; widest for " + rows[0].name + ", " + number(rows[0].low) + " to " + number(rows[0].high) : "") + ".");
  };
  section("Sensitivity", el("div", {class: "controls"},
    choice("Metric", sweep.metrics.map((m) => ({value: m.name, text: metricTitle(m.name)})), metric, (name) => {
      metric = name;
      figure.redraw();
      say();
    })), figure);
  say();
}
