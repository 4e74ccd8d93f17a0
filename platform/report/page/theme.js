// Colours of charts: they follow the reader's choice of dark or light, and paper is always light.
// Series: the palette of Okabe and Ito, which people with any colour vision can tell apart; grey
// is what is left over.
const kSeries = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#e3d32b"];
const kRest = "#8c8c8c";

const darkQuery = window.matchMedia("(prefers-color-scheme: dark)");
const printQuery = window.matchMedia("print");
let printing = printQuery.matches;

function theme() {
  const dark = darkQuery.matches && !printing;
  return {
    dark,
    text: dark ? "#e6e9ef" : "#1b2230",
    soft: dark ? "#a5afbf" : "#566072",
    grid: dark ? "#2c3440" : "#e3e6ec",
    surface: dark ? "#14181f" : "#ffffff",
    raised: dark ? "#1d232d" : "#f6f7f9",
    series: (i) => (i < kSeries.length ? kSeries[i] : kRest),
    rest: kRest,
    quiet: dark ? "rgba(165,175,191,0.55)" : "rgba(86,96,114,0.45)",
    faint: dark ? "rgba(165,175,191,0.28)" : "rgba(86,96,114,0.22)",
  };
}

const redraws = [];
/** Calls `draw` now and whenever the colours change. */
function drawn(draw) {
  redraws.push(draw);
  draw();
}
function redrawAll() {
  document.documentElement.classList.toggle("paper", printing);
  for (const draw of redraws) draw();
}
darkQuery.addEventListener("change", redrawAll);
printQuery.addEventListener("change", (event) => {
  printing = event.matches;
  redrawAll();
});
window.addEventListener("beforeprint", () => {
  printing = true;
  redrawAll();
});
window.addEventListener("afterprint", () => {
  printing = false;
  redrawAll();
});
