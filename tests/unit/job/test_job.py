"""Whole outputs or none, the record, the log, the exit code."""

import argparse
import gc
import hashlib
import importlib
import json
import logging
import sys
import time

import pytest
from support.project.paths import ROOT

import wollemi
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program
from wollemi.job.messages import errors_of
from wollemi_likelihood.base.errors import EvaluationError, MissingBranchError, WollemiError

PROGRAM = Program(
    __file__,
    "Copies.",
    inputs={"source": "what to copy"},
    outputs={"copy": "copy", "other": "another"},
    options={"times": Option("how often", int, default=1)},
)


def work(job: Job) -> None:
    text = job.input("source").read_text() * job.option("times")
    job.output("copy").write_text(text)
    job.output("other").write_text("other")
    logging.getLogger("wollemi").info("copied")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.txt").write_text("text")
    return tmp_path


def run(work=work, source="in.txt"):
    names = [
        "--copy",
        "out/copy.txt",
        "--other",
        "out/other.txt",
        "--record",
        "records/r.json",
        "--log",
        "logs/l.log",
    ]
    return run_program(PROGRAM, work, ["--source", source, "--times", "2", *names])


def test_outputs_record_and_log(folder):
    assert run() == 0
    assert (folder / "out/copy.txt").read_text() == "texttext"
    record = json.loads((folder / "records/r.json").read_text())
    assert record["inputs"] == {"in.txt": hashlib.sha256(b"text").hexdigest()}
    assert record["outputs"]["out/copy.txt"] == hashlib.sha256(b"texttext").hexdigest()
    assert record["options"] == {"times": 2}
    assert record["code"].keys() == {"test_job.py"}
    assert {"python", "threadpoolctl"} <= record["packages"].keys()
    assert str(folder) not in json.dumps(record)
    log = (folder / "logs/l.log").read_text().splitlines()
    assert log[0] == "INFO copied"
    assert log[-1].startswith("DEBUG ")
    assert "s wall" in log[-1]
    assert "MB peak memory" in log[-1]


def test_equal_work_gives_an_equal_record(folder):
    run()
    first = (folder / "records/r.json").read_bytes()
    run()
    assert (folder / "records/r.json").read_bytes() == first


def test_a_users_error_leaves_nothing_and_exits_with_2(folder, capsys):
    def fail(job: Job) -> None:
        work(job)
        raise WollemiError("in.txt", "is wrong", "fix it")

    assert run(fail) == 2
    assert not list((folder / "out").iterdir())
    assert not (folder / "records").exists()
    error = capsys.readouterr().err
    assert "in.txt: is wrong\n  → fix it" in error
    assert "Traceback" not in error
    assert "ERROR in.txt: is wrong" in (folder / "logs/l.log").read_text()


def test_an_error_keeps_the_results_of_an_earlier_run(folder):
    run()

    def fail(job: Job) -> None:
        job.output("copy").write_text("half")
        raise WollemiError("a", "b", "c")

    assert run(fail) == 2
    assert (folder / "out/copy.txt").read_text() == "texttext"


def test_a_bug_has_a_traceback_and_leaves_nothing(folder):
    def fail(job: Job) -> None:
        work(job)
        raise ZeroDivisionError("by three")

    with pytest.raises(ZeroDivisionError):
        run(fail)
    assert not list((folder / "out").iterdir())
    log = (folder / "logs/l.log").read_text()
    assert errors_of(log) == ["ZeroDivisionError: by three\n  → its log has the traceback\n"]
    assert 'raise ZeroDivisionError("by three")' in log


def test_linear_algebra_has_one_thread(folder):
    import numpy as np
    from threadpoolctl import threadpool_info, threadpool_limits

    threads = []

    def measure(job: Job) -> None:
        work(job)
        np.linalg.inv(np.eye(3))
        threads.extend(pool["num_threads"] for pool in threadpool_info())

    with threadpool_limits(limits=2):
        assert run(measure) == 0
    assert threads
    assert set(threads) == {1}


def test_a_missing_input(folder, capsys):
    assert run(source="nothing.txt") == 2
    assert "nothing.txt: this input file does not exist" in capsys.readouterr().err


@pytest.mark.parametrize(
    "error",
    [
        WollemiError("a", "b", "c"),
        EvaluationError("a", "b", "c"),
        MissingBranchError("a", "b", "c", {}),
    ],
)
@pytest.mark.parametrize("depth", range(3))
def test_no_error_is_its_own_cause(error, depth):
    """An error within several jobs' places keeps a chain of causes that has an end."""
    job = Job(PROGRAM, argparse.Namespace())

    def inside(level):
        with job.placing():
            if level:
                inside(level - 1)
            raise error

    with pytest.raises(WollemiError) as found:
        inside(depth)
    assert causes(found.value) == [found.value]


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        ([], (None, None)),
        ([40_000], (40_000, None)),
        ([40_000, 40_000], (80_000, None)),
        ([40_000, 40_000, 20_000], (100_000, 0.001)),
        ([40_000, 40_000, 40_000, 10_000], (130_000, 0.001)),
        ([40_000, 400, 400, 400], (41_200, None)),
    ],
)
def test_the_time_of_an_event_is_without_the_first_and_the_last_batch(
    monkeypatch, batches, expected
):
    """An event takes a millisecond, and compiling at the first batch takes a hundred seconds."""
    job, spent = Job(PROGRAM, argparse.Namespace()), 0.0
    for number, events in enumerate(batches):
        monkeypatch.setattr(time, "process_time", lambda at=spent: at)
        assert len(job.counted(range(events))) == events
        spent += events / 1000 + (0 if number else 100)
    assert job.event_costs() == pytest.approx(expected)


def causes(error):
    chain = []
    while error is not None:
        assert error not in chain
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


@pytest.mark.parametrize(
    ("started", "collects"),
    [
        (str(ROOT / "scripts" / "skim_events.py"), False),
        (str(ROOT / "benchmarks" / "programs.py"), True),
        (None, True),
    ],
)
def test_only_a_program_imports_without_collections(folder, monkeypatch, started, collects):
    monkeypatch.setattr(sys.modules["__main__"], "__file__", started, raising=False)
    frozen = gc.get_freeze_count()
    try:
        importlib.reload(wollemi)
        assert gc.isenabled() is collects
        assert run() == 0
        assert gc.isenabled()
        assert (gc.get_freeze_count() == frozen) is collects
    finally:
        gc.enable()
        gc.unfreeze()
