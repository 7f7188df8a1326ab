"""Overlaps and gaps of datasets that share files are counted: any selections, any division of the
files among jobs, against a loop over the events.
"""

from collections import Counter

import numpy as np
import pytest
from support.project.seeds import slow_but

from wollemi.events.split_account import (
    SelectedEvents,
    packed,
    split_account,
    split_lines,
    unpacked,
    warn_of_split,
)

CUTS = ("selection of the dataset", "pt > 30")


def skim_parts(name, taken, rng):
    """Parts of a dataset whose jobs read ranges of the files, batch by batch.

    Args:
        taken: file → which events the dataset takes.
    """
    for path, flags in taken.items():
        edges = sorted({0, len(flags), *rng.integers(0, len(flags) + 1, rng.integers(0, 3))})
        for start, stop in zip(edges, edges[1:] or edges, strict=False):
            noted = SelectedEvents(1, CUTS, is_data=False)
            for batch in np.array_split(flags[start:stop], 2):
                noted.add(0, [batch, batch & False])
            file = {"path": path, "start": int(start), "events": int(stop - start)}
            yield {"dataset": name, "files": noted.noted([file])}


@pytest.mark.parametrize("seed", slow_but(range(4), range(20)))
def test_any_split(seed):
    rng = np.random.default_rng(seed)
    files = {f"{index}.root": int(rng.choice([0, 1, 7, 8, 400])) for index in range(3)}
    names = ["b", "c", "light"][: rng.integers(2, 4)]
    share = rng.choice([0.2, 0.5, 1.0])
    taken = {
        name: {path: rng.random(size) < share for path, size in files.items()} for name in names
    }
    parts = [part for name in names[:-1] for part in skim_parts(name, taken[name], rng)]
    own = list(skim_parts(names[-1], taken[names[-1]], rng))
    merged = {"dataset": names[-1], "files": [file for part in own for file in part["files"]]}
    expected = Counter(
        " + ".join(name for name in names if taken[name][path][event])
        for path, size in files.items()
        for event in range(size)
    )
    found = split_account(merged, parts)["split"]
    assert found["datasets"] == names
    assert found["events"] == sum(files.values())
    assert found["in_none"] == expected.pop("", 0)
    assert found["in_several"] == {name: count for name, count in expected.items() if "+" in name}


def test_flags_come_back():
    rng = np.random.default_rng(1)
    for size in (0, 1, 8, 9, 1000):
        flags = rng.random(size) < 0.3
        text = packed([flags[: size // 2], flags[size // 2 :]])
        assert (unpacked(text, size) == flags).all()
    assert packed([]) == ""


def test_nothing_is_noted_of_data_nor_without_a_selection():
    for cuts, is_data in ((CUTS, True), (CUTS[1:], False)):
        noted = SelectedEvents(1, cuts, is_data=is_data)
        noted.add(0, [np.ones(3, bool), np.ones(3, bool)])
        assert noted.noted([{"path": "a"}]) == [{"path": "a"}]
    assert split_account({"dataset": "d", "files": []}, []) == {}


def test_only_events_that_all_have_read_are_compared():
    files = [
        {"path": "a", "start": 0, "events": size, "selected": packed([np.ones(size, bool)])}
        for size in (5, 3)
    ]
    own, other = (
        {"dataset": name, "files": [file]} for name, file in zip("xy", files, strict=True)
    )
    split = split_account(own, [other])["split"]
    assert (split["events"], split["in_several"]) == (3, {"y + x": 3})


def test_what_is_odd_is_said(caplog):
    split = {"datasets": ["b", "c"], "events": 1200, "in_none": 1, "in_several": {"b + c": 30}}
    lines = [
        "30 of 1,200 events are in b and c",
        "1 of 1,200 events is in none of b, c",
    ]
    assert split_lines(split) == lines
    warn_of_split({"split": split})
    assert [record.message for record in caplog.records] == [
        f"files of several datasets: {line}" for line in lines
    ]
    assert split_lines({**split, "in_none": 0, "in_several": {}}) == []
    warn_of_split({})
