"""The simulation of a run of LHC Run 4, where its result is known without one."""

import importlib
import sys

import pytest
from support.project.paths import ROOT


@pytest.fixture(scope="module")
def run_4():
    """The module of the benchmark."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    yield importlib.import_module("run_4")
    sys.path.remove(str(ROOT / "benchmarks"))


@pytest.fixture(scope="module")
def free(run_4):
    """Ten thousand events in 100 files on ten slots, where nothing takes time."""
    nothing = dict.fromkeys(("start", "plan_file", "plan_job", "launch", "merge", "failures"), 0.0)
    many = {"events": 1e4, "files": 100, "slots": 10, "bandwidth": 1e300, "event_time": 1e-12}
    return run_4.Task(read_bytes=1.0, **nothing, **many)


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ({"event_time": 1.0}, 1000),  # ten slots, 1,000 events each
        ({"bandwidth": 5.0}, 2000),
        ({"bandwidth": 5.0, "event_time": 1.0}, 2000),
        ({"bandwidth": 20.0, "event_time": 1.0}, 1000),
        ({"start": 3.0}, 30),  # ten jobs in each slot
        ({"launch": 2.0}, 2 * 99),  # the first job starts at once
        ({"plan_file": 1.0, "plan_job": 2.0}, 300),
        ({"merge": 0.5}, 50),
        ({"slots": 7, "start": 1.0}, 15),  # 100 jobs in 15 rounds of seven
    ],
)
def test_the_only_cost_is_the_time(run_4, free, changes, seconds):
    outcome = run_4.simulate(free._replace(**changes), 1)
    assert outcome.histograms == pytest.approx(seconds, abs=1e-6)
    assert outcome.attempts == 100
    assert outcome.runs == 1


@pytest.mark.parametrize("per_job", [1, 3, 100])
def test_everything_is_read_once(run_4, free, per_job):
    task = free._replace(event_time=0.01, bandwidth=300.0, start=0.1, launch=0.05)
    outcome = run_4.simulate(task, per_job)
    assert outcome.read == pytest.approx(1e4)
    assert outcome.cpu == pytest.approx(100 + 0.1 * outcome.attempts)
    assert outcome.occupied >= outcome.cpu


def test_failures_repeat_half_of_a_job_on_average(run_4, free):
    task = free._replace(files=10_000, failures=0.2, start=1.0)
    outcome = run_4.simulate(task, 1)
    assert outcome.attempts == pytest.approx(10_000 / 0.8, rel=0.02)
    assert outcome.read == pytest.approx(1e4 * (1 + 0.5 * 0.2 / 0.8), rel=0.02)
    # 0.8 % fail three times, and 0.8 % of these in the second run.
    assert outcome.runs in (2, 3)


def test_a_halved_cost_takes_no_longer(run_4, free):
    task = free._replace(event_time=0.01, bandwidth=300.0, start=0.1, launch=0.05, merge=0.01)
    whole = run_4.simulate(task, 2).histograms
    for factors in run_4.HALVED.values():
        assert run_4.simulate(run_4.changed(task, factors), 2).histograms <= whole


def test_the_page_has_the_tables(run_4):
    page = (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")
    for line in [*run_4.costs_table(), *run_4.limits_table()]:
        assert line in page
