"""Two edits of one analysis: conflicts and uses by hand, and merges of random edits, which lose
nothing but what is left out.
"""

import copy
import random

import pytest
from support.project.seeds import slow_but

from wollemi.history.merge import (
    MISSING,
    Use,
    added,
    alike,
    conflicts,
    find_edits,
    lost,
    neighbors,
    uses,
)

BASE = {
    "luminosity_ifb": 36.1,
    "datasets": {"dy_2018": {"files": ["dy.root"]}, "top": {"files": ["top.root"]}},
    "samples": {"dy": {"datasets": ["dy_2018"]}, "top": {"datasets": ["top"]}},
    "objects": {"jet": {"collection": "Jet", "cuts": "pt > 30"}},
    "columns": {"ht": "sum(jet.pt)", "pt": "met.pt"},
    "skim": {"selection": "count(jet) > 1"},
    "variables": {"ht": {"expression": "ht"}},
    "regions": {
        "SR": {"selection": "ht > 200", "variable": "ht"},
        "CR": {"selection": "muon.pt > 3", "variable": "ht"},
    },
    "systematics": {"lumi": {"up": 1.02, "samples": ["dy", "top"]}},
    "plots": {"regions": {"SR": "Signal region"}},
}


def branch(*path, value, base=BASE):
    """An analysis with one value changed; without one if that is `MISSING`."""
    now = copy.deepcopy(base)
    place = now
    for name in path[:-1]:
        place = place[name]
    if value is MISSING:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return now


def edits(now):
    return find_edits(BASE, now)


def test_edits_name_values_and_whole_entries():
    now = branch("regions", "SR", "selection", value="ht > 250")
    now = branch("columns", "mt", value="1", base=now)
    now = branch("objects", value=MISSING, base=now)
    assert {edit.text for edit in edits(now).values()} == {
        'regions.SR.selection: "ht > 200" → "ht > 250"',
        'columns.mt: new, "1"',
        "objects: gone",
    }
    assert edits(copy.deepcopy(BASE)) == {}
    assert find_edits({"a": 1, "b": [1]}, {"a": 1.0, "b": [1]}) == {}
    assert list(find_edits({"a": 1}, {"a": True})) == [("a",)]


@pytest.mark.parametrize(
    ("one", "other", "keys"),
    [
        (("luminosity_ifb", 36.2), ("luminosity_ifb", 36.3), [("luminosity_ifb",)] * 2),
        (("luminosity_ifb", 36.2), ("luminosity_ifb", 36.2), None),
        (
            ("regions", "SR", MISSING),
            ("regions", "SR", "variable", "pt"),
            [("regions", "SR"), ("regions", "SR", "variable")],
        ),
        (("regions", "SR", "variable", "pt"), ("regions", "CR", "variable", "pt"), None),
        (
            ("samples", "dy", "datasets", ["a"]),
            ("samples", "dy", "datasets", ["b"]),
            [("samples", "dy", "datasets")] * 2,
        ),
    ],
)
def test_a_conflict_is_one_place_with_two_values(one, other, keys):
    ours, theirs = (edits(branch(*item[:-1], value=item[-1])) for item in (one, other))
    found = [tuple(edit.key for edit in pair) for pair in conflicts(ours, theirs)]
    assert found == ([] if keys is None else [tuple(keys)])
    assert len(alike(ours, theirs)) == (one == other)


def test_other_keys_of_one_entry_are_neighbors():
    ours = edits(branch("regions", "SR", "selection", value="ht > 250"))
    theirs = edits(branch("regions", "SR", "variable", value="pt"))
    assert neighbors(ours, theirs) == {("regions", "SR"): (["selection"], ["variable"])}
    assert neighbors(ours, edits(branch("regions", "CR", "variable", value="pt"))) == {}
    assert neighbors(ours, ours) == {}


SR = ("regions", "SR")


