"""What a user's mistake looks like: where, what, what to do; exit code 2, no traceback, nothing
left behind.

A case is `tests/data/errors/<case>.txt`: keys of the tiny analysis with their values, a line `---`
and the message. Without keys, a function of the same name in `tests/support/mistakes` prepares it.
"""

import re
import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest
import yaml
from support import mistakes
from support.project.paths import ROOT
from support.tiny.analysis import ANALYSIS
from support.tiny.mistakes import cases, check_run, set_value

MODULES = [
    import_module(f"support.mistakes.{module.name}") for module in iter_modules(mistakes.__path__)
]
GOLDEN = ROOT / "tests/data/errors"
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in GOLDEN.glob("*.txt")}
MESSAGES = {name: text.rpartition("---\n")[2] for name, text in TEXTS.items()}
EDITS = {
    name: yaml.safe_load(text.partition("---\n")[0])
    for name, text in TEXTS.items()
    if text != MESSAGES[name]
}
# What differs between systems, runs and versions of libraries.
VARYING = (
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"\[Errno \d+\]", "[Errno N]"),
    (r"truncated: \d+ bytes of \d+", "truncated: N bytes of M"),
    (r"git checkout [0-9a-f]{10}", "git checkout COMMIT"),
)


def normalized(text):
    for pattern, replacement in VARYING:
        text = re.sub(pattern, replacement, text)
    return text


def edited(edits):
    """The check of an analysis file with these values."""

    def prepare():
        for path, value in edits.items():
            set_value(*path.split("."), value=value)
        return check_run

    return prepare


CASES = {name: edited(edits) for name, edits in EDITS.items()}
CASES |= {name: case for module in MODULES for name, case in cases(module).items()}


def files(folder):
    return {
        path
        for path in folder.rglob("*")
        if path.is_file()
        # neither machine code nor the objects of git are products
        and not {"logs", ".wollemi", ".git"} & set(path.parts)
        and path.suffix != ".pyc"
    }


def test_each_case_has_its_message():
    assert MESSAGES.keys() == CASES.keys()
    assert len(CASES) == len(EDITS) + sum(len(cases(module)) for module in MODULES)


@pytest.mark.parametrize("case", CASES)
def test_message(case, tiny, capsys, monkeypatch):
    monkeypatch.setattr("wollemi.inputs.download.time.sleep", lambda seconds: None)
    run = CASES[case]()
    before = files(tiny)
    capsys.readouterr()
    assert run() == 2
    message = capsys.readouterr().err
    assert normalized(message) == MESSAGES[case]
    assert str(tiny) not in message
    assert files(tiny) == before


def test_the_program_exits_with_2(tiny):
    CASES["missing_file"]()
    program = str(ROOT / "scripts/skim_events.py")
    inputs = [
        "--analysis",
        ANALYSIS,
        "--dataset",
        "dy_high",
        "--part",
        "0",
        "--hooks",
        "--certified",
        "--corrections",
        "--parts",
    ]
    products = {
        "events": "e.parquet",
        "identifiers": "i.parquet",
        "cutflow": "c.json",
        "record": "r.json",
    }
    outputs = [word for name, file in products.items() for word in (f"--{name}", f"out/{file}")] + [
        "--log",
        "logs/l.log",
    ]
    done = subprocess.run(
        [sys.executable, program, *inputs, *outputs], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("skim_events: ")
    assert not list((tiny / "out").iterdir())
