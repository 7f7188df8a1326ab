"""The command line on the finished tiny analysis, whose run has kept itself."""

import json
import shutil
from pathlib import Path

import manage_history
import pytest
from support.tiny.analysis import ANALYSIS, digests, edit_analysis

RESULTS = Path("results/tiny")


@pytest.fixture
def here(finished_copy, monkeypatch):
    """The working folder, with the finished project and its store."""
    monkeypatch.chdir(finished_copy)
    monkeypatch.delenv("WOLLEMI_STORE", raising=False)
    return finished_copy


def run(*arguments):
    return manage_history.main([*map(str, arguments)])


def state():
    (path,) = Path(".wollemi/store/states/tiny").glob("*.json")
    return path.stem


def test_a_run_has_kept_itself(here, capsys):
    assert run("list", RESULTS) == 0
    first, *headline = capsys.readouterr().out.splitlines()
    records = len(list((RESULTS / "records").rglob("*.json")))
    assert first.startswith(f"{state()}  ")
    assert first.endswith(f"no commit, {records} jobs, these are the present results")
    summary = json.loads((RESULTS / "summary.json").read_text())
    results = [line for line in summary["headline"] if line != "open results/tiny/index.html"]
    assert headline == [f"    {line}" for line in results] != []


def test_what_is_lost_comes_back_and_a_dry_run_says_so(here, capsys):
    made = digests(here)
    jobs = len(list((RESULTS / "records").rglob("*.json")))
    shutil.rmtree(RESULTS)
    shutil.rmtree(".snakemake/metadata")
    assert run("reuse", RESULTS, "--dry-run") == 0
    assert not RESULTS.exists()
    assert f"{jobs} jobs would come back from state {state()}" in capsys.readouterr().out
    assert run("reuse", RESULTS) == 0
    assert f"{jobs} jobs came back from state {state()}" in capsys.readouterr().out
    assert digests(here) == made
    assert run("reuse", RESULTS) == 0
    assert capsys.readouterr().out == ""


def test_nothing_comes_back_for_another_plan(here, capsys):
    """A setting of every job; an analysis with problems, of which the run itself tells."""
    shutil.rmtree(RESULTS)
    for change in (
        lambda document: document.update(luminosity_ifb=1.5),
        lambda document: document.update(luminosity_ifb="much"),
    ):
        edit_analysis(here, change)
        kept = len(list(RESULTS.rglob("*.parquet")))
        assert run("reuse", RESULTS) == 0
    assert not (RESULTS / "limits.json").exists()
    assert len(list(RESULTS.rglob("*.parquet"))) == kept > 0
    assert "would" not in capsys.readouterr().out


def test_a_state_replaces_what_is_there_and_that_is_kept(here, capsys):
    made, first, analysis = digests(here), state(), Path(ANALYSIS).read_text()
    edit_analysis(here, lambda document: document.update(title="Another"))
    (RESULTS / "limits.json").unlink()
    assert run("restore", first[:6]) == 0
    text = capsys.readouterr().out
    assert f"{ANALYSIS} (written)" in text
    assert Path(ANALYSIS).read_text() == analysis
    assert digests(here) == made
    (kept,) = {path.stem for path in Path(".wollemi/store/states/tiny").iterdir()} - {first}
    assert f"wollemi restore {kept}" in text
    assert run("list", RESULTS) == 0
    assert "differs in a setting (title: " in capsys.readouterr().out
    assert run("restore", kept) == 0
    assert "Another" in Path(ANALYSIS).read_text()


def test_the_store_gets_smaller(here, capsys):
    assert run("prune") == 0
    assert "0 states and 0.0 MB removed" in capsys.readouterr().out
    assert run("prune", "--gb", "0.000001") == 0
    assert "1 state and" in capsys.readouterr().out
    assert not [path for path in Path(".wollemi/store/contents").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "results/tyni"], "results/tyni: no state of it is in .wollemi/store"),
        (["restore", "zzz"], "zzz: unknown state"),
        (["prune", "--gb=-1"], "--gb: '-1' is not a size in GB"),
    ],
)
def test_errors_of_the_user(here, arguments, message, capsys):
    assert run(*arguments) == 2
    assert message in capsys.readouterr().err


def test_no_store_is_wanted(here, capsys, monkeypatch):
    monkeypatch.setenv("WOLLEMI_STORE", "off")
    assert run("list", RESULTS) == 2
    assert "WOLLEMI_STORE: no store is in use" in capsys.readouterr().err
