// Numbers as text: four significant digits, thousands apart, one minus sign.
const kNothing = "\u2013";

function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/** @param digits significant ones; whole numbers keep all theirs */
function number(value, digits = 4) {
  if (!isNumber(value)) return kNothing;
  if (value === 0) return "0";
  const size = Math.abs(value);
  let text;
  if (Number.isInteger(value) && size < 1e12) {
    text = value.toLocaleString("en-GB");
  } else if (size >= 1e9 || size < 1e-4) {
    text = value.toExponential(digits - 1).replace("e+", "e");
  } else {
    text = value.toLocaleString("en-GB", {maximumSignificantDigits: digits});
  }
  return text.replace("-", "\u2212");
}

function signed(value, digits = 4) {
  if (!isNumber(value)) return kNothing;
  return (value > 0 ? "+" : "") + number(value, digits);
}

function percent(value) {
  if (!isNumber(value)) return kNothing;
  return value.toFixed(2).replace("-", "\u2212") + " %";
}

/** 0 for what is only the rounding of sums of that size. */
function withoutDust(value, size) {
  return Math.abs(value) < 1e-9 * Math.abs(size) ? 0 : value;
}

/** Change against a start, percent; null where the start is 0. */
function change(from, to) {
  if (!isNumber(from) || !isNumber(to)) return null;
  if (withoutDust(to - from, from) === 0) return 0;
  return from === 0 ? null : 100 * (to - from) / Math.abs(from);
}

const kInitials = ["abn", "adc", "dma", "dnl", "edp", "inl", "lmem", "lsb", "macs", "mvm", "sram"];
const kCapitals = new Map(kInitials.map((word) => [word, word.toUpperCase().replace("MACS", "MACs")])
  .concat([["off chip", "off-chip"]]));

/** "write_back" is a name of the report: people read "write back"; "adc", "ADC". */
function words(name) {
  return name.replace(/_/g, " ").replace(/\boff chip\b|\b[a-z]+\b/g, (word) => kCapitals.get(word) || word);
}

/** A metric's name without its unit, and the unit: energy_nj, latency_us, accuracy_percent. */
const kUnits = {
  percent: "%", us: "\u00b5s", ns: "ns", nj: "nJ", pj: "pJ", uj: "\u00b5J", mm2: "mm\u00b2",
  tops_per_w: "TOPS/W", nj_us: "nJ \u00b7 \u00b5s", images_per_s: "images/s", mw: "mW", bytes: "B",
  mhz: "MHz", v: "V",
};
function metricName(name) {
  const ends = Object.keys(kUnits).filter((unit) => name.endsWith("_" + unit));
  if (ends.length === 0) return {text: words(name), unit: name.startsWith("cycles") ? "cycles" : ""};
  const unit = ends.reduce((a, b) => (b.length > a.length ? b : a));
  return {text: words(name.slice(0, -unit.length - 1)), unit: kUnits[unit]};
}
function metricTitle(name) {
  const {text, unit} = metricName(name);
  return unit && unit !== text ? text + ", " + unit : text;
}
