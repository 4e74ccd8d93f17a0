"""Report pages as a reader sees them, in headless Chromium."""

import base64
import json
import pathlib
import re
import shlex
import shutil
import tempfile
import unittest

import report_pages
from report_pages import BLUE, OBJECTIVES, PAINTED, dominated
from support import FASHION, leyden

COPY = "document.querySelector('[aria-label=\"Copy the command of point {}\"]').click()"
EVIL = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"


def number(text):
    """What a cell says, as a number; none for a dash."""
    text = text.replace(",", "").replace("\u2212", "-").replace("+", "").strip()
    return None if text in ("", "\u2013") else float(text)


@unittest.skipUnless(pathlib.Path(FASHION).is_dir(), f"{FASHION} is not there")
class Pages(unittest.TestCase):
    """Pages are made once, and one browser shows them all."""

    @classmethod
    def setUpClass(cls):
        reason = report_pages.missing()
        if reason:
            raise unittest.SkipTest(reason)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="leyden-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.run_leyden("run", "a", "--dies", "3", "--accuracy-limit", "50")
        cls.run_leyden("run", "b", "--set", "system.macros=2")
        for kind in ("grid", "sensitivity"):
            (cls.folder / f"{kind}.json").write_text(
                json.dumps(report_pages.sweep(kind)), encoding="utf-8")
        cls.make_evil()
        for page, inputs in {"run": ["a"], "comparison": ["a", "b"], "three": ["a", "b", "evil"],
                             "grid": ["grid.json"], "sensitivity": ["sensitivity.json"],
                             "evil": ["evil"], "evil_sweep": ["evil.json"]}.items():
            result = leyden("report", *[cls.folder / name for name in inputs],
                            "-o", cls.folder / f"{page}.html")
            assert result.returncode == 0, result.stderr
        cls.browser = report_pages.Browser()
        cls.addClassCleanup(cls.browser.close)

    @classmethod
    def run_leyden(cls, command, name, *options):
        result = leyden(command, "--chip", "imagine", "--network", "lenet5-fashion", "--data",
                        FASHION, "--images", "10", "--report", cls.folder / name, "-q", *options)
        assert result.returncode == 0, result.stderr

    @classmethod
    def make_evil(cls):
        """A report and a sweep whose every text would like to be markup."""
        shutil.copytree(cls.folder / "a", cls.folder / "evil")
        report = json.loads((cls.folder / "evil" / "report.json").read_text(encoding="utf-8"))
        report["layers"][1]["name"] = EVIL
        report["run"]["network"] = report["run"]["data"] = "</script>" + EVIL
        report["warnings"] = [EVIL]
        (cls.folder / "evil" / "report.json").write_text(json.dumps(report), encoding="utf-8")
        (cls.folder / "evil" / "config.yaml").write_text("</pre>" + EVIL, encoding="utf-8")
        (cls.folder / "evil" / "occupancy.svg").write_text(
            '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="window.hacked=3">'
            '<script>window.hacked = 4</script><a href="javascript:window.hacked=5"><text>a</text></a>'
            '<image href="http://127.0.0.1:9/x.png"/><rect fill="url(http://127.0.0.1:9/y)"/>'
            '<text style="fill:red" onclick="window.hacked=6">kept</text></svg>', encoding="utf-8")
        points = report_pages.sweep(about=EVIL)
        points["points"][0]["variables"]["form"] = EVIL
        points["points"][7]["message"] = EVIL
        points["points"][0]["settings"]["cim.rows"] = "1; rm -rf 'x' " + EVIL
        (cls.folder / "evil.json").write_text(json.dumps(points), encoding="utf-8")

    def open(self, page):
        self.browser.open(self.folder / f"{page}.html")

    def report(self, name="a"):
        return json.loads((self.folder / name / "report.json").read_text(encoding="utf-8"))

    def assert_drawn(self, least):
        painted = self.browser.run(PAINTED)
        self.assertGreaterEqual(len(painted), least)
        for label, pixels, colours in painted:
            self.assertGreater(len(label), 15, label)
            self.assertGreater(pixels, 500, label)
            self.assertGreater(colours, 5, label)

    def table(self, caption):
        return self.browser.run(
            "return [...document.querySelectorAll('table')].find((t) => t.caption"
            "&& t.caption.textContent === arguments[0]).parentElement", caption)

    def heading(self, table, text):
        return self.browser.run(
            "return [...arguments[0].querySelectorAll('th button')]"
            ".find((b) => b.textContent === arguments[1])", table, text)

    def choose(self, label, value):
        self.browser.run(
            "const s = [...document.querySelectorAll('label')].find((l) => "
            "l.firstChild.textContent === arguments[0]).querySelector('select');"
            "s.value = arguments[1]; s.dispatchEvent(new Event('change'))", label, value)
        self.browser.settle()

    def test_every_page_opens_clean_and_draws(self):
        sections = {"run": ("Summary", "Layers", "Latency and energy", "Roofline", "Arrays",
                            "Codes of the converters", "Dies", "Configuration"),
                    "comparison": ("Summary", "Differences", "Side by side", "Configuration"),
                    "three": ("Summary", "Differences"),
                    "grid": ("Summary", "Front", "Parallel coordinates", "Sensitivity", "Points",
                             "Confirmed points", "Failed points"),
                    "sensitivity": ("Front", "Sensitivity")}
        charts = {"run": 6, "comparison": 4, "three": 4, "grid": 3, "sensitivity": 3}
        for page, titles in sections.items():
            with self.subTest(page=page):
                self.browser.show()
                self.open(page)
                self.assertEqual(self.browser.logged(), [])
                self.assertEqual(
                    [url for url in self.browser.requested() if not url.startswith("data:")],
                    [f"file://{self.folder}/{page}.html"])
                for title in titles:
                    self.assertIsNotNone(self.browser.section(title), title)
                self.assert_drawn(charts[page])
                self.check_form()

    def check_form(self):
        """What a reader without eyes or mouse needs."""
        wrong = self.browser.run("""
            const wrong = [];
            const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
            if (new Set(ids).size !== ids.length) wrong.push("identifiers are given twice");
            for (const c of document.querySelectorAll("canvas")) {
              const figure = c.closest("figure");
              if (c.getAttribute("role") !== "img") wrong.push("a canvas has no role");
              if (!figure.querySelector("figcaption")) wrong.push("a chart has no caption");
              const rows = figure.querySelectorAll("details table tbody tr");
              if (rows.length === 0) wrong.push("no numbers: " + c.getAttribute("aria-label"));
            }
            for (const i of document.querySelectorAll("input, select"))
              if (!i.labels || i.labels.length !== 1) wrong.push("an input has no label");
            for (const t of document.querySelectorAll("table"))
              if (!t.caption) wrong.push("a table has no caption");
            for (const a of document.querySelectorAll("nav a"))
              if (!document.querySelector(a.getAttribute("href"))) wrong.push("a link leads nowhere");
            if (/undefined|NaN|\\[object/.test(document.body.innerText)) wrong.push(
              "a text says " + /.{20}(undefined|NaN|\\[object).{20}/s.exec(document.body.innerText));
            return wrong;""")
        self.assertEqual(wrong, [])

    def test_names_are_never_markup(self):
        self.browser.show()
        for page in ("evil", "evil_sweep"):
            with self.subTest(page=page):
                self.open(page)
                self.assertIsNone(self.browser.run("return window.hacked ?? null"))
                self.assertEqual(self.browser.run(
                    "return document.querySelectorAll('main img, main script, main image,"
                    " main a').length"), 0)
                self.assertEqual(
                    [url for url in self.browser.requested() if not url.startswith("data:")],
                    [f"file://{self.folder}/{page}.html"])
                self.assertIn(EVIL, self.browser.run("return document.body.innerText"))
                self.assertEqual(self.browser.logged(), [])
        self.open("evil")
        self.assertEqual(self.browser.run(
            "return [...document.querySelectorAll('.occupancy *')].flatMap((e) =>"
            "[...e.attributes].map((a) => a.name)).filter((n) => /^on|style|href/.test(n))"), [])

    def test_layers_sort_and_filter_by_click_and_key(self):
        from selenium.webdriver.common.keys import Keys  # pylint: disable=import-outside-toplevel
        self.browser.show()
        self.open("run")
        layers = self.report()["layers"]
        table = self.table("Layers")
        names = lambda: [row[0] for row in self.browser.rows(table)]  # noqa: E731
        self.assertEqual(names(), [layer["name"] for layer in layers])
        down = [layer["name"] for layer in
                sorted(layers, key=lambda layer: -layer["energy_pj"]["total"])]
        button = self.heading(table, "Energy")
        sort = lambda: self.browser.run(  # noqa: E731
            "return arguments[0].closest('th').getAttribute('aria-sort')", button)
        self.assertEqual(sort(), "none")
        button.click()
        self.assertEqual((names(), sort()), (down, "descending"))
        button.click()
        self.assertEqual((names(), sort()), (down[::-1], "ascending"))
        button.send_keys(Keys.ENTER)
        self.assertEqual((names(), sort()), (down, "descending"))
        button.send_keys(Keys.SPACE)
        self.assertEqual((names(), sort()), (down[::-1], "ascending"))
        self.heading(table, "Layer").click()
        self.assertEqual(sort(), "none")
        self.assertEqual(names(), sorted(layer["name"] for layer in layers))
        field = self.browser.run("return document.querySelector('input[type=search]')")
        field.send_keys("CONV")
        self.assertEqual(names(), sorted(n["name"] for n in layers if "conv" in n["name"]))
        self.choose("Kind", "macro")
        self.assertEqual(names(), sorted(n["name"] for n in layers
                                         if "conv" in n["name"] and n["kind"] == "macro"))
        field.clear()
        field.send_keys("no such layer")
        self.assertEqual(names(), [])
        self.assertIn(f"0 of {len(layers)} rows", self.browser.run("return document.body.innerText"))

    def test_keyboard_reaches_the_content_first(self):
        from selenium.webdriver.common.action_chains import ActionChains
        from selenium.webdriver.common.keys import Keys  # pylint: disable=import-outside-toplevel
        self.browser.show()
        self.open("run")
        press = lambda key: ActionChains(self.browser.driver).send_keys(key).perform()  # noqa: E731
        press(Keys.TAB)
        self.assertEqual(self.browser.run("return document.activeElement.textContent"),
                         "Skip to content")
        box = self.browser.run("const b = document.activeElement.getBoundingClientRect();"
                               "return [b.left, b.top, getComputedStyle(document.activeElement)"
                               ".outlineStyle]")
        self.assertGreaterEqual(min(box[:2]), 0)
        self.assertEqual(box[2], "solid")
        press(Keys.ENTER)
        self.assertEqual(self.browser.run("return document.activeElement.id"), "content")
        press(Keys.TAB)
        self.assertTrue(self.browser.run(
            "return document.getElementById('content').contains(document.activeElement)"))

    def test_numbers_are_those_of_the_report(self):
        self.browser.show()
        self.open("run")
        report = self.report()
        rows = {row[0]: row for row in self.browser.rows(self.table("Layers"))}
        for layer in report["layers"]:
            row = rows[layer["name"]]
            self.assertEqual(number(row[2]), layer["macs"])
            self.assertAlmostEqual(number(row[6]) / (layer["latency_ns"] / 1e3), 1, delta=6e-4)
            self.assertAlmostEqual(number(row[8]) / (layer["energy_pj"]["total"] / 1e3), 1,
                                   delta=6e-4)
        # The chart's own data sum to the same.
        for title, total in (("Latency by cause", report["total"]["latency_ns"] / 1e3),
                             ("Energy by component", report["total"]["energy_pj"]["total"] / 1e3)):
            drawn = self.browser.run(
                "const f = [...document.querySelectorAll('figure')].find((f) =>"
                "f.querySelector('h3').textContent === arguments[0]);"
                "return f.chart.data.datasets.flatMap((d) => d.data).reduce((a, b) => a + b, 0)",
                title)
            self.assertAlmostEqual(drawn / total, 1, delta=1e-9)

    def test_dark_print_and_narrow(self):
        for page in ("run", "comparison", "grid"):
            with self.subTest(page=page):
                self.browser.show(scheme="dark")
                self.open(page)
                self.check_colours(dark=True)
                self.assert_drawn(3)
                # The page follows when its reader changes his mind, charts too.
                before = self.browser.run("return document.querySelector('canvas').toDataURL()")
                self.browser.show(scheme="light")
                self.check_colours(dark=False)
                self.assertNotEqual(
                    before, self.browser.run("return document.querySelector('canvas').toDataURL()"))
                self.browser.show(scheme="dark", media="print", width=700)
                self.check_colours(dark=False)  # paper is light
                self.assertEqual(self.browser.run(
                    "return getComputedStyle(document.querySelector('nav')).display"), "none")
                self.assert_drawn(3)
                paper = self.browser.command("Page.printToPDF", {"printBackground": True})
                self.assertTrue(base64.b64decode(paper["data"]).startswith(b"%PDF"))
                for width in (360, 400, 800, 1920):
                    self.browser.show(width=width)
                    self.assertLessEqual(self.browser.run(
                        "return document.documentElement.scrollWidth"), width)
                    self.assert_drawn(3)
                self.assertEqual(self.browser.logged(), [])

    def check_colours(self, dark):
        """Background as asked for, and text at 4.5:1 (WCAG 2.1 AA) on it."""
        colours = self.browser.run("""
            const style = getComputedStyle(document.documentElement);
            const of = (name) => style.getPropertyValue(name).trim();
            return Object.fromEntries(["--surface", "--raised", "--text", "--soft", "--accent",
              "--good", "--bad", "--warn"].map((n) => [n, of(n)]).concat([["body",
              getComputedStyle(document.body).backgroundColor]]));""")
        surface = [int(part) for part in re.findall(r"\d+", colours.pop("body"))[:3]]
        self.assertEqual(max(surface) < 64, dark, surface)
        for name in ("--text", "--soft", "--accent", "--good", "--bad", "--warn"):
            for ground in ("--surface", "--raised"):
                ratio = contrast(colours[name], colours[ground])
                self.assertGreaterEqual(ratio, 4.5, f"{name} on {ground}")

    def test_differences_of_two_runs(self):
        self.browser.show()
        self.open("comparison")
        first, second = self.report("a"), self.report("b")
        rows = {row[0]: row for row in
                self.browser.rows(self.table("Energy of layers, A and B"))}
        for one, two in zip(first["layers"], second["layers"]):
            row = rows[one["name"]]
            a, b = (layer["energy_pj"]["total"] / 1e3 for layer in (one, two))
            self.assertAlmostEqual(number(row[3]), b - a, delta=1e-3 * abs(b - a) + 1e-12)
            self.assertAlmostEqual(number(row[4]), 100 * (b - a) / a,
                                   delta=0.01 * abs(100 * (b - a) / a) + 1e-9)
        keys = {row[0]: row[1:] for row in
                self.browser.rows(self.table("Keys of the chip that differ"))}
        self.assertEqual(keys["system.macros"], ["1", "2"])
        self.open("three")
        text = self.browser.run("return document.body.innerText")
        self.assertIn("runs of different networks", text)
        self.assertIn("Not in every run, so without a difference: conv1 (A, B)", text)

    def test_codes_change_with_the_layer(self):
        self.browser.show()
        self.open("run")
        histograms = json.loads((self.folder / "a" / "histograms.json").read_text(encoding="utf-8"))
        for layer in histograms["layers"]:
            self.choose("Layer", layer["name"])
            for title, key in (("Before", "fixed"), ("After", "reshaped")):
                drawn = self.browser.run(
                    "return [...document.querySelectorAll('figure')].find((f) =>"
                    "f.querySelector('h3').textContent === arguments[0]).chart.data.datasets[0].data",
                    title)
                total = sum(layer[key])
                self.assertEqual(len(drawn), 2 ** layer["bits"])
                for share, count in zip(drawn, layer[key]):
                    self.assertAlmostEqual(share or 0, 100 * count / total, delta=1e-9)

    def done(self, kind="grid"):
        points = json.loads((self.folder / f"{kind}.json").read_text(encoding="utf-8"))["points"]
        return [p for p in points if p["stage"] == "plan" and p["status"] == "done"]

    def test_front_is_that_of_brute_force(self):
        self.browser.show()
        self.open("grid")
        for across, up in (("latency_us", "energy_nj"), ("area_mm2", "latency_us"),
                           ("energy_nj", "tiles")):
            self.choose("Across", across)
            self.choose("Up", up)
            shown = self.browser.rows(self.table("Numbers of the chart: Points and front"))
            drawn = [(number(row[1]), number(row[2])) for row in shown]
            points = self.done()
            best = {(p["metrics"][across], p["metrics"][up]) for p in points
                    if not dominated(p, points, (across, up))}
            self.assertEqual(len(drawn), len(best))
            for got, right in zip(sorted(drawn), sorted(best)):
                self.assertAlmostEqual(got[0] / right[0], 1, delta=1e-3)
                self.assertAlmostEqual(got[1] / right[1], 1, delta=1e-3)

    def test_effects_are_those_of_pandas(self):
        import pandas  # pylint: disable=import-outside-toplevel
        for kind in ("grid", "sensitivity"):
            self.browser.show()
            self.open(kind)
            frame = pandas.DataFrame([{**p["variables"], **p["metrics"]} for p in self.done(kind)])
            for metric in OBJECTIVES:
                self.choose("Metric", metric)
                for row in self.browser.rows(
                        self.table("Numbers of the chart: Range of a metric by variable")):
                    data = frame
                    if kind == "sensitivity":  # the others at the centre
                        for name, value in zip(("adc", "rows", "form"), report_pages.CENTRE):
                            if name != row[0].lower():
                                data = data[data[name] == str(value)]
                    effect = data.groupby(row[0].lower())[metric].mean()
                    self.assertAlmostEqual(number(row[1]) / effect.min(), 1, delta=1e-3)
                    self.assertAlmostEqual(number(row[3]) / effect.max(), 1, delta=1e-3)

    def test_parallel_coordinates_and_their_limits(self):
        self.browser.show()
        self.open("grid")
        canvas = self.browser.run("return document.querySelector('canvas.parallel')")
        # Along every axis stand pixels, and the lines of the front have their colour.
        self.assertGreater(self.browser.run(BLUE, canvas), 500)
        # Limits by keyboard filter the lines and the table.
        self.browser.run("""
            const label = [...document.querySelectorAll("label")].find((l) =>
              l.firstChild.textContent === "rows, at least");
            label.querySelector("input").value = "1000";
            label.querySelector("input").dispatchEvent(new Event("change"));""")
        points = self.done()
        kept = [p for p in points if int(p["variables"]["rows"]) >= 1000]
        self.assertIn(f"{len(kept)} of {len(points)} points",
                      self.browser.run("return document.body.innerText"))
        rows = self.browser.rows(self.table("Points of the sweep"))
        self.assertEqual([row[0] for row in rows], [str(p["number"]) for p in kept])
        # So does a drag along the first axis, over its lower half: few bits.
        # pylint: disable-next=import-outside-toplevel
        from selenium.webdriver.common.action_chains import ActionChains
        self.browser.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", canvas)
        height = canvas.size["height"]
        left = 30 - canvas.size["width"] // 2
        ActionChains(self.browser.driver).move_to_element_with_offset(
            canvas, left, height // 2 - 8).click_and_hold().move_by_offset(
                0, -(height - 62) // 2 + 20).release().perform()
        kept = [p for p in kept if int(p["variables"]["adc"]) < 6]
        self.assertEqual([row[0] for row in self.browser.rows(self.table("Points of the sweep"))],
                         [str(p["number"]) for p in kept])

    def test_a_points_command_is_copied(self):
        self.browser.show()
        self.open("grid")
        self.browser.run(COPY.format(3))
        command = self.browser.run(
            "return document.querySelector('pre[aria-label^=\"Command of\"]').textContent")
        point = next(p for p in self.done() if p["number"] == 3)
        words = shlex.split(command)
        self.assertEqual(words[:6], ["leyden", "run", "--chip", "imagine", "--network",
                                     "lenet5-fashion"])
        self.assertEqual(words[6:], ["--images", "50", "--set", "system.macros=2", "--quantise",
                                     "weight_bits=4"] +
                         [word for key, value in point["settings"].items()
                          for word in ("--set", f"{key}={value}")])
        self.assertEqual(self.browser.run("return String(window.getSelection())").strip(), command)
        self.open("evil_sweep")
        self.browser.run(COPY.format(0))
        words = shlex.split(self.browser.run(
            "return document.querySelector('pre[aria-label^=\"Command of\"]').textContent"))
        self.assertIn("cim.rows=1; rm -rf 'x' " + EVIL, words)

    def test_a_results_file_and_a_command_of_its_page(self):
        """The command a page gives for a point costs what the sweep said it would."""
        spec = self.folder / "sweep.yaml"
        spec.write_text("about: macros and rows\n"
                        "base: {chip: imagine, network: lenet5-fashion, calibration_images: 32,\n"
                        "       images: 2, fidelity: quantised, set: {dma.burst_bytes: 32}}\n"
                        "depth: cost\nvariables:\n"
                        "  - {key: system.macros, list: [1, 2]}\n"
                        "  - {key: quantise.units, categories: [least, all]}\n"
                        "plan: {kind: grid}\nobjectives: [latency_us, energy_nj]\n", encoding="utf-8")
        results = self.folder / "results.sqlite"
        swept = leyden("sweep", spec, "--data", FASHION, "-o", results, "--json", "--jobs", "1")
        self.assertEqual(swept.returncode, 0, swept.stderr)
        made = leyden("report", results, "-o", self.folder / "results.html")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.browser.show()
        self.open("results")
        self.assertEqual(self.browser.logged(), [])
        self.assertEqual(self.browser.run("return data.sweep"), json.loads(swept.stdout))
        self.assert_drawn(3)
        point = json.loads(swept.stdout)["points"][3]
        self.browser.run(COPY.format(3))
        words = shlex.split(self.browser.run(
            "return document.querySelector('pre[aria-label^=\"Command of\"]').textContent"))
        for word in ("dma.burst_bytes=32", "system.macros=2", "units=all", "quantised"):
            self.assertIn(word, words)
        result = leyden(*words[1:], "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)
        self.assertAlmostEqual(report["chip"]["image_latency_ns"] / 1e3
                               / point["metrics"]["latency_us"], 1, delta=0.02)
        self.assertAlmostEqual(report["total"]["energy_pj"]["total"] / 1e3
                               / point["metrics"]["energy_nj"], 1, delta=0.05)

    def test_failed_and_confirmed_points(self):
        self.browser.show()
        self.open("grid")
        failed = self.browser.rows(self.table("Failed points"))
        self.assertEqual([row[0] for row in failed], ["7", "23"])
        self.assertIn("Layer conv3 does not fit", failed[0][3])
        confirmed = self.browser.rows(self.table("Confirmed points"))
        self.assertEqual({(row[-2], row[-1]) for row in confirmed}, {("\u22120.5", "+1.25")})


def contrast(one, two):
    """Ratio of relative luminances, WCAG 2.1."""
    def luminance(colour):
        parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


if __name__ == "__main__":
    unittest.main()
