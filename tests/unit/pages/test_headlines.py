"""What a run says at its end."""

import pytest
from support.example.products import STATUS, fit, limit, limits, settings, significances, statistics

from wollemi.pages.headlines import headline
from wollemi.pages.headlines import signal_results as results_of
from wollemi.pages.summary import main_fit
from wollemi.results.fit import Fits
from wollemi.results.limits import Exclusion

CONTENT = settings(("samples", "plots"))


def signal_results(signals, fits=None, limits=None, significances=None):
    found = statistics(fit=fits, limits=limits, significances=significances)
    return results_of(signals, found.fit, found.limits, found.significances)


def shown_fit(converged=True, **more):
    """The main fit of the example, with another status or goodness."""
    content = fit()
    for item in content["fits"].values():
        item |= {"status": STATUS | {"converged": converged, "message": "too many steps"}} | more
    return main_fit(Fits.parse("fit.json", content))


def lines(results, marks=(), exclusion=None, converged=True, selected=None, lost=(), **more):
    places = Exclusion.model_validate(exclusion) if exclusion else None
    summary = {
        "results": results,
        "level": 0.95,
        "exclusion": places,
        "fit": shown_fit(converged),
        "selected": selected,
    }
    summary |= {"lost_files": lost, **more}
    return headline("example", marks, summary, CONTENT.plots, CONTENT.samples)


def test_one_signal():
    results = signal_results(["signal"], fit(), limits(), significances())
    assert lines(results, ["PREVIEW"]) == [
        "example [PREVIEW]: µ = 0.50 ± 0.25",
        "example [PREVIEW]: significance 2.13σ (expected 3.90σ)",
        (
            "example [PREVIEW]: 95 % CLs upper limit on µ: observed 1.50, expected 1.00 (68 %: "
            "0.700–1.40)"
        ),
    ]


def test_several_signals_with_an_exclusion():
    content = limits(low=limit(1.0, 0.1, 1.0), high=limit(3.0, 5.0, 0.01), exclusion=(2.149, 1.98))
    numbers = significances()["significances"]["signal"] | {"expected": 1.0}
    found = {name: numbers | {"observed": z} for name, z in (("low", 0.3), ("high", 1.26))}
    tested = significances() | {"significances": found}
    found = lines(
        signal_results(["low", "high"], None, content, tested),
        ["pseudo-data"],
        content["exclusion"],
    )
    assert found == [
        (
            "example [pseudo-data]: prediction excluded at 95 % CL for mass below 2.1 TeV "
            "(expected: below 2.0 TeV)"
        ),
        "example [pseudo-data]: largest local significance: 1.3σ (high)",
    ]


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ((2.06, 2.251), "below 2.1 TeV and below 2.3 TeV"),
        ((2.06, None), "below 2.1 TeV and not between the points"),
    ],
)
def test_an_exclusion_with_an_uncertain_prediction(ends, text):
    content = limits(low=limit(1.0, 0.1, 1.0), high=limit(3.0, 5.0, 0.01), exclusion=(2.149, 1.98))
    down, up = ends
    exclusion = content["exclusion"] | {"observed_theory_down": down, "observed_theory_up": up}
    (line,) = lines(signal_results(["low", "high"], None, content), exclusion=exclusion)
    assert line.endswith(f"(expected: below 2.0 TeV); {text} for −1σ and +1σ of the prediction")


@pytest.mark.parametrize(
    ("strengths", "text"), [((0.1, 0.2), "at 2 of 2 points"), ((3.0, 2.0), "at 0 of 2 points")]
)
def test_an_exclusion_without_an_end(strengths, text):
    content = limits(a=limit(1.0, strengths[0], 1.0), b=limit(2.0, strengths[1], 1.0))
    (line,) = lines(signal_results(["a", "b"], None, content), exclusion=content["exclusion"])
    assert f"CL {text} (expected: at 0 of 2 points)" in line


def test_several_signals_without_cross_sections():
    content = limits(a=limit(), b=limit())
    (line,) = lines(signal_results(["a", "b"], None, content), exclusion=content["exclusion"])
    assert (
        line == "example: 95 % CLs upper limit, most sensitive to a: observed 1.50, expected 1.00 "
        "(68 %: 0.700–1.40)"
    )


def test_counts_without_a_model():
    selected = {
        "sr": {"data": {"events": 37183, "sum": 37183.0}},
        "cr": {"data": {"events": 12, "sum": 12.0}},
    }
    assert lines({}, selected=selected) == [
        "example: signal region: 37,183 events",
        "example: cr: 12 events",
    ]


