"""The command line on the finished tiny analysis: exit codes, texts, files, and a hundred changed
bytes.
"""

import json
import random
import re
from pathlib import Path

import pytest
import verify_results
import yaml
from support.project.seeds import slow_but
from support.tiny.analysis import ANALYSIS

from wollemi.job.code_text import code_text

RESULTS = "results/tiny"


@pytest.fixture
def finished_here(finished_copy, monkeypatch):
    """The working folder, with the finished project."""
    monkeypatch.chdir(finished_copy)
    return finished_copy


def run(*arguments):
    return verify_results.main([RESULTS, "--without-snakemake", *arguments])


def test_intact(finished_here, capsys):
    assert run() == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.endswith("intact, 0 stale, 0 broken")
    assert rest == []


def test_stale_and_its_json(finished_here, capsys):
    with Path("config/analyses/tiny/hooks.py").open("a") as file:
        file.write("# Edited.\n")
    assert run("--json", "verdict.json") == 1
    text = capsys.readouterr().out
    assert "stale: the input config/analyses/tiny/hooks.py has changed" in text
    assert "stale through what they were made from" in text
    assert re.search(
        r"^\d+ jobs run again; they took .+ of CPU time when they last ran: ", text, re.M
    )
    verdict = json.loads(Path("verdict.json").read_text())
    assert verdict["status"] == "stale"
    jobs = verdict["jobs"]
    assert {job["program"] for job in jobs.values() if job["status"] == "intact"} == {
        f"scripts/{name}.py" for name in ("fetch_dataset", "read_histograms")
    }
    (reason,) = jobs[f"{RESULTS}/records/skim_events/dy_high_0.json"]["reasons"]
    assert reason["subject"] == "config/analyses/tiny/hooks.py"
    assert jobs[f"{RESULTS}/records/fit_model.json"]["products"] == {f"{RESULTS}/fit.json": "stale"}


def test_broken(finished_here, capsys):
    Path(f"{RESULTS}/records/fit_model.json").unlink()
    Path(f"{RESULTS}/limits.json").write_text("{}")
    assert run() == 2
    text = capsys.readouterr().out
    assert f"broken: {RESULTS}/limits.json has changed since it was made" in text
    assert f"broken: no record tells how {RESULTS}/fit.json was made" in text


def test_explain(finished_here, capsys):
    assert run("--explain", f"{RESULTS}/limits.json", "--picture", "lineage.svg") == 0
    text = capsys.readouterr().out
    assert text.startswith(f"{RESULTS}/limits.json  [intact]  by compute_limits\n")
    assert "input/dy_low_6.root" in text
    # Of two signals: with what is below it, as seen above, and below the toys of each.
    assert text.count("by build_workspace") == 4
    assert "<svg" in Path("lineage.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["results/none"], "does not exist"),
        (["scripts"], "has no records"),
        (["/"], "not below the working folder"),
        ([RESULTS, "--explain", f"{RESULTS}/limit.json"], f"did you mean '{RESULTS}/limits.json'"),
    ],
)
def test_errors_of_the_user(finished_here, arguments, message, capsys):
    assert verify_results.main(arguments) == 2
    assert message in capsys.readouterr().err


def test_an_analysis_file_with_problems_is_an_error(finished_here, capsys):
    Path(ANALYSIS).write_text(Path(ANALYSIS).read_text().replace("role: signal", "role: sgnal"))
    assert run() == 2
    assert f"{ANALYSIS}: 2 problems" in capsys.readouterr().err


def kinds():
    """Kind → the files of it whose bytes count."""
    records = sorted(Path(f"{RESULTS}/records").rglob("*.json"))
    contents = [json.loads(path.read_text()) for path in records]
    inputs = {name for content in contents for name in content["inputs"]}
    return {
        "input": sorted(name for name in inputs if not name.startswith(RESULTS)),
        "code": sorted({name for content in contents for name in content["code"]}),
        "settings": [ANALYSIS],
        "product": sorted({name for content in contents for name in content["outputs"]}),
        "record": [path.as_posix() for path in records],
        "lock file": ["uv.lock"],
    }


def changed_byte(data, generator):
    """The same with one byte changed."""
    position = generator.randrange(len(data))
    other = (data[position] + generator.randrange(1, 256)) % 256
    return data[:position] + bytes([other]) + data[position + 1 :]


def says_the_same(first, second):
    """Whether two analysis files have the same content: that is what counts of them, not their
    bytes.
    """
    try:
        return yaml.safe_load(first) == yaml.safe_load(second)
    except (yaml.YAMLError, UnicodeDecodeError):
        return False


def does_the_same(first, second):
    """Whether two sources are the same code: comments and docstrings are none."""
    try:
        return code_text(first.decode()) == code_text(second.decode())
    except UnicodeDecodeError:
        return False


SAME = {"settings": says_the_same, "code": does_the_same}


@pytest.mark.parametrize("tampers", slow_but([24], [24, 100]))
def test_a_changed_byte_is_found_and_named(finished_here, capsys, tampers):
    generator = random.Random(20240229)
    files = kinds()
    found = 0
    for number in range(tampers):
        kind = list(files)[number % len(files)]
        path = Path(generator.choice(files[kind]))
        before = path.read_bytes()
        after = changed_byte(before, generator)
        while SAME.get(kind, lambda *_: False)(before, after):
            after = changed_byte(before, generator)
        path.write_bytes(after)
        code, (text, error) = run(), capsys.readouterr()
        found += code != 0 and str(path) in text + error
        path.write_bytes(before)
    assert found == tampers
    assert run() == 0
