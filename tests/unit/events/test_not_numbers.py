"""What is not a number leaves a histogram with a count, the same in both engines."""

import numpy as np
import pytest
from support.engine.analyses import odd_events
from support.engine.cases import Case, cache, check
from support.tiny.steps import fill_batches

from wollemi.analysis.models.blinding import Hidden
from wollemi.events.cutflow import merge_region_counts
from wollemi.events.not_numbers import describe_losses
from wollemi.histograms.blinding import hide_counts
from wollemi.histograms.histogram import axis_of_variable

__all__ = ["cache"]
TEXTS = {
    "root": "sqrt(MET_phi)",
    "remainder": "PV_npvs / 1.0 % 0",
    "ratio": "(PV_npvs - PV_npvs) / (PV_npvs - PV_npvs)",
    "second": "log(jet[1].pt - 40)",
    "stored": "MET_pt",
    "each": "log(jet.eta)",
    "chosen": "where(jet.eta > 0, jet, jet).eta ** 0.5",
    "foreign": "log(where(MET_phi > 1, jet[0], jet[1]).eta)",
    "sound": "PV_npvs",
    "none": "jet[3].eta / 2",
}
PER_OBJECT = ("each", "chosen")


def analysis(weight="genWeight"):
    bins = {"bins": [10, -3, 3], "label": "x"}
    per = {name: {"per": "object"} for name in PER_OBJECT}
    return {
        "name": "numbers",
        "title": "numbers",
        "center_of_mass_tev": 13,
        "luminosity_ifb": 1,
        "datasets": {"d": {"files": ["x.root"], "cross_section_pb": 1.0, "weight": weight}},
        "samples": {"s": {"role": "background", "datasets": "d"}},
        "objects": {"jet": {"collection": "Jet"}},
        "variables": {
            name: {"expression": text, **bins, **per.get(name, {})} for name, text in TEXTS.items()
        },
        "regions": {
            "a": {"selection": "PV_npvs > 10", "variable": "root", "monitor": list(TEXTS)[1:]}
        },
        "systematics": {
            "scale": {
                "kind": "object",
                "object": "jet",
                "up": {"pt": "pt * 1.1"},
                "down": "symmetrize",
                "samples": "s",
            },
        },
    }


def values_of(events):
    """Weight, and the values of each variable without None, of each event that is selected: by
    plain Python.
    """
    for event in events.to_list():
        if event["PV_npvs"] <= 10:
            continue
        jets = list(zip(event["Jet_pt"], event["Jet_eta"], strict=True))
        one = jets[:1] if event["MET_phi"] > 1 else jets[1:2]
        with np.errstate(all="ignore"):
            values = {
                "root": [np.sqrt(event["MET_phi"])],
                "remainder": [np.nan],
                "ratio": [np.nan],
                "second": [np.log(pt - 40) for pt, _ in jets[1:2]],
                "stored": [event["MET_pt"]],
                "each": [np.log(eta) for _, eta in jets],
                "chosen": [np.sqrt(eta) for _, eta in jets],
                "foreign": [np.log(eta) for _, eta in one],
                "sound": [event["PV_npvs"]],
                "none": [eta / 2 for _, eta in jets[3:4]],
            }
        yield event["genWeight"], values


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("weight", ["genWeight", "1"])
def test_both_engines_count_them(weight, monkeypatch, caplog):
    case = Case(analysis(weight), "d", odd_events(5, 300))
    check(case, monkeypatch, caplog)
    _, counts = fill_batches(case.filler(monkeypatch), [case.events[:100], case.events[100:]])
    _, plain = fill_batches(
        case.filler(monkeypatch, "awkward"), [case.events[:100], case.events[100:]]
    )
    assert counts == plain
    found = counts["not_numbers"]["a"]
    rows = list(values_of(odd_events(5, 300)))
    for name in TEXTS:
        pairs = [(w if weight != "1" else 1, value) for w, values in rows for value in values[name]]
        bad = [w for w, value in pairs if np.isnan(value)]
        expected = {
            "entries": len(pairs),
            "not_numbers": len(bad),
            "sum_of_weights": pytest.approx(sum(bad), rel=1e-12),
        }
        assert found.get(name, expected | {"not_numbers": 0}) == expected, name
    assert "sound" not in found
    assert "none" not in found
    assert len(found) == 8


def test_nothing_is_noted_where_all_are_numbers(monkeypatch):
    document = analysis()
    document["variables"] = {"root": {"expression": "PV_npvs", "bins": [10, 0, 60], "label": "x"}}
    document["regions"]["a"]["monitor"] = []
    case = Case(document, "d", odd_events(5, 50))
    for engine in ("awkward", "compiled"):
        _, counts = fill_batches(case.filler(monkeypatch, engine), [case.events])
        assert list(counts) == ["regions", "selected"]


COUNT = {"entries": 100, "not_numbers": 2, "sum_of_weights": 1.5}


def test_parts_are_added_and_a_share_is_warned_of():
    parts = [
        {"regions": {}, "selected": {}} | noted
        for noted in ({"not_numbers": {"a": {"x": COUNT}}}, {})
    ]
    assert merge_region_counts(parts)["not_numbers"] == {"a": {"x": COUNT}}
    assert merge_region_counts([parts[0]] * 2)["not_numbers"] == {
        "a": {"x": {key: 2 * item for key, item in COUNT.items()}}
    }
    (line,) = describe_losses({"a": {"x": COUNT, "y": COUNT | {"not_numbers": 1}}}, {"a": 100})
    assert line.startswith("region a, variable x: 2 of 100 values are not numbers")
    assert not describe_losses({"a": {"x": COUNT}}, {"a": 200})


def test_hidden_histograms_tell_nothing():
    settings = Case(analysis(), "d", odd_events(5, 20)).settings
    axes = {name: axis_of_variable(name, variable) for name, variable in settings.variables.items()}
    line = {"cut": "x", "events": 1, "sum_of_weights": 1.0, "sum_of_weights_squared": 1.0}
    counts = {"regions": {"a": [line]}, "not_numbers": {"a": {"root": COUNT, "each": COUNT}}}
    for hidden in (Hidden(regions=("a",)), Hidden(windows={"root": (0, 1)})):
        assert hide_counts(hidden, settings.regions, axes, counts)["not_numbers"] == {}
