"""What the summary says of certified blocks, and cutflows side by side."""

from wollemi.analysis.models.datasets import Dataset
from wollemi.pages.certified_tables import aligned_cutflows, certified_rows


def lines(*cuts):
    return {"skim": [{"cut": cut, "events": 10 - place} for place, cut in enumerate(cuts)]}


def test_data_and_simulation_have_the_same_first_lines():
    cutflows = {
        "data": lines("all events", "certified", "trigger of the dataset", "a", "b")
        | {"certified": {}},
        "late": lines("all events", "certified", "a", "b") | {"certified": {}},
        "dy": lines("all events", "trigger of the dataset", "a", "b"),
        "top": lines("all events", "a", "b"),
        "drawn": {"skim": []},
    }
    found = {
        name: [(line["cut"], line["events"]) for line in item["skim"]]
        for name, item in aligned_cutflows(cutflows).items()
    }
    names = ["all events", "certified", "trigger of the dataset", "a", "b"]
    assert {name: [cut for cut, _ in item] for name, item in found.items()} == dict.fromkeys(
        cutflows, names
    ) | {"drawn": []}
    events = {name: [count for _, count in item] for name, item in found.items()}
    assert events["data"] == [10, 9, 8, 7, 6]
    assert events["late"] == [10, 9, 9, 8, 7]
    assert events["dy"] == [10, 10, 9, 8, 7]
    assert events["top"] == [10, 10, 10, 9, 8]
    assert aligned_cutflows({"top": cutflows["top"]}) == {"top": cutflows["top"]}


def test_blocks_without_events_are_those_that_no_dataset_of_the_era_has():
    datasets = {
        name: Dataset(files=("f",), era=era)
        for name, era in (("a", "2017"), ("b", "2017"), ("c", "2018"), ("dy", "2018"))
    }
    seen = {"a": {"1": [[1, 3]]}, "b": {"1": [[3, 4]], "2": [[7, 7]]}, "c": {}}
    cutflows = {
        name: {"certified": {"blocks": 9, "with_events": blocks}} for name, blocks in seen.items()
    } | {"dy": {}}
    section = {"2016": None, "2017": {"blocks": "x"}, "2018": {"blocks": "y", "luminosity": "z"}}
    measured = {
        "2018": {
            "certified_blocks": 9,
            "luminosity_ifb": 1.5,
            "declared_ifb": None,
            "blocks_without_luminosity": 0,
        }
    }
    early, late = certified_rows({"certified": section}, datasets, cutflows, measured)
    assert early == {"era": "2017", "datasets": ["a", "b"], "blocks": 9, "without_events": 4}
    assert late["datasets"] == ["c"]
    assert (late["without_events"], late["luminosity_ifb"], late["declared_ifb"]) == (9, 1.5, None)
    assert certified_rows({}, datasets, {"dy": {}}, {}) == []
