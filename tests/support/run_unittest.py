"""Runs one file of unittest cases; writes their number as GoogleTest does, for scripts/test.

run_unittest.py FILE NAME. With GTEST_OUTPUT=xml:FOLDER/ in the environment the counts go to
FOLDER/NAME.xml, the only attributes being tests, failures and skipped.
"""

import importlib.util
import os
import sys
import unittest
from pathlib import Path


def main(path: Path, name: str) -> int:
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    if suite.countTestCases() == 0:
        print(f"error: {path} holds no tests", file=sys.stderr)
        return 1
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    output = os.environ.get("GTEST_OUTPUT", "")
    if output.startswith("xml:"):
        failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
        folder = Path(output[len("xml:"):])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.xml").write_text(
            f'<testsuites tests="{result.testsRun}" failures="{failed}" '
            f'skipped="{len(result.skipped)}"/>\n')
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2]))