@pytest.mark.parametrize(
    ("mine", "others", "found"),
    [
        # The region's cut is on a column of jets.
        (
            ("regions", "SR", "selection", "ht > 250"),
            ("objects", "jet", "cuts", "pt > 40"),
            [Use(SR, ("objects", "jet"), (("columns", "ht"),), False)],
        ),
        (
            ("regions", "SR", "selection", "ht > 250"),
            ("columns", "ht", MISSING),
            [Use(SR, ("columns", "ht"), (), True)],
        ),
        (
            ("regions", "CR", "selection", "muon.pt > 5"),
            ("skim", "selection", "count(jet) > 2"),
            [Use(("regions", "CR"), ("skim", "selection"), (), False)],
        ),
        (
            ("systematics", "lumi", "up", 1.03),
            ("datasets", "dy_2018", "files", ["new.root"]),
            [
                Use(
                    ("systematics", "lumi"),
                    ("datasets", "dy_2018"),
                    (("samples", "dy"),),
                    False,
                )
            ],
        ),
        # A field `pt` is no column `pt`, and a label uses nothing.
        (("regions", "CR", "selection", "muon.pt > 5"), ("columns", "pt", "met.phi"), []),
        (("plots", "regions", "SR", "x"), ("regions", "SR", "variable", "pt"), []),
        (("luminosity_ifb", 36.2), ("regions", "SR", "variable", "pt"), []),
    ],
)
def test_what_one_changed_uses_what_the_other_did(mine, others, found):
    now = branch(*mine[:-1], value=mine[-1])
    changed = edits(branch(*others[:-1], value=others[-1]))
    assert list(uses(now, edits(now), changed)) == found


def test_an_event_name_in_an_object_is_used():
    now = branch("objects", "jet", "cuts", value="pt > event.ht")
    changed = edits(branch("columns", "ht", value="sum(jet.mass)"))
    assert [use.used for use in uses(now, edits(now), changed)] == [("columns", "ht")]


def random_document(source, depth=3):
    return {
        f"k{number}": random_document(source, depth - 1)
        if depth and source.random() < 0.7
        else source.choice([1, 2.5, "text", [1, 2], None])
        for number in range(source.randint(1, 4))
    }


def random_edit(source, document):
    """The document with one value changed, removed or added somewhere."""
    now = copy.deepcopy(document)
    place = now
    while True:
        name = source.choice([*place, "new"])
        inner = place.get(name)
        if isinstance(inner, dict) and inner and source.random() < 0.8:
            place = inner
            continue
        if source.random() < 0.2 and name in place and len(place) > 1:
            del place[name]
        else:
            place[name] = f"edited {source.random()}"
        return now


def apply(document, changes):
    now = copy.deepcopy(document)
    for edit in changes:
        place = now
        for name in edit.key[:-1]:
            place = place[name]
        if edit.now is MISSING:
            del place[edit.key[-1]]
        else:
            place[edit.key[-1]] = copy.deepcopy(edit.now)
    return now


@pytest.mark.parametrize("seed", slow_but(range(4), range(60)))
def test_a_merge_with_all_edits_has_lost_none_and_one_without_has(seed):
    source = random.Random(seed)
    base = random_document(source)
    ours, theirs = base, base
    for _ in range(source.randint(1, 4)):
        ours, theirs = random_edit(source, ours), random_edit(source, theirs)
    mine, others = find_edits(base, ours), find_edits(base, theirs)
    assert apply(base, mine.values()) == ours
    undecided = {edit.key: edit for pair in conflicts(mine, others) for edit in pair}
    both = {key: edit for key, edit in {**mine, **others}.items() if key not in undecided}
    merged = apply(base, both.values())
    assert lost(mine, merged, undecided) == lost(others, merged, undecided) == []
    assert added(base, merged, mine, others) == []
    for left_out in both:
        rest = apply(base, (edit for key, edit in both.items() if key != left_out))
        found = [*lost(mine, rest, undecided), *lost(others, rest, undecided)]
        assert {edit.key for edit, _ in found} == {left_out}
    more = merged | {"own": 1}
    assert [edit.key for edit in added(base, more, mine, others)] == [("own",)]