def test_a_fit_that_failed_is_said_aloud():
    results = signal_results(["signal"], fit())
    assert (
        lines(results, converged=False)[-1] == "example: THE FIT DID NOT CONVERGE: too many steps"
    )


def test_results_have_no_curves():
    results = signal_results(["signal"], fit(), limits(), significances())
    assert "curve" not in results["signal"].limit.plain()
    assert results["signal"].limit.observed == 1.5


def test_lost_files_are_said():
    lost = [{"dataset": "dy_low", "files": 50, "share": 2.0, "failed": [{}]}]
    results = signal_results(["signal"], fit(), limits(), significances())
    assert lines(results, lost=lost)[-1] == "example: dy_low: 1 of 50 files could not be used (2 %)"


def low(item, *names):
    return item | {"below_floor": list(names)}


def test_an_exclusion_on_what_is_no_limit_is_not_quoted():
    two = {"low": limit(1.0, 0.1, 1.0), "high": low(limit(3.0, 5.0, 0.01), "expected")}
    content = limits(**two) | {
        "exclusion": {"observed": 2.149, "expected": None, "not_quoted": ["expected"]}
    }
    first, second = lines(signal_results(list(two), None, content), exclusion=content["exclusion"])
    assert first.endswith(
        "below 2.1 TeV (expected: not quoted, rests on limits below 3.0 signal events)"
    )
    assert second.endswith(
        "below the 3.0 signal events that CLs can exclude at best: high (docs/limits.md)"
    )
    both = {"observed": None, "expected": None, "not_quoted": ["observed", "expected"]}
    first, _ = lines(signal_results(list(two), None, content), exclusion=both)
    assert first.startswith(
        "example: exclusion of prediction at 95 % CL not quoted, rests on limits below 3.0 "
        "signal events"
    )


def test_all_points_or_none_are_in_words():
    content = limits(a=limit(1.0, 3.0, 1.0), b=limit(2.0, 0.2, 1.0))
    for ranges, words in (
        ({"observed": []}, "prediction not excluded at 95 % CL at any point (expected: "),
        ({"observed": [[None, None]]}, "prediction excluded at 95 % CL at all points (expected: "),
        ({"observed": [[1.6, None]]}, "CL for mass above 1.6 TeV (expected: at no point)"),
    ):
        found = {"observed": None, "expected": None, "ranges": ranges | {"expected": []}}
        first = lines(signal_results(["a", "b"], None, content), exclusion=found)[0]
        assert words in first


def test_a_point_without_a_limit_is_not_excluded():
    content = limits(a=low(limit(1.0, 0.1, 1.0), "observed"), b=limit(2.0, 0.2, 1.0))
    first, _ = lines(signal_results(["a", "b"], None, content), exclusion=content["exclusion"])
    assert "CL at 1 of 2 points" in first


@pytest.mark.parametrize(
    ("names", "count"),
    [(("expected_minus_2sigma",), 0), (("expected_minus_1sigma",), 1), (("observed",), 1)],
)
def test_the_line_of_limits_that_are_none_is_of_those_that_are_told(names, count):
    content = limits(a=low(limit(), *names), b=limit())
    found = lines(signal_results(["a", "b"], None, content), exclusion=content["exclusion"])
    assert sum("asymptotic limits too low" in line for line in found) == count


def test_what_must_not_be_overlooked():
    far = limits(a=limit() | {"observed_outside_3_sigma": "below"}, b=limit())
    bad = shown_fit(deviance=20307.0, goodness_of_fit={"p_value": 1e-9, "degrees_of_freedom": 10})
    results = signal_results(["a", "b", "c"], None, far)
    found = lines(
        results, exclusion=far["exclusion"], fit=bad, left_out={"c": "it is above the bound"}
    )[-3:]
    assert found == [
        "example: THE MODEL DOES NOT DESCRIBE THE DATA: goodness of fit p = 1.00×10⁻⁹ "
        "(deviance 20,307, 10 degrees of freedom, saturated model), fit signal",
        "example: THE OBSERVED LIMIT IS BELOW ±3σ OF THE EXPECTED ONE: a",
        "example: no limit on c: it is above the bound",
    ]


def test_a_strength_at_its_bound():
    content = fit()
    content["fits"]["signal"]["parameters"][0] |= {
        "value": 0.0,
        "error": None,
        "error_down": None,
        "at_bound": "lower",
    }
    results = signal_results(["signal"], content)
    assert lines(results) == ["example: µ = 0.00 +0.30 (at its lower bound)"]
    content["measurement"] = "example [BLINDED]"
    assert lines(signal_results(["signal"], content)) == [
        "example: µ BLINDED, expected error +0.300"
    ]
