"""The numbers of Combine's cards on the page of the docs are those of the stored list."""

import re

import yaml
from support.combine.cards import CONVERTED, LIST
from support.project.paths import ROOT

PAGE = (ROOT / "docs/coming_from_combine.md").read_text(encoding="utf-8")


def test_the_page_counts_the_cards():
    stored = yaml.safe_load(LIST.read_text(encoding="utf-8"))
    counts = {reason: sum(map(len, folders.values())) for reason, folders in stored.items()}
    table = PAGE.partition("| cards | reason |")[2].partition("\n\n")[0]
    rows = {reason: int(number) for number, reason in re.findall(r"\n\| (\d+) \| (.*) \|", table)}
    assert rows == {reason: n for reason, n in counts.items() if reason != CONVERTED}
    assert f"{counts[CONVERTED]} of the {sum(counts.values())} text cards" in PAGE
