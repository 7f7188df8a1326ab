import numpy as np

from wollemi.events.cutflow import cumulative_flags, cutflow_line, merge_region_counts
from wollemi.events.cutflow_merging import merge_cutflows, merge_skims


def lines(*events):
    return [
        {
            "cut": f"cut {i}",
            "events": n,
            "sum_of_weights": 2.0 * n,
            "sum_of_weights_squared": 4.0 * n,
        }
        for i, n in enumerate(events)
    ]


def file(name, entries):
    return {"path": name, "start": 0, "stop": None, "events": entries, "entries": entries}


def test_a_line_counts_what_passes():
    line = cutflow_line("c", np.array([1.0, 2.0, -1.0]), np.array([True, False, True]))
    assert line == {"cut": "c", "events": 2, "sum_of_weights": 0.0, "sum_of_weights_squared": 2.0}


def test_cuts_accumulate():
    flags = cumulative_flags([np.array([True, True, False]), np.array([True, False, True])])
    assert [f.tolist() for f in flags] == [[True, True, False], [True, False, False]]
    assert cumulative_flags([]) == []


def test_parts_add_and_every_event_is_accounted_for():
    skims = [
        {
            "dataset": "d",
            "preview": False,
            "entries": None,
            "files": [file(name, counts[0])],
            "failed_files": [],
            "skim": lines(*counts),
        }
        for name, counts in zip("ab", [(10, 6), (5, 4)], strict=True)
    ]
    fills = [
        {"regions": {"r": lines(6, 3)}, "selected": {"r": 3}},
        {"regions": {"r": lines(4, 1)}, "selected": {"r": 1}},
    ]
    merged = merge_cutflows(merge_skims(iter(skims)), merge_region_counts(iter(fills)))
    assert [item["path"] for item in merged["files"]] == ["a", "b"]
    assert [line["events"] for line in merged["skim"]] == [15, 10]
    assert [line["sum_of_weights_squared"] for line in merged["regions"]["r"]] == [40.0, 16.0]
    account = merged["account"]
    assert account["entries"] == 15
    assert account["unselected"] == {
        "not read, in a preview": 0,
        "rejected by the skim": 5,
        "in no region": 6,
    }
    assert account["selected"] == {"r": 4}
