"""What a batch system would never start, and what failed for good."""

import pytest

from wollemi.job.batch import TimeRequest, ended_with_message, partition_limits, time_problems

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
