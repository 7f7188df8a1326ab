"""The root is a short page, and decisions have numbers and dates."""

import re
from datetime import date

from support.project.paths import ROOT

HIDDEN_BY_GIT = {line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines()}
LINES = (ROOT / "docs/decisions.md").read_text(encoding="utf-8").splitlines()
DECISION = re.compile(r"- (\d+) \((\d{4}-\d\d-\d\d)\) \S")


def test_the_root_has_at_most_twenty_entries():
    """Specifications of REANA apart: its clients up to 0.9 read their paths from the working
    folder, later ones from theirs.
    """
    names = {path.name for path in ROOT.iterdir() if path.name[0] != "."} - HIDDEN_BY_GIT
    assert len({name for name in names if not re.fullmatch(r"reana-\w+\.yaml", name)}) <= 20, (
        sorted(names)
    )


def test_every_decision_has_a_number_and_a_date():
    assert [line for line in LINES if line.startswith("- ") and not DECISION.match(line)] == []


def test_decisions_are_numbered_in_the_order_of_time():
    found = sorted(
        (int(match[1]), date.fromisoformat(match[2]))
        for line in LINES
        if (match := DECISION.match(line))
    )
    assert [number for number, _ in found] == list(range(1, len(found) + 1))
    assert [day for _, day in found] == sorted(day for _, day in found)


def test_the_newest_stands_last_in_its_section():
    for section in "\n".join(LINES).split("\n## "):
        numbers = [int(number) for number, _ in DECISION.findall(section)]
        assert numbers == sorted(numbers)
