"""Runs of lenet5-fashion on imagine with faults, for the tests that look at what becomes of them."""

import json

import support


class Case(support.Case):
    def run_with(self, *arguments, images=4, faults=(), jobs=2):
        command = ["run", "--chip", "imagine", "--network", "lenet5-fashion", "--data",
                   support.FASHION, "--images", images, "--jobs", jobs, "-q", "--json", *arguments]
        if faults:
            path = self.folder / "faults.yaml"
            path.write_text("faults:\n" + "".join(f"  - {{{entry}}}\n" for entry in faults))
            command += ["--faults", path]
        return support.leyden(*command)

    def report(self, *arguments, **keywords):
        result = self.run_with(*arguments, **keywords)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def outcomes(self, report):
        return {name: one["images"] for name, one in report["faults"]["outcomes"].items()}
