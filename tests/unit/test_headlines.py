"""What a run says at its end."""

import pytest
from example_products import STATUS, fit, limit, limits, settings, significances

from wollemi.headlines import headline, signal_results

CONTENT = settings(("samples", "plots"))


def lines(results, marks=(), exclusion=None, converged=True, selected=None, lost=()):
    status = STATUS | {"converged": converged, "message": "too many steps"}
    summary = {"results": results, "level": 0.95, "exclusion": exclusion, "fit": {"status": status}, "selected": selected}
    summary["lost_files"] = lost
    return headline("example", marks, summary, CONTENT.plots, CONTENT.samples)


def test_one_signal():
    results = signal_results(["signal"], fit(), limits(), significances())
    assert lines(results, ["PREVIEW"]) == [
        "example [PREVIEW]: µ = 0.50 ± 0.25",
        "example [PREVIEW]: significance 2.13σ (expected 3.90σ)",
        "example [PREVIEW]: 95 % CLs upper limit on µ: observed 1.50, expected 1.00 (68 %: 0.700–1.40)",
    ]


def test_several_signals_with_an_exclusion():
    content = limits(low=limit(1.0, 0.1, 1.0), high=limit(3.0, 5.0, 0.01), exclusion=(2.149, 1.98))
    tested = {"significances": {name: {"observed": z, "expected": 1.0} for name, z in (("low", 0.3), ("high", 1.26))}}
    found = lines(signal_results(["low", "high"], {}, content, tested), ["pseudo-data"], content["exclusion"])
    assert found == [
        "example [pseudo-data]: prediction excluded at 95 % CL for mass below 2.1 TeV (expected: below 2.0 TeV)",
        "example [pseudo-data]: largest local significance: 1.3σ (high)",
    ]


@pytest.mark.parametrize(("strengths", "text"), [((0.1, 0.2), "at 2 of 2 points"), ((3.0, 2.0), "at 0 of 2 points")])
def test_an_exclusion_without_an_end(strengths, text):
    content = limits(a=limit(1.0, strengths[0], 1.0), b=limit(2.0, strengths[1], 1.0))
    (line,) = lines(signal_results(["a", "b"], {}, content, {}), exclusion=content["exclusion"])
    assert f"CL {text} (expected: at 0 of 2 points)" in line


def test_several_signals_without_cross_sections():
    content = limits(a=limit(), b=limit())
    (line,) = lines(signal_results(["a", "b"], {}, content, {}), exclusion=content["exclusion"])
    assert line == "example: 95 % CLs upper limit, most sensitive to a: observed 1.50, expected 1.00 (68 %: 0.700–1.40)"


def test_counts_without_a_model():
    selected = {"sr": {"data": {"events": 37183, "sum": 37183.0}}, "cr": {"data": {"events": 12, "sum": 12.0}}}
    assert lines({}, selected=selected) == ["example: signal region: 37,183 events", "example: cr: 12 events"]


def test_a_fit_that_failed_is_said_aloud():
    results = signal_results(["signal"], fit(), {}, {})
    assert lines(results, converged=False)[-1] == "example: THE FIT DID NOT CONVERGE: too many steps"


def test_results_have_no_curves():
    results = signal_results(["signal"], fit(), limits(), significances())
    assert "curve" not in results["signal"]["limit"]
    assert results["signal"]["limit"]["observed"] == 1.5


def test_lost_files_are_said():
    lost = [{"dataset": "dy_low", "files": 50, "share": 2.0, "failed": [{}]}]
    results = signal_results(["signal"], fit(), limits(), significances())
    assert lines(results, lost=lost)[-1] == "example: dy_low: 1 of 50 files could not be used (2 %)"
