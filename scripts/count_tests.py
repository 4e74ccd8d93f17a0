#!/usr/bin/python3
"""Counts test cases of CTest runs: prints `passed failed skipped`.

count_tests.py FOLDER...; each holds ctest.xml (ctest --output-junit) and, from GTEST_OUTPUT, one
NAME.xml per executable that reached its end. An executable that crashed or ran out of time has no
count of its own: it is one failed case.
"""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def cases(folder: Path) -> tuple[int, int, int]:
    """(passed, failed, skipped) of one run."""
    passed = failed = skipped = 0
    for entry in ElementTree.parse(folder / "ctest.xml").getroot().iter("testcase"):
        status = entry.get("status")
        details = folder / f"{entry.get('name')}.xml"
        if status in ("disabled", "notrun") and entry.find("failure") is None:
            skipped += 1
            continue
        if not details.exists():
            passed += status == "run"
            failed += status != "run"
            continue
        root = ElementTree.parse(details).getroot()
        bad = int(root.get("failures", 0)) + int(root.get("errors", 0))
        aside = int(root.get("disabled", 0)) + int(root.get("skipped", 0))
        if "skipped" not in root.attrib:
            aside += sum(1 for case in root.iter("testcase") if case.find("skipped") is not None)
        good = int(root.get("tests", 0)) - bad - aside
        if status != "run" and bad == 0:
            bad += 1  # it failed outside its cases, at its end
        passed, failed, skipped = passed + good, failed + bad, skipped + aside
    return passed, failed, skipped


def main(folders: list[str]) -> int:
    totals = [0, 0, 0]
    for folder in folders:
        totals = [a + b for a, b in zip(totals, cases(Path(folder)))]
    print(*totals)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
