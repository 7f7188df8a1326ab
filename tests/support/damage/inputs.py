"""All corrupt or odd inputs, and the table of docs/integrity.md that is made of them.

To add a case, add a function to one of the modules, run `PYTHONPATH=scripts:tests python -m
support.damage.inputs`, and read what it has written.
"""

import contextlib
import io
import os
import re
import sys
import tempfile
from pathlib import Path

from support.damage import events as corrupt_events
from support.damage import files as corrupt_files
from support.damage import products as corrupt_products
from support.project.paths import ROOT
from support.tiny.analysis import make_analysis
from support.tiny.events import write_inputs
from support.tiny.mistakes import cases

GROUPS = {
    "Files of events": cases(corrupt_files),
    "Events and datasets": cases(corrupt_events),
    "Manifests, histograms, products of steps": cases(corrupt_products),
}
CASES = {name: case for group in GROUPS.values() for name, case in group.items()}
# Cases of `support.mistakes.inputs` that belong into the table, with what is wrong.
OTHERS = {
    "web_page": "A web page under the name of a ROOT file",
    "web_page_as_csv": "A web page under the name of a CSV file",
    "other_file": "A file of another kind",
    "wrong_tree": "ROOT file without the tree",
    "no_tree": "ROOT file of histograms among those of events",
    "no_keys": "ROOT file that was not closed",
    "missing_file": "File that is gone",
    "missing_branch": "A branch that is not there",
    "nan_weight": "A weight that is not a number",
    "empty_data": "Data without events",
    "wrong_checksum": "A fetched file with another checksum",
    "missing_histogram": "ROOT file without the histogram",
    "other_bins": "A histogram with other bins",
    "region_without_background": "A region without expected background",
    "data_without_expectation": "Data in bins without expectation",
    "vanishing_variation": "A variation without events",
}
GOLDEN, OTHER_GOLDEN, PAGE = (
    ROOT / "tests/data/corrupt",
    ROOT / "tests/data/errors",
    ROOT / "docs/integrity.md",
)
START, END = (
    "<!-- table: PYTHONPATH=scripts:tests python -m support.damage.inputs -->\n",
    "<!-- end of the table -->\n",
)
# What differs between systems, runs and versions of libraries.
VARYING = (
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"\[Errno \d+\]", "[Errno N]"),
    (r"truncated: \d+ bytes of \d+", "truncated: N bytes of M"),
    (r"SHA-256 [0-9a-f]{64}", "SHA-256 …"),
    (r"has \d+ bytes, but \d+", "has N bytes, but M"),
    (r"cannot be read: .*", "cannot be read: REASON"),
    (r"(not JSON|no CSV table|not a zip file of histograms) \(.*\)", r"\1 (REASON)"),
)


def normalized(text: str) -> str:
    """A message without what varies."""
    for pattern, replacement in VARYING:
        text = re.sub(pattern, replacement, text)
    return text


def last_error(text: str) -> str:
    """The message that ends a run: from the last line that names a program."""
    lines = text.splitlines(keepends=True)
    starts = [index for index, line in enumerate(lines) if re.match(r"\w+: |^config/", line)]
    return "".join(lines[starts[-1] :])


def table() -> str:
    """The table: what is wrong, which program finds it, its message."""
    rows = ["| what is wrong | found by | message |", "| --- | --- | --- |"]
    for group, found in GROUPS.items():
        rows.append(f"| **{group}** | | |")
        rows += [_row(str(case.__doc__), GOLDEN / f"{name}.txt") for name, case in found.items()]
        if group == "Files of events":
            rows += [_row(text, OTHER_GOLDEN / f"{name}.txt") for name, text in OTHERS.items()]
    return "\n".join(rows) + "\n"


def _row(what: str, golden: Path) -> str:
    message = last_error(golden.read_text(encoding="utf-8")).partition("\n  →")[0]
    program, _, problem = message.partition(": ")
    if "/" in program:
        program, problem = "check_analysis", message.split("\n  - ")[-1]
    lines = " ".join(line.strip() for line in problem.splitlines())
    return f"| {what} | `{program}` | {lines.replace('|', chr(92) + '|')} |"


def write_golden() -> None:
    """Write the messages of all cases, and the table."""
    GOLDEN.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        write_inputs(Path(folder) / "inputs")
        for name in sys.argv[1:] or CASES:
            os.chdir(make_analysis(Path(folder) / name, Path(folder) / "inputs"))
            with contextlib.redirect_stderr(io.StringIO()) as errors:
                try:
                    run = CASES[name]()
                except AssertionError:
                    print(errors.getvalue())
                    raise
            with (
                contextlib.redirect_stderr(io.StringIO()) as errors,
                contextlib.redirect_stdout(io.StringIO()),
            ):
                code = run()
            print(name, code, last_error(errors.getvalue()) if code == 2 else errors.getvalue())
            (GOLDEN / f"{name}.txt").write_text(
                normalized(last_error(errors.getvalue())), encoding="utf-8"
            )
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    PAGE.write_text(
        before + START + "\n" + table() + "\n" + END + rest.partition(END)[2], encoding="utf-8"
    )


if __name__ == "__main__":
    write_golden()
