"""Columns of single tables of a submission: what they show where products have odd shapes."""

from math import sqrt
from types import SimpleNamespace

import numpy as np
import pytest
from support.example.products import fit as plain_fit
from support.example.products import limit
from support.example.products import limits as plain_limits
from support.example.products import parameter as plain_parameter

from wollemi.analysis.models.analysis import Sample
from wollemi.results.cls import Cls, SignalCls
from wollemi.results.fit import FitResult
from wollemi.results.limits import Limits
from wollemi.results.ranking import Impact, SignalRanking
from wollemi_publish.hepdata.columns import (
    Column,
    Content,
    asymmetric,
    counts,
    poisson_error,
    published,
    with_labels,
)
from wollemi_publish.hepdata.event_tables import acceptance_table, cutflow_table
from wollemi_publish.hepdata.limit_tables import (
    cls_table,
    cross_section_table,
    interpolation_table,
    limit_table,
)
from wollemi_publish.hepdata.record import beam_qualifiers
from wollemi_publish.hepdata.statistics_tables import (
    grid_axes,
    matrix_table,
    parameter_table,
    ranking_table,
    signal_axis,
)

SAMPLES = {
    "data": Sample.model_validate({"role": "data", "datasets": ["pseudo"]}),
    "zp": Sample.model_validate({"role": "signal", "datasets": ["zp"]}),
    "old": Sample.model_validate({"role": "signal", "datasets": ["old"]}),
}
LABELS = {"data": "Pseudo-data", "zp": "Z′", "old": "old Z′"}


def line(cut, events, weight=0.5):
    sums = (
        {}
        if events is None
        else {"sum_of_weights": events * weight, "sum_of_weights_squared": events * weight**2}
    )
    return {
        "cut": cut,
        "events": events,
        "sum_of_weights": 30.0,
        "sum_of_weights_squared": 30.0,
    } | sums


CUTFLOWS = {
    "pseudo": {
        "skim": [],
        "regions": {"search": [line("drawn events", 7, 1.0)]},
        "normalization": 1.0,
        "sum_of_weights": None,
    },
    "zp": {
        "skim": [line("all events", 100), line("two muons", 60)],
        "regions": {"search": [line("two muons", 50), line("mass > 400", 25)]},
        "normalization": 0.2,
        "sum_of_weights": 50.0,
    },
    "old": {
        "skim": [],
        "regions": {"search": [line("entries of the histogram", None)]},
        "normalization": 0.1,
        "sum_of_weights": 120.0,
    },
}


def test_cuts_of_all_samples_are_in_one_cutflow():
    content = cutflow_table(CUTFLOWS, SAMPLES, LABELS, "search")
    rows = [
        "all events",
        "skim: two muons",
        "two muons",
        "mass > 400",
        "drawn events",
        "entries of the histogram",
    ]
    assert list(content.independent[0].values) == rows
    columns = {column.name: list(column.values) for column in content.dependent}
    assert columns == {
        "Pseudo-data: events": ["-", "-", "-", "-", 7, "-"],
        "Z′: weighted events": [10.0, 6.0, 5.0, 2.5, "-", "-"],
        "Z′: simulated events": [100, 60, 50, 25, "-", "-"],
        "old Z′: weighted events": ["-", "-", "-", "-", "-", 3.0],
    }


def test_a_region_that_a_sample_does_not_count():
    flows = CUTFLOWS | {"zp": CUTFLOWS["zp"] | {"regions": {}}}
    assert [column.name for column in cutflow_table(flows, SAMPLES, LABELS, "search").dependent][
        1
    ] == "Z′: weighted events"
    content = acceptance_table(
        flows, SAMPLES, ["zp", "old"], [Column("Signal", ["zp", "old"])], {"search": "search"}
    )
    assert list(content.dependent[0].values) == ["-", 0.25]


def test_the_error_of_an_acceptance_is_binomial():
    """A quarter of 100 events, and of what enters as histograms with an error of their own."""
    content = acceptance_table(
        CUTFLOWS, SAMPLES, ["zp", "old"], [Column("Signal", ["zp", "old"])], {"search": "search"}
    )
    (column,) = content.dependent
    assert list(column.values) == [0.25, 0.25]
    assert list(column.errors[0].values) == pytest.approx(
        [sqrt(0.25 * 0.75 / 100), sqrt(30) / 120], rel=1e-5
    )


