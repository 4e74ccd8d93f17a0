"""A converter of a user's own: the host reference agrees with the chip in every stage, its costs count."""

import json
import shutil
import tempfile
import unittest
from pathlib import Path

import plugins
import support

SOURCE = r"""
#include <leyden/converter.h>
#include <algorithm>
#include <cmath>

/// Levels to codes by a curve that no kind of Leyden's has, with steps back.
struct Odd : leyden::blocks::Converter {
  static std::vector<leyden::base::ParameterSpec> parameters() {
    return {{"bend", "1", -1, 1, false, {}, "How much", "0"},
            {"energy_pj", "pJ", -1, 10, false, {}, "Of a conversion", "0.5"},
            {"excess", "1", 0, 1000, true, {}, "Added to every code", "0"}};
  }
  explicit Odd(const leyden::blocks::ConverterSetup& setup)
      : Converter(setup), bend_(real("bend")), energy_(real("energy_pj")),
        excess_(static_cast<unsigned>(integer("excess"))) {}
  unsigned code(double level, unsigned bits, const leyden::cim::ConverterPlace&) const override {
    const double full = std::ldexp(1.0, static_cast<int>(bits));
    const double x = std::clamp(level / full, 0.0, 1.0);
    const double bent = x + bend_ * x * (1 - x) * (x > 0.5 ? 1 : -1);
    return static_cast<unsigned>(std::min(std::floor(bent * full), full - 1)) + excess_;
  }
  double energy_pj(unsigned, double) const override { return energy_; }
  double time_ns(unsigned bits, double) const override { return 10.0 * bits; }
  double area_um2() const override { return 100; }
  double bend_, energy_;
  unsigned excess_;
};
LEYDEN_CONVERTER("odd", Odd);
"""


@unittest.skipUnless(Path(support.FASHION).is_dir(), "no Fashion-MNIST")
class OwnConverter(support.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="leyden-plugin-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared)
        cls.built = plugins.build(cls.shared, "leyden_plugin(odd SOURCES odd.cpp)\n",
                                  {"odd.cpp": SOURCE})

    def run_with(self, name, *arguments, preset="imagine", fidelity="quantised", images=2):
        chip = plugins.chip(self.built, "converter: {library: libodd.so}\n", preset=preset)
        result = support.leyden(
            "run", "--chip", chip, "--network", "lenet5-fashion", "--data", support.FASHION,
            "--images", images, "--fidelity", fidelity, "--jobs", 1, "-q", "--report",
            self.folder / name, *arguments)
        report = self.folder / name / "report.json"
        return result, json.loads(report.read_text()) if report.exists() else None

    def test_reference_and_chip_agree_on_every_preset(self):
        """One conversion an output, and several that are combined digitally."""
        for preset in ("imagine", "capram", "adapt256", "rram128"):
            with self.subTest(preset):
                result, _ = self.run_with(preset, "--check-reference", "--set",
                                          "converter.parameters.bend=0.3", "--set",
                                          "cim.converter.unit_mismatch_percent=0", preset=preset)
                self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_straight_one_is_as_leydens_own(self):
        _, _ = self.run_with("own")
        support.leyden("run", "--chip", "imagine", "--network", "lenet5-fashion", "--data",
                       support.FASHION, "--images", 2, "--fidelity", "quantised", "--jobs", 1,
                       "-q", "--report", self.folder / "leydens")
        own, leydens = ((self.folder / name / "classes.csv").read_text()
                        for name in ("own", "leydens"))
        self.assertEqual(own, leydens)

    def test_its_energy_is_what_is_counted(self):
        def adc(report):
            return report["total"]["energy_pj"]["adc"]

        _, one = self.run_with("one", "--set", "converter.parameters.energy_pj=0.5", images=1)
        _, two = self.run_with("two", "--set", "converter.parameters.energy_pj=1", images=1)
        # Under adc there are the writer's bytes too: what differs is the conversions'.
        conversions = (adc(two) - adc(one)) / 0.5
        self.assertGreater(conversions, 1000)
        self.assertAlmostEqual(conversions, round(conversions), places=6)

    def test_analog_takes_it_too(self):
        result, _ = self.run_with("analog", "--set", "converter.parameters.bend=0.3",
                                  fidelity="analog", images=1)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_what_cannot_be(self):
        result, _ = self.run_with("excess", "--set", "converter.parameters.excess=300")
        self.assert_refused(result, 4, "gave the code", "must be 0 to 255")
        result, _ = self.run_with("negative", "--set", "converter.parameters.energy_pj=-1")
        self.assert_refused(result, 2, "converter gives -1")
        result, _ = self.run_with("mismatch", "--set", "cim.converter.unit_mismatch_percent=1")
        self.assert_refused(result, 2, "unit_mismatch_percent")
        result, _ = self.run_with("bend", "--set", "converter.parameters.bend=2")
        self.assert_refused(result, 2, "converter.parameters.bend is 2")


if __name__ == "__main__":
    unittest.main()
