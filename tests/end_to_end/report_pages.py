"""What the tests of report pages share: a browser, sweeps with known figures, probes of a page."""

import itertools
import json
import pathlib
import time

CHROMIUM = "/usr/bin/chromium"
CHROMEDRIVER = "/usr/bin/chromedriver"

# A copy of a canvas that may be read often.
_COPY = """
const copied = (canvas) => {
  const copy = document.createElement("canvas");
  copy.width = canvas.width;
  copy.height = canvas.height;
  const context = copy.getContext("2d", {willReadFrequently: true});
  context.drawImage(canvas, 0, 0);
  return context.getImageData(0, 0, copy.width, copy.height).data;
};
"""

# Counts the pixels that were drawn and the colours among them.
PAINTED = _COPY + """
return [...document.querySelectorAll("canvas")].map((canvas) => {
  const data = copied(canvas);
  const colours = new Set();
  let painted = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] === 0) continue;
    painted += 1;
    colours.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
  }
  return [canvas.getAttribute("aria-label"), painted, colours.size];
});
"""


def missing():
    """Why there is no browser, or None."""
    try:
        import selenium  # noqa: F401  pylint: disable=import-outside-toplevel,unused-import
    except ImportError:
        return "python3-selenium is not installed"
    for program in (CHROMIUM, CHROMEDRIVER):
        if not pathlib.Path(program).exists():
            return f"{program} is not installed"
    return None


# Pixels of a canvas in the blue of the front.
BLUE = _COPY + """
const data = copied(arguments[0]);
let count = 0;
for (let i = 0; i < data.length; i += 4) {
  if (data[i] < 40 && data[i + 1] > 80 && data[i + 2] > 140 && data[i + 3] > 200) count += 1;
}
return count;
"""


class Browser:
    """Headless Chromium that opens files and tells what they log and load."""

    def __init__(self):
        # pylint: disable=import-outside-toplevel
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu",
                         "--window-size=1280,900"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(CHROMEDRIVER), options=options)
        self.command("Network.enable", {})

    def close(self):
        self.driver.quit()

    def command(self, name, parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def show(self, width=1280, scheme="light", media="screen"):
        """Sets what the page sees of its reader; a page that is open follows."""
        self.command("Emulation.setDeviceMetricsOverride",
                     {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
        self.command("Emulation.setEmulatedMedia", {
            "media": media, "features": [
                {"name": "prefers-color-scheme", "value": scheme},
                {"name": "prefers-reduced-motion", "value": "reduce"}]})
        self.settle()

    def open(self, page):
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.get("file://" + str(page))
        self.settle()

    def settle(self):
        """Two frames later everything is drawn."""
        if self.driver.current_url.startswith("file:"):
            self.driver.execute_async_script(
                "const done = arguments[0]; requestAnimationFrame(() => setTimeout(() =>"
                "requestAnimationFrame(() => setTimeout(done, 30)), 30));")
        else:
            time.sleep(0.05)

    def logged(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requested(self):
        """Addresses that were asked for."""
        events = [json.loads(entry["message"])["message"]
                  for entry in self.driver.get_log("performance")]
        return [event["params"]["request"]["url"] for event in events
                if event["method"] == "Network.requestWillBeSent"]

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def section(self, title):
        """The section with that heading."""
        return self.run(
            "return [...document.querySelectorAll('main > section')]"
            ".find((s) => s.querySelector('h2').textContent === arguments[0]) || null", title)

    def rows(self, element):
        """Texts of the cells of the first table inside an element."""
        return self.run(
            "return [...arguments[0].querySelector('table').tBodies[0].rows]"
            ".map((row) => [...row.cells].map((cell) => cell.textContent))", element)


def figures(adc, rows, form):
    """Made-up figures of a point: closed forms, so that a test can compute them too."""
    latency = 300.0 * (1152 / rows) ** 0.6 * (1 + 0.08 * adc)
    energy = 200.0 + 3 * 2.2 ** adc * (1.4 if form == "differential" else 1) + 0.05 * rows
    return {"accuracy_percent": None, "latency_us": latency, "energy_nj": energy,
            "area_mm2": 0.2 + 0.0008 * rows + 0.01 * adc, "tiles": 5000 // rows}


VARIABLES = [
    {"name": "adc", "keys": ["cim.converter.bits"], "unit": "1", "kind": "number"},
    {"name": "rows", "keys": ["cim.rows"], "unit": "1", "kind": "number"},
    {"name": "form", "keys": ["cim.cell.representation"], "unit": "", "kind": "category"},
]
OBJECTIVES = ["latency_us", "energy_nj", "area_mm2"]
CENTRE = (6, 576, "twos_complement")
CHOICES = ((4, 5, 6, 7, 8), (288, 576, 1152, 2304), ("twos_complement", "differential"))


def _plan(kind):
    if kind == "grid":
        return list(itertools.product(*CHOICES))
    points = [CENTRE]
    for place, values in enumerate(CHOICES):
        points += [CENTRE[:place] + (value,) + CENTRE[place + 1:]
                   for value in values if value != CENTRE[place]]
    return points


def dominated(point, points, names):
    """Another point is as good in all and better in one; less is better."""
    own = [point["metrics"][name] for name in names]
    for other in points:
        values = [other["metrics"][name] for name in names]
        if all(v <= o for v, o in zip(values, own)) and values != own:
            return True
    return False


def sweep(kind="grid", failing=(7, 23), about="ADC bits and rows"):
    """A sweep as `leyden sweep --json` prints it."""
    points = []
    for number, (adc, rows, form) in enumerate(_plan(kind)):
        bad = number in failing
        metrics = figures(adc, rows, form)
        points.append({
            "stage": "plan", "number": number, "status": "failed" if bad else "done",
            "message": f"Layer conv3 does not fit {rows} rows." if bad else "",
            "depth": "cost", "on_front": False,
            "variables": {"adc": str(adc), "rows": str(rows), "form": form},
            "settings": {"cim.converter.bits": str(adc), "cim.rows": str(rows),
                         "cim.cell.representation": form},
            "metrics": dict.fromkeys(metrics) if bad else metrics})
    done = [p for p in points if p["status"] == "done"]
    for point in done:
        point["on_front"] = not dominated(point, done, OBJECTIVES)
    confirm = []
    for point in [p for p in done if p["on_front"]][:3]:
        full = {**point, "stage": "confirm", "depth": "full", "on_front": False,
                "metrics": {**point["metrics"], "accuracy_percent": 98.0}}
        points.append(full)
        confirm.append({"number": point["number"], "cycles_error_percent": -0.5,
                        "energy_error_percent": 1.25})
    return {
        "schema_version": 1, "about": about, "leyden_version": "0.1.0", "origin": "x.yaml",
        "depth": "cost", "plan": kind, "seed": 1,
        "base": {"chip": "imagine", "network": "lenet5-fashion",
                 "set": ["system.macros=2"],
                 "quantise": ["weight_bits=4"], "images": 50, "calibrate": False},
        "variables": VARIABLES,
        "metrics": [{"name": name, "text": f"the {name}", "better": better}
                    for name, better in (("accuracy_percent", 1), ("latency_us", -1),
                                         ("energy_nj", -1), ("area_mm2", -1), ("tiles", 0))],
        "objectives": [{"metric": name, "better": -1} for name in OBJECTIVES],
        "points": points, "confirm": confirm}