def test_counts_keep_their_digits_and_other_numbers_six():
    assert counts([12345678.0, 2.5, None]) == [12345678, 2.5, "BLINDED"]
    assert [published(value) for value in (1234567, 1234567.0, 0.00012345678, 1e-231, None)] == [
        1234567,
        1234570.0,
        0.000123457,
        1e-231,
        "-",
    ]
    assert asymmetric("stat", [(0.0, 1.8410216), None]).values == [(0.0, 1.84102), None]
    assert str(asymmetric("stat", [(0.0, 1.0)]).values) == "[(0.0, 1.0)]"


def test_hidden_data_have_no_error():
    assert [value is None for value in poisson_error([3, None]).values] == [False, True]


def parameter(name, **changes):
    return plain_parameter(name, 1.5, 0.2, "none", 1.0, None, **changes)


def fit_of(parameters, covariance):
    """A fit of these parameters, as it is read."""
    return FitResult.model_validate(
        plain_fit()["fits"]["signal"] | {"parameters": parameters, "covariance": covariance}
    )


FIT = fit_of(
    [
        parameter("mu", error_down=0.1, error_up=0.3),
        parameter("held") | {"fixed": True},
        parameter("scale"),
    ],
    [[0.04, 0.0, 0.02], [0.0, 0.0, 0.0], [0.02, 0.0, 0.25]],
)


def test_the_fitted_signal_is_hidden_in_a_blinded_fit():
    """It is that of Asimov data; its expected error may be seen."""
    after = parameter_table(FIT, blinded=True).dependent[0]
    assert list(after.values) == ["BLINDED", 1.5, 1.5]
    assert list(after.errors[0].values) == [(-0.1, 0.3), None, (-0.2, 0.2)]
    assert list(parameter_table(FIT, blinded=False).dependent[0].values) == [1.5, 1.5, 1.5]


def test_what_the_model_holds_is_told_without_an_error():
    content = parameter_table(FIT, blinded=False)
    assert list(content.independent[0].values) == ["mu", "held", "scale"]
    _, before, kinds = content.dependent
    assert list(kinds.values) == ["none", "held", "none"]
    assert (list(before.values)[1], before.errors[0].values[1]) == (1.5, None)
    without = FIT.noting(poi="held")
    assert list(parameter_table(without, blinded=False).independent[0].values) == ["mu", "scale"]


def test_a_bound_is_no_error():
    """HEPData knows errors with two sides; the one that there is stands in a column of its own."""
    at = parameter("mu", error_up=0.0304, at_bound="lower") | {"value": 0.0, "error": None}
    near = parameter("k", error_up=0.5) | {"value": 0.1}
    fit = fit_of([at, near, parameter("scale")], np.diag([0, 0.01, 0.04]).tolist())
    after, _, _, noted = parameter_table(fit, blinded=False).dependent
    assert list(after.values) == [0.0, 0.1, 1.5]
    assert list(after.errors[0].values) == [None, None, (-0.2, 0.2)]
    assert list(noted.values) == ["at a bound, +0.0304", "bound within 1 sigma, +0.5", "-"]
    assert list(matrix_table(fit, correlations=True).independent[0].values) == [
        "k",
        "k",
        "scale",
        "scale",
    ]


IMPACT = Impact(name="scale", up=0.1, down=-0.2, prefit_up=None, prefit_down=None)
RANKING = SignalRanking(poi="mu", parameters=(IMPACT,))


def test_impacts_on_asimov_data_say_so():
    content = ranking_table({"zp": RANKING.noting(asimov_strength=1.0), "old": RANKING})
    assert (content.dependent[-1].name, list(content.dependent[-1].values)) == (
        "Fit to",
        ["Asimov data of mu = 1", "data"],
    )


def test_what_was_held_is_in_no_matrix():
    content = matrix_table(FIT, correlations=True)
    assert [list(column.values) for column in content.independent] == [
        ["mu", "mu", "scale", "scale"],
        ["mu", "scale"] * 2,
    ]
    assert list(content.dependent[0].values) == [1.0, 0.2, 0.2, 1.0]
    assert list(matrix_table(FIT, correlations=False).dependent[0].values) == [
        0.04,
        0.02,
        0.02,
        0.25,
    ]


