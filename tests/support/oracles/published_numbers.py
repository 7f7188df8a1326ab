"""Published numbers that tests reproduce, and their page in the documentation.

`tests/data/published_numbers.yaml` lists each number with its source and tolerance. A test calls
`reproduces` with the number found. After a change of either:

    PYTHONPATH=scripts:tests uv run python -m support.oracles.published_numbers --write

runs these tests, keeps the deviations, and writes docs/published_numbers.md. Tests that skip for
want of their inputs leave the deviation of the last run.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
NUMBERS: dict[str, dict[str, Any]] = yaml.safe_load(
    (ROOT / "tests/data/published_numbers.yaml").read_text(encoding="utf-8")
)
DEVIATIONS = ROOT / "tests/data/published_deviations.json"
PAGE = ROOT / "docs/published_numbers.md"
COLLECTED = "WOLLEMI_PUBLISHED_NUMBERS"  # file that collects the numbers found
HEAD = """# Published numbers

Numbers that others have published, and that a test reproduces with the programs named here. The
tolerance is the one of the test; the deviation is from the last run of

    PYTHONPATH=scripts:tests uv run python -m support.oracles.published_numbers --write

which writes this page. Tests whose inputs are not on the machine are skipped and keep their last
deviation.

| number | published | tolerance | deviation | source | given by |
| --- | --- | --- | --- | --- | --- |
"""


def deviation(key: str, found: float) -> float:
    """Deviation of a number from the published one, relative to it or absolute as its tolerance."""
    entry = NUMBERS[key]
    difference = found - entry["value"]
    return difference if "absolute" in entry else difference / abs(entry["value"])


def reproduces(key: str, found: float) -> None:
    """Assert that a number is the published one within its tolerance, and note its deviation.

    Args:
        key: key in `published_numbers.yaml`.
        found: the number found.
    """
    entry, size = NUMBERS[key], deviation(key, float(found))
    if path := os.environ.get(COLLECTED):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps({key: float(f"{size:.2g}")}) + "\n")
    limit = entry.get("absolute", entry.get("relative"))
    assert abs(size) <= limit, f"{key}: {found}, published {entry['value']}"


def page(deviations: dict[str, float]) -> str:
    """The page of the documentation.

    Args:
        deviations: key → deviation.
    """
    return HEAD + "".join(_row(key, entry, deviations[key]) for key, entry in NUMBERS.items())


def _row(key: str, entry: dict[str, Any], size: float) -> str:
    cells = [
        entry["case"],
        f"{entry['value']:g}",
        _size(key, _tolerance(entry)),
        _size(key, size),
        entry["source"],
        f"{entry['given_by']}, `{entry['test']}`",
    ]
    return f"| {' | '.join(cells)} |\n"


def _tolerance(entry: dict[str, Any]) -> float:
    return float(entry["absolute"] if "absolute" in entry else entry["relative"])


def _size(key: str, size: float) -> str:
    text = f"{size:.2g}" if "absolute" in NUMBERS[key] else f"{100 * size:.2g} %"
    return text.replace("-", "−")


def main() -> int:
    """Run the tests, keep the deviations and write the page."""
    collected = Path(tempfile.mkdtemp()) / "numbers"
    tests = sorted({entry["test"] for entry in NUMBERS.values()})
    command = [sys.executable, "-m", "pytest", "-q", "--numprocesses=0", *tests]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {COLLECTED: str(collected)}, check=False
    )
    known = json.loads(DEVIATIONS.read_text()) if DEVIATIONS.exists() else {}
    for line in collected.read_text().splitlines() if collected.exists() else ():
        known |= json.loads(line)
    missing = sorted(NUMBERS.keys() - known.keys())
    if done.returncode or missing:
        print(
            f"tests failed, or no test gave {', '.join(missing) or 'all numbers'}", file=sys.stderr
        )
        return 1
    ordered = {key: known[key] for key in NUMBERS}
    DEVIATIONS.write_text(json.dumps(ordered, indent=1) + "\n")
    PAGE.write_text(page(ordered), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
