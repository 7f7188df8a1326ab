"""The root is a short page, and decisions are short and have numbers and dates."""

import re
from datetime import date
from itertools import pairwise

from support.project.paths import ROOT

HIDDEN_BY_GIT = {line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines()}
PAGE = (ROOT / "docs/decisions.md").read_text(encoding="utf-8")
DECISIONS = re.findall(
    r"^- (\d+) (?:\((\d{4}-\d\d-\d\d)\) )?(.+(?:\n  .+)*)$", PAGE, flags=re.MULTILINE
)
# The introduction gives the dates of the first decisions, as ranges of numbers.
RANGES = re.findall(r"(\d+)–(\d+)\s+(?:were\s+decided\s+)?on\s+(\d{4}-\d\d-\d\d)", PAGE)
WORDS = 60


def decided_on(number, day):
    """Date of a decision: its own, or the date of its range."""
    days = [day] if day else [on for low, high, on in RANGES if int(low) <= number <= int(high)]
    assert len(days) == 1, number
    return date.fromisoformat(days[0])


def test_the_root_has_at_most_twenty_entries():
    """Besides hidden ones."""
    names = {path.name for path in ROOT.iterdir() if path.name[0] != "."} - HIDDEN_BY_GIT
    assert len(names) <= 20, sorted(names)


def test_every_bullet_is_a_decision_with_a_number():
    assert len(DECISIONS) == sum(line.startswith("- ") for line in PAGE.splitlines())


def test_decisions_are_numbered_in_the_order_of_time():
    """Numbers of replaced decisions are missing."""
    found = sorted((int(number), day) for number, day, _ in DECISIONS)
    assert all(one < other for (one, _), (other, _) in pairwise(found))
    days = [decided_on(number, day) for number, day in found]
    assert days == sorted(days)


def test_the_newest_decision_is_the_last_of_its_section():
    for section in PAGE.split("\n## "):
        numbers = [int(number) for number in re.findall(r"^- (\d+) ", section, re.MULTILINE)]
        assert numbers == sorted(numbers)


def test_decisions_are_short():
    long = {number for number, _, text in DECISIONS if len(text.split()) > WORDS}
    assert long == set()
