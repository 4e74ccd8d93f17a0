// Parallel coordinates: an axis a variable and objective, a line a point. Drawn by hand, since
// Chart.js has no such chart.

/** An axis: where a value lies, 0 (below) to 1, and its marks. */
class Coordinate {
  constructor(title, of, values) {
    this.title = title;
    this.of = of;
    this.limits = null;  // [low, high] of the brush, as places
    const numbers = values.filter(isNumber);
    this.category = numbers.length === 0;
    if (this.category) {
      this.names = [...new Set(values.filter((v) => v !== null && v !== undefined).map(String))].sort();
    } else {
      this.few = [...new Set(numbers)].sort((a, b) => a - b);
      this.low = Math.min(...numbers);
      this.high = Math.max(...numbers);
      this.log = wide(numbers);
    }
  }
  place(value) {
    if (value === null || value === undefined) return null;
    if (this.category) {
      return this.names.length < 2 ? 0.5 : this.names.indexOf(String(value)) / (this.names.length - 1);
    }
    if (this.high === this.low) return 0.5;
    if (this.log) return Math.log(value / this.low) / Math.log(this.high / this.low);
    return (value - this.low) / (this.high - this.low);
  }
  marks() {
    if (this.category) return this.names.map((name) => ({place: this.place(name), text: name}));
    if (this.high === this.low) return [{place: 0.5, text: number(this.low)}];
    const kFew = 8;
    if (this.few.length <= kFew) return this.few.map((value) => ({place: this.place(value), text: number(value)}));
    const count = 4;
    return Array.from({length: count + 1}, (_, i) => {
      const place = i / count;
      const value = this.log ? this.low * (this.high / this.low) ** place : this.low + place * (this.high - this.low);
      return {place, text: number(value, 3)};
    });
  }
  keeps(point) {
    if (this.limits === null) return true;
    const place = this.place(this.of(point));
    return place !== null && place >= this.limits[0] - 1e-9 && place <= this.limits[1] + 1e-9;
  }
}

function coordinates(sweep) {
  const values = (of) => sweep.done.map(of);
  const make = (title, of) => new Coordinate(title, of, values(of));
  return [
    ...sweep.variables.map((v) => make(sweep.variableTitle(v), (p) => sweep.setting(p, v))),
    ...sweep.objectives.map((name) => make(metricTitle(name), (p) => p.metrics[name])),
  ];
}

/** Where the axes stand on the canvas. */
function layout(canvas, count) {
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  const left = 30;
  const right = 70;
  return {width, height, top: 46, bottom: height - 16,
    x: (i) => (count < 2 ? width / 2 : left + i * (width - left - right) / (count - 1))};
}

function drawAxes(context, t, axes, place) {
  context.font = "12px " + Chart.defaults.font.family;
  axes.forEach((a, i) => {
    const x = place.x(i);
    context.strokeStyle = t.soft;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, place.top);
    context.lineTo(x, place.bottom);
    context.stroke();
    context.fillStyle = t.text;
    context.textAlign = i === 0 ? "left" : "center";
    const room = axes.length > 1 ? place.x(1) - place.x(0) - 8 : place.width;
    // Titles of neighbours stand on two levels where there is little room.
    const two = context.measureText(a.title).width > room;
    context.fillText(a.title, i === 0 ? x - 26 : x, two && i % 2 === 1 ? 16 : 34, two ? 2 * room : room);
    context.textAlign = "left";
    context.fillStyle = t.soft;
    for (const mark of a.marks()) {
      const y = place.bottom - mark.place * (place.bottom - place.top);
      context.fillRect(x - 3, y - 0.5, 6, 1);
      context.lineWidth = 3;
      context.strokeStyle = t.surface;
      context.strokeText(mark.text, x + 6, y + 4, Math.max(24, room - 6));
      context.fillText(mark.text, x + 6, y + 4, Math.max(24, room - 6));
    }
    if (a.limits !== null) {
      const y = (p) => place.bottom - p * (place.bottom - place.top);
      context.strokeStyle = t.series(3);
      context.lineWidth = 2;
      context.strokeRect(x - 8, y(a.limits[1]), 16, y(a.limits[0]) - y(a.limits[1]));
    }
  });
}

function drawLines(context, points, axes, place) {
  for (const point of points) {
    context.beginPath();
    let pen = false;
    axes.forEach((a, i) => {
      const p = a.place(a.of(point));
      if (p === null) {
        pen = false;
        return;
      }
      const y = place.bottom - p * (place.bottom - place.top);
      if (pen) context.lineTo(place.x(i), y);
      else context.moveTo(place.x(i), y);
      pen = true;
    });
    context.stroke();
  }
}

