"""Rows of signals that people call the same."""

from wollemi.results.extrapolation import (
    BriefExtrapolation,
    ExpectedPoint,
    ScenarioRules,
    SignalExtrapolation,
)
from wollemi.results.toy_fits import BriefToyStudy, ThrownFits, ToySummary
from wollemi.tables.limits import extrapolation_table, text_rows
from wollemi.tables.run import toy_table
from wollemi_likelihood.inference.toy_summaries import toy_summary

RULES = {"systematics": "constant", "groups": {}, "floor": 0.0, "mc_statistics": "constant"}


def test_pairs_of_equal_names_stay_rows():
    rows = [("Z", {"a": "1"}), ("Z", {"a": "2", "b": "3"})]
    found = text_rows(rows, "signal")
    assert found["a"].tolist() == ["1", "2"]
    assert found.index.tolist() == ["Z", "Z"]
    assert found.index.name == "signal"
    named = text_rows({"x": {"a": "1"}, "y": {"a": "2"}}, "signal", lambda name: "Z")
    assert named["a"].tolist() == ["1", "2"]


def test_two_signals_of_one_label_have_rows_of_their_own():
    signals = {}
    for name, size in (("zprime_2000", 1.0), ("zprime_3000", 2.0)):
        point = ExpectedPoint(
            luminosity_ifb=300.0,
            signal_events=10.0,
            expected=tuple(size * number for number in range(1, 6)),
            significance=size,
        )
        signals[name] = SignalExtrapolation(
            point=None, cross_section_pb=None, scenarios={"run2": (point,)}
        )
    found = BriefExtrapolation(
        luminosity_ifb=36.0,
        rules=(ScenarioRules(name="run2", **RULES),),
        signals=signals,
        exclusion={},
    )
    table = extrapolation_table(found, 0.95, lambda name: "Z′")
    assert table.text.index.tolist() == ["Z′, run2, 300 fb⁻¹"] * 2
    assert len(set(table.text["significance"])) == 2
    assert len(table.numbers) == 2


def test_toys_of_two_signals_of_one_label_have_rows_of_their_own():
    thrown = ThrownFits(
        injected=1.0, estimates=(0.9, 1.2), errors=(0.1, 0.2), rises=(0.5, 1.5), failed=0
    )
    study = BriefToyStudy(poi="mu", summaries=(ToySummary.of(toy_summary(thrown)),), line=None)
    table = toy_table({"a": study, "b": study}, lambda name: "Z′")
    assert table.text.index.tolist() == ["Z′, mu = 1"] * 2
