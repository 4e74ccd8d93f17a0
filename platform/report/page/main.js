// Starts the page that the data are for.

const data = JSON.parse(document.getElementById("data").textContent);
if (data.kind === "run") runPage(data.runs[0]);
else if (data.kind === "comparison") comparePage(data.runs);
else sweepPage(data.sweep);
document.getElementById("foot").append(
  "Made by leyden. Charts: Chart.js 3.9, MIT licence. This page loads nothing from a network.");
document.documentElement.setAttribute("data-ready", "");
