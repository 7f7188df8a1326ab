"""Events that stand in a file twice, without numbers that would tell: found where their content
tells, and never elsewhere.
"""

import awkward as ak
import numpy as np
import pytest
from support.project.seeds import slow_but

from wollemi.inputs.repeated_entries import RepeatedEntries, entry_hashes, find_repeated_stretch
from wollemi_likelihood.base.errors import WollemiError

BATCH = 130


def content(rng, events, digits=None):
    """Lists and numbers of events: a third has no objects at all."""
    counts = rng.choice([0, 1, 2, 3], events, p=[1 / 3, 1 / 3, 1 / 6, 1 / 6])
    number = int(counts.sum())
    columns = {
        name: ak.unflatten(rng.gamma(2, 20, number).astype(np.float32), counts)
        for name in ("lep_pt", "lep_eta", "lep_phi")
    }
    columns |= {
        "lep_charge": ak.unflatten(rng.choice([-1, 1], number), counts),
        "weight": np.ones(events, np.float32),
    }
    if digits is not None:
        columns |= {
            name: ak.Array(np.round(values, digits))
            for name, values in columns.items()
            if name != "weight"
        }
    return ak.Array(columns)


def look(events):
    found = RepeatedEntries("events.root")
    for start in range(0, len(events), BATCH):
        found.add(events[start : start + BATCH])
    found.finish()


def copied_block(rng, events):
    start, size = int(rng.integers(0, len(events) - 40)), int(rng.integers(25, 40))
    return ak.concatenate([events, events[start : start + size]])


def whole_copy(rng, events):
    return ak.concatenate([events, events])


def each_twice(rng, events):
    return events[np.repeat(np.arange(len(events)), 2)]


def block_inside(rng, events):
    return ak.concatenate([events[:200], events[20:60], events[200:]])


@pytest.mark.parametrize("seed", slow_but(range(2), range(5)))
@pytest.mark.parametrize("repeat", [copied_block, whole_copy, each_twice, block_inside])
def test_repetitions_are_found(repeat, seed):
    rng = np.random.default_rng(seed)
    events = content(rng, 400)
    look(events)
    repeated = repeat(rng, events)
    with pytest.raises(WollemiError, match="in sequence") as error:
        look(repeated)
    one, other = (
        int(word.rstrip(";"))
        for word in str(error.value).split("entries ")[1].split(" and ")[:2]
        for word in [word.split()[0]]
    )
    assert one < other
    assert repeated[one].to_list() == repeated[other].to_list()


@pytest.mark.parametrize("seed", slow_but(range(2), range(5)))
def test_what_is_alike_by_chance_is_none(seed):
    """Events without objects, whole numbers, coarse and sorted values, and single events that are
    equal.
    """
    rng = np.random.default_rng(seed)
    look(content(rng, 500, 0))
    look(
        ak.Array(
            {
                "n": rng.integers(0, 3, 500),
                "m": np.sort(rng.integers(0, 50, 500)),
                "w": np.full(500, 0.5),
            }
        )
    )
    look(
        ak.Array(
            {"m": np.sort(np.round(rng.normal(91, 3, 500), 1)), "w": rng.choice([0.5, 1.5], 500)}
        )
    )
    events = content(rng, 400)
    look(ak.concatenate([events, events[[3, 77, 200]]]))
    look(ak.Array({"a": np.full(500, 0.1), "b": np.full(500, 0.2), "c": np.full(500, 0.3)}))


def test_numbers_of_events_need_no_look():
    events = content(np.random.default_rng(0), 100)
    twice = ak.concatenate([events, events])
    numbered = ak.with_field(
        ak.with_field(twice, np.ones(200, int), "run"), np.arange(200), "event"
    )
    look(numbered)


def test_hashes_depend_on_each_number_and_its_place():
    rng = np.random.default_rng(1)
    events = content(rng, 300)
    hashes, telling = entry_hashes(events)
    assert telling.tolist() == [3 * len(pts) >= 3 for pts in events.lep_pt.to_list()]
    swapped = ak.with_field(
        ak.with_field(events, events.lep_eta, "lep_phi"), events.lep_phi, "lep_eta"
    )
    assert (entry_hashes(swapped)[0] != hashes)[telling].all()
    for name in ("lep_pt", "lep_charge"):
        assert (entry_hashes(ak.with_field(events, -events[name], name))[0] != hashes)[
            telling
        ].all()
    assert len(set(hashes[telling].tolist())) == telling.sum()


def test_the_first_entries_may_be_the_stretch():
    hashes = np.array([1, 2, 3, 4, 5, 1, 2, 3, 4, 5], np.uint64)
    assert find_repeated_stretch(hashes) == (5, 0, 5)
    assert find_repeated_stretch(hashes[:-1]) is None
