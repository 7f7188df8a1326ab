"""What jobs request, from plain plans."""

from pathlib import Path

import pytest
from support.project.paths import ROOT

from wollemi.analysis.view import view_of
from wollemi.job.environments import ENVIRONMENTS
from wollemi.job.resources import ALONE, OF_PARTS, REANA_MINUTES, JobResources, batch_group
from wollemi.job.source_code import source_files
from wollemi.plan.plan import Plan

PROGRAMS = {program for programs in ENVIRONMENTS.values() for program in programs}
DOCUMENT = {
    "datasets": {
        "public": {
            "files": [
                {"url": f"https://x.org/{name}.root", "size": size, "sha256": name * 64}
                for name, size in (("a", 600_000_000), ("b", 60_000_000))
            ]
        },
        "local": {"files": ["local.root", "missing.root"], "files_per_job": 2},
        "shared": {"files": ["local.root"], "jobs_per_file": 2},
        "made": {"generate": {"process": "top", "events": 200_000, "parts": 2}},
        "converted": {"command": "convert", "files": ["a.root"]},
    },
    "commands": {"convert": {"run": "x", "outputs": ["a.root"], "inputs": ["local"]}},
    "samples": {
        "s": {"role": "signal", "datasets": ["public", "local", "shared", "made", "converted"]}
    },
    "limits": {"toys": 8000},
    "toy_fits": {"toys": 40_000, "jobs": 2},
    "intervals": {"toys": 400, "points": 10},
    "model": {"parameters": ["mu"]},
}


def resources(group=None, before=lambda *_: None):
    return JobResources(Plan(view_of(DOCUMENT), "run"), lambda program: group, before)


@pytest.fixture(autouse=True)
def local_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Path("local.root").open("wb") as file:
        file.truncate(120_000_000)


@pytest.mark.parametrize(
    ("program", "dataset", "part", "minutes"),
    [
        ("fit_model", None, 0, 10),
        ("fetch_dataset", "public", 0, 21),
        ("skim_events", "public", 0, 20),
        ("process_events", "public", 1, 11),
        ("fill_histograms", "local", 0, 12),
        ("skim_events", "shared", 1, 11),
        ("skim_events", "made", 0, 10),
        ("generate_events", "made", 1, 20),
        ("run_command", "convert", 0, 12),
        ("throw_toys", None, 0, 12),
        ("run_toys", None, 0, 15),
        ("test_intervals", None, 0, 11),
        ("merge_parts", None, 0, 10),
    ],
)
def test_minutes_grow_with_the_work(program, dataset, part, minutes):
    asked = resources()(program, dataset)["runtime"]
    assert asked({"part": str(part)}, 1) == minutes
    assert asked({"part": str(part)}, 3) == 4 * minutes


def test_a_process_asks_for_the_time_of_its_jobs():
    assert resources()("skim_events", "public", 2)["runtime"]({"part": "0"}, 1) == 30


def test_a_job_of_a_group_does_not_wait_alone():
    assert resources("parts")("skim_events", "public")["runtime"]({"part": "0"}, 1) == 12


@pytest.mark.parametrize(
    ("program", "megabytes"), [("fit_model", 1024), ("generate_events", 2024), ("throw_toys", 1424)]
)
def test_memory_grows_with_the_work(program, megabytes):
    asked = resources()(program, "made")
    assert asked["mem_mb"] is asked["htcondor_request_mem_mb"]
    assert [asked["mem_mb"]({}, attempt) for attempt in (1, 2)] == [megabytes, 2 * megabytes]


def test_batch_jobs_plan_with_the_whole_manifest():
    """A file of a manifest is not looked up: a dataset may have a million."""
    files = [{"path": f"{name}.root", "size": 300_000_000} for name in "abc"]
    document = {"datasets": {"many": {"manifest": "m.json", "files_per_job": 2}}}
    with Path("m.json").open("wb") as file:
        file.truncate(100_000_000)
    plan = Plan(view_of(document), "run", manifests={"m.json": {"weight": None, "files": files}})
    asked = JobResources(plan, lambda _: None, lambda *_: None)("skim_events", "many")
    assert asked["mem_mb"]({}, 1) == 1024 + 1100
    assert [asked["runtime"]({"part": part}, 1) for part in (0, 1)] == [20, 15]


def test_an_attempt_may_be_refused():
    asked = []
    resources(before=lambda *words: asked.append(words))("fit_model")["mem_mb"]({}, 2, "fit_model")
    assert asked == [("fit_model", {}, 2)]


def test_reana_is_asked_for_more_time_where_files_are_read():
    timeouts = {program: resources()(program)["kubernetes_job_timeout"] for program in PROGRAMS}
    assert {program for program, seconds in timeouts.items() if seconds != 1800} == {*REANA_MINUTES}
    assert timeouts["fetch_dataset"] == 14_400


def test_groups_name_programs():
    assert {*ALONE, *OF_PARTS, *REANA_MINUTES} < PROGRAMS
    assert {batch_group(program) for program in PROGRAMS} == {None, "parts", "results"}
    assert batch_group("merge_parts") == "results"


@pytest.mark.parametrize("module", ["batch", "resources", "rules", "start"])
def test_an_edit_of_the_plan_reruns_nothing(module):
    """No program imports what only the Snakefile needs."""
    sources = {path for name in PROGRAMS for path in source_files(ROOT / f"scripts/{name}.py")}
    assert str(ROOT / f"scripts/wollemi/job/{module}.py") not in sources
    assert str(ROOT / "scripts/wollemi/job/job.py") in sources