def test_a_large_matrix_leaves_out_the_factors_of_single_bins():
    """Free ones are kept: they are normalizations."""
    gammas = [
        parameter(f"staterror_search[{index}]") | {"constraint": "poisson"} for index in range(199)
    ]
    free = [parameter("mu"), parameter("qcd_search[0]")]
    for parameters, size in ((gammas[1:] + free, 200), (gammas + free, 2)):
        fit = fit_of(parameters, np.eye(len(parameters)).tolist())
        first, _ = matrix_table(fit, correlations=False).independent
        assert len(first.values) == size**2
    assert list(first.values) == ["mu", "mu", "qcd_search[0]", "qcd_search[0]"]


def test_signals_stand_by_their_points():
    signals, (axis,) = signal_axis(
        ["heavy", "light"], {"heavy": 3.0, "light": 2.0}, "Z′ mass [TeV]"
    )
    assert (signals, axis.name, axis.unit, list(axis.values)) == (
        ["light", "heavy"],
        "Z′ mass",
        "TeV",
        [2.0, 3.0],
    )
    assert signal_axis(["a"], {"a": 1.0}, "coupling")[1][0].unit == ""
    signals, (axis,) = signal_axis(["heavy", "light"], {"heavy": 3.0}, "Z′ mass [TeV]")
    assert (signals, axis.name, list(axis.values)) == (
        ["heavy", "light"],
        "Signal",
        ["heavy", "light"],
    )


def test_the_ranking_of_one_signal_needs_no_column_for_it():
    one, two = ranking_table({"zp": RANKING}), ranking_table({"zp": RANKING, "old": RANKING})
    assert [column.name for column in one.independent] == ["Parameter"]
    assert [list(column.values) for column in two.independent] == [
        ["zp", "old"],
        ["scale", "scale"],
    ]
    assert [list(column.values) for column in one.dependent] == [[0.1], [-0.2], ["-"], ["-"]]


def test_what_limits_are_limits_of():
    """Level, parameter, units and prediction, and bands as distances from the median."""
    axis = [Column("Signal", ["zp"])]
    limits = Limits.parse(
        "limits.json", plain_limits(zp=limit(cross_section_pb=0.01)) | {"level": 0.9}
    )
    for content, words, unit, scale in (
        (limit_table(limits, ["zp"], axis, "mu"), "upper limit on mu", "", 1.0),
        (
            cross_section_table(limits, ["zp"], axis, "σ × B [pb]", "Pythia"),
            "upper limit on σ × B",
            "pb",
            0.01,
        ),
    ):
        observed, expected, *predicted = content.dependent
        assert (observed.name, expected.name) == (f"Observed {words}", f"Expected {words}")
        assert {observed.unit, expected.unit} == {unit}
        assert observed.qualifiers == expected.qualifiers == {"Confidence level": "90%"}
        assert (list(observed.values), list(expected.values)) == ([1.5 * scale], [scale])
        bands = {
            error.label: [pytest.approx((low / scale, high / scale)) for low, high in error.values]
            for error in expected.errors
        }
        assert bands == {"1 sigma": [(-0.3, 0.4)], "2 sigma": [(-0.5, 1.0)]}
    (theory,) = predicted
    assert (theory.name, theory.unit, list(theory.values)) == ("Predicted σ × B", "pb", [0.01])
    assert theory.qualifiers == {"Prediction": "Pythia"}


def test_predictions_have_their_uncertainty():
    """That of the cross section, and without one that of the strength; a row may have none."""
    known = limit(cross_section_pb=0.01) | {"theory_uncertainty": {"up": 0.2, "down": 0.1}}
    limits = Limits.parse("limits.json", plain_limits(zp=known, old=limit(cross_section_pb=0.02)))
    axis = [Column("Signal", ["zp", "old"])]
    for content, name, values, size in (
        (limit_table(limits, ["zp", "old"], axis, "mu"), "Predicted mu", [1, 1], 1.0),
        (
            cross_section_table(limits, ["zp", "old"], axis, "σ [pb]", "Pythia"),
            "Predicted σ",
            [0.01, 0.02],
            0.01,
        ),
    ):
        *_, theory = content.dependent
        assert (theory.name, list(theory.values)) == (name, values)
        (error,) = theory.errors
        assert (error.label, error.values) == ("theory", [(-0.1 * size, 0.2 * size), None])


