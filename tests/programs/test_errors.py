"""What a user's mistake looks like: where, what, what to do; exit code 2, no traceback, nothing left behind.

To add a case, add a function to one of the modules `…error_cases` and its message as `tests/data/errors/<case>.txt`.
"""

import re
import subprocess
import sys

import blinding_error_cases
import correction_error_cases
import data_taking_error_cases
import error_cases
import generation_error_cases
import model_error_cases
import momentum_error_cases
import object_error_cases
import publication_error_cases
import pytest
import result_error_cases
import smodels_error_cases
from paths import ROOT
from tiny import ANALYSIS

CASES = (
    blinding_error_cases.CASES
    | error_cases.CASES
    | object_error_cases.CASES
    | model_error_cases.CASES
    | momentum_error_cases.CASES
    | correction_error_cases.CASES
    | data_taking_error_cases.CASES
    | generation_error_cases.CASES
    | result_error_cases.CASES
    | publication_error_cases.CASES
    | smodels_error_cases.CASES
)
GOLDEN = ROOT / "tests/data/errors"
# What differs between systems, runs and versions of libraries.
VARYING = (
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"\[Errno \d+\]", "[Errno N]"),
    (r"truncated: \d+ bytes of \d+", "truncated: N bytes of M"),
)


def normalized(text):
    for pattern, replacement in VARYING:
        text = re.sub(pattern, replacement, text)
    return text


def files(folder):
    return {path for path in folder.rglob("*") if path.is_file() and "logs" not in path.parts and path.suffix != ".pyc"}


def test_each_case_has_its_message():
    assert {path.stem for path in GOLDEN.glob("*.txt")} == CASES.keys()


@pytest.mark.parametrize("case", CASES)
def test_message(case, tiny, capsys, monkeypatch):
    monkeypatch.setattr("wollemi.job.download.time.sleep", lambda seconds: None)
    run = CASES[case]()
    before = files(tiny)
    capsys.readouterr()
    assert run() == 2
    message = capsys.readouterr().err
    assert normalized(message) == (GOLDEN / f"{case}.txt").read_text(encoding="utf-8")
    assert str(tiny) not in message
    assert files(tiny) == before


def test_the_program_exits_with_2(tiny):
    CASES["missing_file"]()
    program = str(ROOT / "scripts/skim_events.py")
    inputs = ["--analysis", ANALYSIS, "--dataset", "dy_high", "--part", "0", "--hooks", "--certified", "--corrections"]
    inputs += ["--parts", "results/tiny/parts/dy_high.json"]
    products = {"events": "e.parquet", "identifiers": "i.parquet", "cutflow": "c.json", "record": "r.json"}
    outputs = [word for name, file in products.items() for word in (f"--{name}", f"out/{file}")] + ["--log", "logs/l.log"]
    done = subprocess.run([sys.executable, program, *inputs, *outputs], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("skim_events: ")
    assert not list((tiny / "out").iterdir())
