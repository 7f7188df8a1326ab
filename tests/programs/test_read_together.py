"""Datasets that take their own events of the same files: one process reads these once, and makes
what a process for each of them makes.
"""

import hashlib
import shutil
from pathlib import Path

import awkward as ak
import make_manifest
import numpy as np
import pytest
import yaml
from support.events.truth_splits import SPLITS, document, make_events
from support.tiny.analysis import ANALYSIS
from support.tiny.steps import (
    HOOKS_FILE,
    RESULTS,
    process_arguments,
    run_step,
    run_together,
    skim_arguments,
)

from wollemi.inputs import checked_events

PARTS = [f"ttbar_{sample}" for sample in SPLITS]
ARGUMENTS = {"skim_events": skim_arguments, "process_events": process_arguments}


def write(content):
    Path(ANALYSIS).parent.mkdir(parents=True, exist_ok=True)
    Path(ANALYSIS).write_text(yaml.safe_dump(content, sort_keys=False))


@pytest.fixture(params=ARGUMENTS)
def program(request, tmp_path, monkeypatch):
    """The program that reads the events, with its analysis and two files of events."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(11)
    Path("input").mkdir()
    for number, branches in enumerate([make_events(90, rng), make_events(70, rng, first=90)]):
        ak.to_parquet(ak.Array(branches), f"input/ttbar_{number}.parquet")
    content = document()
    if request.param == "process_events":
        del content["skim"]
    write(content)
    Path(HOOKS_FILE).write_text("")
    return request.param


def edit(change):
    content = yaml.safe_load(Path(ANALYSIS).read_text())
    change(content)
    write(content)


def together(program, datasets=PARTS):
    return run_together(program, [ARGUMENTS[program](name) for name in datasets])


def made():
    """Every product and record → its digest."""
    files = (path for path in Path(RESULTS).rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_bytes_as_alone(program):
    assert {run_step(program, **ARGUMENTS[program](name)) for name in PARTS} == {0}
    alone = made()
    assert len(alone) == len(PARTS) * (4 if program == "skim_events" else 5)
    shutil.rmtree(RESULTS)
    assert together(program) == 0
    assert made() == alone


def test_each_file_is_opened_once(program, monkeypatch):
    opened = []
    open_events = checked_events.open_events

    def counted(path, layout):
        opened.append(str(path))
        return open_events(path, layout)

    monkeypatch.setattr(checked_events, "open_events", counted)
    assert together(program) == 0
    assert opened == ["input/ttbar_0.parquet", "input/ttbar_1.parquet"]


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ("c_hadronz > 0", "'c_hadronz' is neither an object, a column nor a branch of "),
        ("c_hadrons[0] > 0", "'c_hadrons[0] > 0': "),
    ],
)
def test_an_error_names_the_sample_and_leaves_nothing(program, selection, message, capsys):
    edit(lambda content: content["samples"]["ttc"].update(selection=selection))
    assert together(program) == 2
    assert f"samples.ttc.selection: {message}" in capsys.readouterr().err
    assert made() == {}


def test_other_files_are_refused(program, capsys):
    shutil.copy("input/ttbar_0.parquet", "input/other.parquet")
    edit(
        lambda content: content["datasets"].update(
            other={**content["datasets"]["ttbar"], "files": ["input/other.parquet"]}
        )
    )
    edit(
        lambda content: content["samples"].update(other={"role": "background", "datasets": "other"})
    )
    assert together(program, [PARTS[0], "other"]) == 2
    assert "datasets ttbar_ttb, other: do not read the same files" in capsys.readouterr().err
    assert made() == {}


def test_shares_of_a_file_are_those_of_all(program):
    """Each of two jobs reads its share of the one file."""
    edit(
        lambda content: content["datasets"]["ttbar"].update(
            files=["input/ttbar_0.parquet"], files_per_job=1, jobs_per_file=2
        )
    )
    for part in (0, 1):
        jobs = [ARGUMENTS[program](name, part) for name in PARTS]
        assert {run_step(program, **job) for job in jobs} == {0}
    alone = made()
    shutil.rmtree(RESULTS)
    for part in (0, 1):
        assert run_together(program, [ARGUMENTS[program](name, part) for name in PARTS]) == 0
    assert made() == alone


def test_the_sums_of_a_manifest_are_required_of_all(program, capsys):
    """It is read with the files of each."""
    files = ["input/ttbar_0.parquet", "input/ttbar_1.parquet"]
    assert make_manifest.main(["files.json", *files, "--weight", "genWeight"]) == 0

    def listed(content):
        del content["datasets"]["ttbar"]["files"]
        content["datasets"]["ttbar"]["manifest"] = "files.json"

    edit(listed)
    assert {run_step(program, **ARGUMENTS[program](name)) for name in PARTS} == {0}
    alone = made()
    shutil.rmtree(RESULTS)
    assert together(program) == 0
    assert made() == alone
    shutil.rmtree(RESULTS)
    shutil.copy(files[0], files[1])
    capsys.readouterr()
    assert together(program) == 2
    assert files[1] in capsys.readouterr().err
    assert made() == {}


def test_an_unusable_file_is_left_out_for_all(program):
    edit(lambda content: content["datasets"]["ttbar"].update(tolerate="50%"))
    Path("input/ttbar_1.parquet").write_bytes(b"no table")
    assert {run_step(program, **ARGUMENTS[program](name)) for name in PARTS} == {0}
    alone = made()
    shutil.rmtree(RESULTS)
    assert together(program) == 0
    assert made() == alone