def test_limits_between_signals():
    low = {key: value for key, value in limit(1.5).items() if key != "curve"}
    found = {"step": 1.0, "limits": [low | {"between": ["zp", "old"]}], "closure": {}}
    limits = Limits.parse("limits.json", plain_limits(zp=limit(1.0), old=limit(2.0)))
    content = interpolation_table(limits.noting(interpolation=found), "mass [TeV]", "mu")
    (axis,) = content.independent
    observed, expected, between = content.dependent
    assert (axis.name, axis.unit, list(axis.values)) == ("mass", "TeV", [1.5])
    assert (list(observed.values), list(expected.values)) == ([1.5], [1.0])
    assert list(between.values) == ["zp and old"]


def test_what_is_no_limit_is_named():
    low = limit() | {"below_floor": ["observed", "expected_minus_2sigma"]}
    limits = Limits.parse("limits.json", plain_limits(zp=low, old=limit()))
    *_, marked = limit_table(
        limits, ["zp", "old"], [Column("Signal", ["zp", "old"])], "mu"
    ).dependent
    assert marked.name.startswith("No limits: below 3.0 signal events")
    assert list(marked.values) == ["observed, expected minus 2sigma", "-"]


def test_cls_tell_their_signal_strength():
    found = SignalCls(observed=0.04, expected=(0.01, 0.02, 0.05, 0.2, 0.4))
    cls = Cls(
        measurement="",
        signal_strength=1.0,
        test_statistic="qtilde",
        method="asymptotic",
        signals={"zp": found},
    )
    columns = cls_table(cls, ["zp"], [Column("Signal", ["zp"])]).dependent
    assert [column.qualifiers for column in columns] == [{"Signal strength": "1"}] * 6
    assert [column.values[0] for column in columns] == [0.04, 0.01, 0.02, 0.05, 0.2, 0.4]


@pytest.mark.parametrize(
    ("energy", "luminosity", "expected"),
    [
        (13.0, 138.0, [("SQRT(S)", 13000.0, "GeV"), ("Luminosity", 138.0, "fb$^{-1}$")]),
        (
            [7, 8],
            {"2011": 2.33, "2012": 11.58},
            [("SQRT(S)", "7000, 8000", "GeV"), ("Luminosity", "2.33, 11.58", "fb$^{-1}$")],
        ),
        (13.6, None, [("SQRT(S)", 13600.0, "GeV")]),
    ],
)
def test_qualifiers_of_all_columns(energy, luminosity, expected):
    found = beam_qualifiers(SimpleNamespace(center_of_mass_tev=energy, luminosity_ifb=luminosity))
    assert [(item["name"], item["value"], item["units"]) for item in found] == expected


def test_labels_replace_names_of_parameters_and_nothing_else():
    label = {"mu": "$\\mu$", "jes": "jet energy scale"}.get
    content = Content(
        [Column("Signal", ["jes"]), Column("Parameter", ["jes"]), Column("m_{ee}", [0.5])],
        [Column("Value", [1.0], qualifiers={"Parameter of interest": "mu", "Sample": "jes"})],
    )
    found = with_labels(content, lambda name: label(name, name.replace("_", " ")))
    assert [column.name for column in found.independent] == ["Signal", "Parameter", "m_{ee}"]
    assert [column.values for column in found.independent] == [
        *(["jes"], ["jet energy scale"], [0.5]),
    ]
    (value,) = found.dependent
    assert value.qualifiers == {"Parameter of interest": "$\\mu$", "Sample": "jes"}


def test_a_grid_of_signals_has_a_column_for_each_axis():
    points = {"b": (200.0, 1.0), "a": (300.0, 5.0), "c": (200.0, 0.5)}
    signals, (first, second) = grid_axes(["a", "b", "c"], points, ["$m$ [GeV]", "coupling"])
    assert signals == ["c", "b", "a"]
    assert (first.name, first.unit, first.values) == ("$m$", "GeV", [200.0, 200.0, 300.0])
    assert (second.name, second.unit, second.values) == ("coupling", "", [0.5, 1.0, 5.0])
