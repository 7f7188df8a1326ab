"""The start of a run, in an empty folder."""

import fcntl
import os
import shlex
import time
from pathlib import Path

import pytest

from wollemi.job import start
from wollemi_likelihood.base.errors import WollemiError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Restored after the test.
    monkeypatch.setenv(start.PLANNED, "")
    for name in ("zee", "zmumu"):
        path = Path(f"config/analyses/{name}/analysis.yaml")
        path.parent.mkdir(parents=True)
        path.touch()


def test_known_settings():
    start.check_settings(dict.fromkeys(start.SETTINGS))
    with pytest.raises(WollemiError, match=r"max_event: .*; did you mean 'max_events'\?"):
        start.check_settings({"max_event": 100, "analysis": "zee"})


@pytest.mark.parametrize("value", [-1, 1.5, "many", True, ""])
def test_a_number_that_is_not_whole(value):
    with pytest.raises(WollemiError, match=f"--config max_events={value}: not a whole number"):
        start.whole_number({"max_events": value}, "max_events")


def test_a_whole_number():
    assert start.whole_number({"max_events": "2000"}, "max_events") == 2000


def test_the_selected_analysis():
    assert start.analysis_path("zee") == "config/analyses/zee/analysis.yaml"
    with pytest.raises(WollemiError, match=r"did you mean 'zee'\?\n.*choose one of zee, zmumu"):
        start.analysis_path("ze")


def test_hooks_with_their_modules():
    analysis = start.analysis_path("zee")
    assert start.hook_files(analysis) == []
    for name, text in {"hooks": "import shapes\n", "shapes": "", "unused": ""}.items():
        Path(analysis).with_name(f"{name}.py").write_text(text)
    names = [Path(path).name for path in start.hook_files(analysis)]
    assert names == ["hooks.py", "shapes.py"]


def test_folders_as_words(monkeypatch):
    monkeypatch.setenv("DATA", "/eos/my data")
    monkeypatch.setenv("HOME", "/home/a")
    words = shlex.split(start.quoted_folders(["$DATA/b", "~/c", "'; rm x", "~nobody_here/d"]))
    assert words == ["/eos/my data/b", "/home/a/c", "'; rm x", "~nobody_here/d"]
    assert start.quoted_folders(None) == ""
    assert start.quoted_folders("one") == "one"


@pytest.mark.parametrize("is_running", [False, True])
def test_locks_of_a_killed_run(is_running):
    lock = Path(".snakemake/locks/0.output.lock")
    lock.parent.mkdir(parents=True)
    lock.touch()
    folder = os.open(".snakemake", os.O_RDONLY)
    if is_running:
        fcntl.flock(folder, fcntl.LOCK_SH)
    start.forget_stale_locks()
    assert lock.exists() == is_running
    os.close(folder)


def test_only_times_in_the_future_are_corrected():
    now = time.time()
    times = {"results/a/old": now - 100, "results/a/b/new": now + 100, "other": now + 100}
    for name, seconds in times.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
        os.utime(name, (seconds, seconds))
    Path("results/broken").symlink_to("nothing")
    start.correct_times("results/a", "results", "missing")
    found = {name: Path(name).stat().st_mtime - now for name in times}
    assert found["results/a/old"] == pytest.approx(-100)
    assert 0 <= found["results/a/b/new"] < 10
    assert found["other"] == pytest.approx(100)


def test_a_batch_job_keeps_to_the_plan():
    plan = ("a.yaml", {"name": "a"}, {"m.json": {"entries": 1}})
    assert not start.has_plan(is_main=False)
    start.keep_to_the_plan(*plan, is_main=True)
    assert [start.has_plan(is_main) for is_main in (True, False)] == [False, True]
    start.keep_to_the_plan(*plan, is_main=False)
    with pytest.raises(WollemiError, match=r"a.yaml or m.json: changed since this run was planned"):
        start.keep_to_the_plan("a.yaml", {"name": "b"}, plan[2], is_main=False)


def test_a_copy_of_a_file():
    for name in ("a.root", "b.root"):
        Path(name).write_bytes(b"events")
    document = {
        "datasets": {"x": {"files": ["a.root"]}, "y": {"files": ["b.root"]}},
        "samples": {"s": {"role": "background", "datasets": ["x", "y"]}},
    }
    with pytest.raises(WollemiError, match=r"a.yaml: 1 problem\n.*same content as 'a.root'"):
        start.refuse_repeated_events("a.yaml", document, {})
    Path("b.root").write_bytes(b"others")
    start.refuse_repeated_events("a.yaml", document, {})