/** Inputs that set the limits of an axis without a pointer. */
function limitControls(axes, changed) {
  return el("details", {class: "screen-only"}, el("summary", {}, "Limits of the axes"),
    axes.map((a) => el("div", {class: "controls"}, a.category ?
      choice(a.title, [{value: "", text: "all"}].concat(a.names.map((n) => ({value: n, text: n}))), "", (name) => {
        a.limits = name === "" ? null : [a.place(name), a.place(name)];
        changed();
      }) :
      ["at least", "at most"].map((side, which) => el("label", {}, a.title + ", " + side, el("input", {
        type: "number", step: "any", onchange: (event) => {
          const value = event.target.value === "" ? null : Number(event.target.value);
          const limits = a.limits || [0, 1];
          limits[which] = value === null || !Number.isFinite(value) ? which : a.place(Math.max(value, a.log ? 1e-300 : -Infinity));
          a.limits = limits[0] <= 0 && limits[1] >= 1 ? null : limits;
          changed();
        }}))))));
}

/** Drags along an axis set its limits, a click on it clears them. */
function brush(canvas, axes, changed) {
  let axisOf = null;
  let start = 0;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const place = layout(canvas, axes.length);
    const y = (event.clientY - box.top);
    return {x: event.clientX - box.left, place,
      p: Math.min(1, Math.max(0, (place.bottom - y) / (place.bottom - place.top)))};
  };
  canvas.addEventListener("pointerdown", (event) => {
    const {x, place, p} = at(event);
    const nearest = axes.map((a, i) => ({a, d: Math.abs(place.x(i) - x)})).sort((u, v) => u.d - v.d)[0];
    if (nearest.d > 24) return;
    axisOf = nearest.a;
    start = p;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!axisOf) return;
    const {p} = at(event);
    axisOf.limits = Math.abs(p - start) < 0.02 ? null : [Math.min(p, start), Math.max(p, start)];
    changed();
  });
  canvas.addEventListener("pointerup", () => {
    axisOf = null;
    changed();
  });
}

function parallelSection(sweep, showRows) {
  const axes = coordinates(sweep);
  const canvas = el("canvas", {class: "parallel", role: "img", style: {height: "380px"},
    "aria-label": "Parallel coordinates: " + sweep.done.length + " points over the axes " +
      axes.map((a) => a.title).join("; ") + "."});
  const count = el("span", {class: "count", role: "status"});
  const draw = () => {
    if (!canvas.isConnected || canvas.clientWidth === 0) {
      requestAnimationFrame(draw);
      return;
    }
    const t = theme();
    const place = layout(canvas, axes.length);
    const ratio = Math.max(window.devicePixelRatio || 1, printing ? 2 : 1);
    canvas.width = Math.round(place.width * ratio);
    canvas.height = Math.round(place.height * ratio);
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.clearRect(0, 0, place.width, place.height);
    const kept = sweep.done.filter((p) => axes.every((a) => a.keeps(p)));
    context.lineWidth = 1;
    context.strokeStyle = t.faint;
    drawLines(context, kept.filter((p) => !p.on_front), axes, place);
    context.lineWidth = 1.8;
    context.strokeStyle = t.series(0);
    drawLines(context, kept.filter((p) => p.on_front), axes, place);
    drawAxes(context, t, axes, place);
    count.textContent = kept.length + " of " + sweep.done.length + " points";
  };
  const changed = () => {
    draw();
    showRows((p) => axes.every((a) => a.keeps(p)));
  };
  brush(canvas, axes, changed);
  new ResizeObserver(() => draw()).observe(canvas);
  const limits = limitControls(axes, changed);
  section("Parallel coordinates", el("figure", {},
    el("figcaption", {}, el("h3", {}, "Settings and what they lead to"),
      el("p", {}, "A line a point; strong: on the front. Drag along an axis to keep the points between; a click on it keeps all. " +
        "The table of points follows.")),
    el("div", {class: "scroll"}, el("div", {style: {minWidth: Math.max(320, 95 * axes.length) + "px"}}, canvas)),
    el("div", {class: "controls"}, count), limits,
    el("details", {}, el("summary", {}, "Numbers of this chart"), plainTable([
      {key: "title", title: "Axis", text: true, name: true},
      {title: "From", value: (a) => (a.category ? null : a.low), show: (v, a) => (a.category ? a.names[0] : number(v))},
      {title: "To", value: (a) => (a.category ? null : a.high), show: (v, a) => (a.category ? a.names[a.names.length - 1] : number(v))},
      {title: "Values", value: (a) => new Set(sweep.done.map((p) => String(a.of(p)))).size},
      {title: "Of the front, from", value: (a) => frontRange(sweep, a)[0], show: (v) => (isNumber(v) ? number(v) : v ?? kNothing)},
      {title: "to", value: (a) => frontRange(sweep, a)[1], show: (v) => (isNumber(v) ? number(v) : v ?? kNothing)},
    ], axes, "Axes of the parallel coordinates"))));
  drawn(draw);
}

function frontRange(sweep, a) {
  const values = sweep.done.filter((p) => p.on_front).map(a.of).filter((v) => v !== null && v !== undefined)
    .sort(compareValues);
  return values.length === 0 ? [null, null] : [values[0], values[values.length - 1]];
}
