"""What a batch system would never start, and what failed for good."""

from types import SimpleNamespace

import pytest

from wollemi.job.batch import (
    TimeRequest,
    ended_with_message,
    group_rules,
    partition_limits,
    profile_group,
    refuse_vain_attempt,
    slurm_problems,
    time_problems,
)
from wollemi_likelihood.base.errors import WollemiError

# As sinfo says it, in the forms of its manual.
LISTING = """short* 30:00
main 1:30:00
long 2-12:00:00
endless infinite
unset n/a
"""
LIMITS = partition_limits(LISTING)


def test_limits_in_minutes():
    infinite = float("inf")
    found = partition_limits(LISTING)
    assert found == {
        "short": 30,
        "": 30,
        "main": 90,
        "long": 3600,
        "endless": infinite,
        "unset": infinite,
    }


@pytest.mark.parametrize(
    ("partition", "minutes", "refused"),
    [
        ("", 30, False),
        ("", 31, True),
        ("main", 90, False),
        ("main", 91, True),
        ("short,main", 90, False),
        ("short,main", 91, True),
        ("long", 3601, True),
        ("endless", 10**6, False),
        ("elsewhere", 10**6, False),
        ("short", "<TBD>", False),
    ],
)
def test_only_what_never_starts_is_refused(partition, minutes, refused):
    assert bool(time_problems([TimeRequest("rule", "skim", partition, minutes)], LIMITS)) == refused


def test_a_rule_is_named_once_with_its_longest_job():
    requests = [TimeRequest("rule", "skim", "main", minutes) for minutes in (80, 120, 100)]
    (problem,) = time_problems(requests, LIMITS)
    assert str(problem) == (
        "rule skim: its last attempt asks for 120 minutes, but the partition main allows 90\n"
        "  → name a longer one (--default-resources slurm_partition=NAME), or ask for less "
        "(--set-resources skim:runtime=90)"
    )


def test_a_group_is_refused_by_its_own_name_and_remedy():
    requests = [TimeRequest("group", "parts", "", 31), TimeRequest("rule", "parts", "", 30)]
    (problem,) = time_problems(requests, LIMITS)
    assert str(problem) == (
        "group parts: its last attempt asks for 31 minutes, but the default partition allows 30\n"
        "  → name a longer one (--default-resources slurm_partition=NAME), or group fewer jobs "
        "(`parts` in the profile's group-components)"
    )


@pytest.mark.parametrize(
    ("log", "ended"),
    [
        ("INFO reading\nERROR a.root: is no ROOT file\n  → get it again\nDEBUG 1.0 s\n", True),
        ("INFO reading\nDEBUG half\n", False),
        ("", False),
        ("ERROR memory: out of memory\n  → take more\nDEBUG 1.0 s\n", False),
    ],
)
def test_what_another_attempt_does_not_change(log, ended):
    assert ended_with_message(log) == ended


def workflow(**changes):
    """The parts of Snakemake's workflow that are read."""
    fields = {"is_main_process": True, "group_settings": None, "executor_plugin": None, **changes}
    return SimpleNamespace(**fields)


@pytest.mark.parametrize(
    ("engine", "group"),
    [
        (workflow(), None),
        (workflow(group_settings=SimpleNamespace(group_components={"results": 1})), None),
        (workflow(group_settings=SimpleNamespace(group_components={"parts": 10})), "parts"),
        (workflow(is_main_process=False), "parts"),
        (SimpleNamespace(), None),
    ],
)
def test_a_group_of_the_profile(engine, group):
    assert profile_group(engine, "skim_events") == group
    assert profile_group(engine, "fetch_dataset") is None


def test_every_rule_with_a_program_has_its_group():
    inputs = [SimpleNamespace(code=["scripts/skim_events.py"]), SimpleNamespace()]
    rules = [SimpleNamespace(input=given) for given in inputs]
    group_rules(workflow(rules=rules, is_main_process=False))
    assert rules[0].group(None) == "parts"
    assert not hasattr(rules[1], "group")


def test_an_attempt_in_vain(tmp_path):
    log = tmp_path / "a.log"
    path = SimpleNamespace(apply_wildcards=lambda wildcards: str(log))
    engine = workflow(is_main_process=False, get_rule=lambda name: SimpleNamespace(log=[path]))
    refuse_vain_attempt(engine, "skim", {}, 2)  # it was killed before it wrote a line
    log.write_text("INFO x: starts\nERROR x: bad file\n  → mend it\n")
    refuse_vain_attempt(engine, "skim", {}, 1)
    refuse_vain_attempt(workflow(), "skim", {}, 2)
    with pytest.raises(WollemiError, match=f"{log}: says why this job failed"):
        refuse_vain_attempt(engine, "skim", {}, 2)


def job(minutes, **more):
    """A job whose last attempt takes twice as long."""

    class Job(SimpleNamespace):
        @property
        def resources(self):
            return {"runtime": minutes * 2 ** (self.attempt - 1), "slurm_partition": "short"}

    return Job(attempt=1, restart_times=1, is_group=lambda: "groupid" in more, **more)


def test_the_last_attempt_has_to_fit_into_the_partition(tmp_path, monkeypatch):
    jobs = [job(20, rule=SimpleNamespace(name="skim")), job(15, rule=SimpleNamespace(name="fit"))]
    jobs.append(job(16, groupid="parts"))
    dag = SimpleNamespace(get_jobs_or_groups=lambda: jobs)
    engine = workflow(dag=dag, executor_plugin=SimpleNamespace(name="slurm"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert slurm_problems(engine) == []  # without Slurm
    sinfo = tmp_path / "sinfo"
    sinfo.write_text("#!/bin/sh\necho 'short* 30:00'\n")
    sinfo.chmod(0o755)
    problems = [problem.where for problem in slurm_problems(engine)]
    assert problems == ["group parts", "rule skim"]
    assert {one.attempt for one in jobs} == {1}
    assert slurm_problems(workflow(dag=dag)) == []
