"""What jobs ask a batch system for, from a dry run."""

import re

import pytest
from support.tiny.analysis import snakemake

GROUPS = ("--group-components", "parts=10", "results=1")

# Jobs whose time grows with their events or toys.
LONG = ("skim_events_", "fill_histograms_", "throw_toys", "test_intervals", "run_toys")


def requests(project, *arguments):
    """Rule → what its jobs ask for."""
    plan = ("--dry-run", "--forceall", "--cores", "1", "--printshellcmds")
    done = snakemake(project, *arguments, *plan)
    assert done.returncode == 0, done.stdout
    blocks = re.findall(r"^ *rule (\w+):.*?^ +resources: (.*?)$", done.stdout, re.M | re.S)
    return {rule: dict(item.split("=", 1) for item in text.split(", ")) for rule, text in blocks}


def test_a_job_of_a_group_waits_with_the_others(project):
    """A group that depended on itself would be refused; a file is fetched by itself."""
    asked = requests(project, "publish", *GROUPS)
    times = {rule: request["runtime"] for rule, request in asked.items() if rule != "publish"}
    assert len(times) > 30
    assert times.pop("fetch_dataset_data") == "11"
    assert {rule for rule, minutes in times.items() if minutes != "2"} == {
        rule for rule in times if rule.startswith(LONG)
    }


def test_each_system_is_asked_for_the_same_memory(project):
    asked = requests(project, "all")
    assert len(asked) > 20
    assert {
        (request["mem_mb"], request["htcondor_request_mem_mb"], request["kubernetes_memory_limit"])
        for rule, request in asked.items()
        if rule != "all"
    } == {("1024", "1024", "1024M"), ("1029", "1029", "1024M")}
    assert asked["throw_toys"]["mem_mb"] == "1029"  # of 100 toys


@pytest.mark.parametrize(
    ("memory", "expected"), [("4000", ["4000", "4000"]), ("4000*2**(attempt-1)", ["4000", "8000"])]
)
def test_memory_by_hand_at_a_second_attempt(project, memory, expected):
    """As docs/environments.md says it; the job fails at both."""
    (project / "input/dy_high_0.root").write_text("<html>")
    target = "results/tiny/cutflow/dy_high/skim_0.json"
    asked = f"skim_events_dy_high:mem_mb={memory}"
    done = snakemake(
        project, target, "--printshellcmds", "--retries", "1", "--set-resources", asked
    )
    assert done.returncode == 1
    assert re.findall(r"^ +resources: .*\bmem_mb=(\d+)", done.stdout, re.MULTILINE) == expected
