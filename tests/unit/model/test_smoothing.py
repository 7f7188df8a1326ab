"""Smoothing against cabinetry, a plain LOWESS, TRExFitter's code, and templates whose truth is
known.
"""

import json

import numpy as np
import pytest
from cabinetry.histo import Histogram
from cabinetry.smooth import smooth_353qh_twice
from cabinetry.templates.postprocessor import apply_postprocessing
from pydantic import TypeAdapter
from support.project.paths import ROOT
from support.project.seeds import slow_but

from wollemi.analysis.models.smoothing import Smoothing
from wollemi.model.smoothing import lowess, running_medians, slope_changes, smoothed

DATA = ROOT / "tests/data/smoothing"
METHODS = ("max_variation", "353QH", "lowess")


def method(name, **options):
    return TypeAdapter(Smoothing).validate_python({"method": name, **options})


def templates(seed, bins=20, slope=0.1, noise=True):
    """A falling nominal template, and one with a ratio to it that is a line, of other events."""
    rng = np.random.default_rng(seed)
    expected = 2000 * np.exp(-np.linspace(0, 3, bins))
    line = 1 + slope * np.linspace(-1, 1, bins)
    if not noise:
        return expected, expected, expected * line, line
    return expected, expected, rng.poisson(expected * line).astype(float), line


def test_running_medians_are_those_of_cabinetry():
    """And those of ROOT's `TH1::SmoothArray`, whose values are stored, to the last bit."""
    rng = np.random.default_rng(1)
    for trial in range(300):
        values = rng.normal(trial % 3, 1, rng.integers(3, 60))
        values = np.round(values) if trial % 5 == 0 else values  # flat parts
        expected = smooth_353qh_twice(values)
        assert running_medians(values) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    for case in json.loads((DATA / "353qh.json").read_text()):
        assert running_medians(np.array(case["values"])).tolist() == case["smoothed"]


@pytest.mark.parametrize("seed", slow_but(range(2), range(5)))
def test_a_smoothed_template_is_that_of_cabinetry(seed):
    nominal, variances, varied, _ = templates(seed)
    given_ = Histogram.from_arrays(np.arange(21), varied.copy(), np.sqrt(varied))
    reference = Histogram.from_arrays(np.arange(21), nominal.copy(), np.sqrt(variances))
    expected = apply_postprocessing(
        given_, "x", smoothing_algorithm="353QH, twice", nominal_histogram=reference
    )
    made = smoothed(method("353QH"), nominal, variances, varied)
    assert made == pytest.approx(expected.yields, rel=1e-12)


def plain_lowess(values, weights, span):
    """One bin, one neighbor after the other, from Cleveland's paper."""
    count = len(values)
    nearest = max(2, min(count, int(span * count + 1e-7)))
    robust = [1.0] * count
    for _ in range(4):
        fitted = []
        for i in range(count):
            reach = sorted(abs(j - i) for j in range(count))[nearest - 1]
            w = [
                weights[j] * robust[j] * (1 - (abs(j - i) / reach) ** 3) ** 3
                if abs(j - i) < reach
                else 0.0
                for j in range(count)
            ]
            used = [j for j in range(count) if w[j] > 0]
            if len(used) < 2:
                fitted.append(values[used[0]] if used else values[i])
                continue
            line = np.polyfit(used, [values[j] for j in used], 1, w=[w[j] ** 0.5 for j in used])
            fitted.append(np.polyval(line, i))
        residuals = [abs(y - f) * w**0.5 for y, f, w in zip(values, fitted, weights, strict=True)]
        largest = 6 * np.median(residuals)
        if largest < 1e-7 * np.mean(residuals):
            break
        # R's rounding of both ends.
        robust = [(1 - (r / largest) ** 2) ** 2 if r > 1e-3 * largest else 1.0 for r in residuals]
        robust = [
            w if r <= 0.999 * largest else 0.0 for w, r in zip(robust, residuals, strict=True)
        ]
    return np.array(fitted)


@pytest.mark.parametrize("span", [0.3, 0.5, 2 / 3, 1.0])
@pytest.mark.parametrize("bins", [6, 11, 20, 33])
def test_lowess_is_that_of_its_paper(span, bins):
    rng = np.random.default_rng(bins)
    values = np.sin(np.linspace(0, 3, bins)) + rng.normal(0, 0.2, bins)
    values[bins // 2] += 3  # an outlier
    weights = rng.uniform(0.5, 2, bins)
    made = lowess(values, weights, span)
    assert made == pytest.approx(plain_lowess(values, weights, span), abs=1e-9)


# Stored values are those of `TH1::SmoothArray` and `TGraphSmooth::SmoothLowess` (R's clowess.c) of
# ROOT 6.40, and of TRExFitter's `Smooth_maxVariations`, for random templates.
@pytest.mark.parametrize("case", json.loads((DATA / "lowess.json").read_text()))
def test_lowess_is_that_of_root(case):
    values = np.array(case["values"])
    made = lowess(values, np.ones(values.size), case["span"])
    assert made == pytest.approx(np.array(case["smoothed"]), rel=1e-12)


@pytest.mark.parametrize("case", json.loads((DATA / "max_variation.json").read_text()))
def test_max_variation_is_that_of_trexfitter(case):
    """Whose ratios have the precision of a float."""
    nominal, variances, varied, expected = (
        np.array(case[key]) for key in ("nominal", "variances", "varied", "smoothed")
    )
    options = {"slope_changes": case["slope_changes"], "tolerance": case["tolerance"]}
    made = smoothed(method("max_variation", **options), nominal, variances, varied)
    assert made == pytest.approx(expected, rel=3e-6, abs=1e-4)
    assert made != pytest.approx(varied, rel=1e-3)


def test_slopes_are_counted_as_by_trexfitter():
    assert slope_changes(np.array([1.0, 1.1, 1.2, 1.3])) == 0
    assert slope_changes(np.array([1.0, 1.1, 0.0, 1.1, 1.0, 0.9])) == 1
    assert slope_changes(np.array([1.0, 1.1, 1.0, 1.1])) == 3  # the second one counts twice


@pytest.mark.parametrize("name", METHODS)
def test_the_yield_is_kept(name):
    for bins in range(2, 41):
        nominal, variances, varied, _ = templates(bins, bins)
        made = smoothed(method(name), nominal, variances, varied)
        assert np.sum(made) == pytest.approx(np.sum(varied), rel=1e-12)
        assert (made >= 0).all()


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("bins", [2, 3, 5, 30])
@pytest.mark.parametrize("factor", [0.1, 1.0, 1.3, 10.0])
def test_one_ratio_everywhere_stays(name, factor, bins):
    nominal, variances, _, _ = templates(1, bins)
    made = smoothed(method(name), nominal, variances, nominal * factor)
    assert made == pytest.approx(nominal * factor, rel=1e-9)


@pytest.mark.parametrize("name", METHODS)
def test_a_line_with_noise_comes_closer_to_the_truth(name):
    """In 100 pairs of simulations; what χ² is left is less than half."""
    before, after = [], []
    for seed in range(100):
        nominal, variances, varied, line = templates(seed)
        made = smoothed(method(name), nominal, variances, varied)
        expected = nominal * line
        before.append(np.sum((varied - expected) ** 2 / expected))
        after.append(np.sum((made - expected) ** 2 / expected))
    assert np.mean(after) < 0.5 * np.mean(before)
    assert np.mean(np.array(after) < before) > 0.95


@pytest.mark.parametrize("name", ["353QH", "lowess"])
def test_a_line_without_noise_stays(name):
    nominal, variances, varied, _ = templates(0, noise=False)
    assert smoothed(method(name), nominal, variances, varied) == pytest.approx(varied, rel=1e-3)


@pytest.mark.parametrize("name", METHODS)
def test_whatever_is_filled_the_result_is_finite_and_has_the_yield(name):
    rng = np.random.default_rng(5)
    for _ in range(300):
        bins = rng.integers(2, 20)
        nominal, varied = rng.exponential(5, (2, bins)) * (rng.random((2, bins)) > 0.3)
        if not np.sum(nominal) * np.sum(varied):
            continue
        made = smoothed(method(name), nominal, nominal**2 / 50, varied)
        assert np.isfinite(made).all()
        assert np.sum(made) == pytest.approx(np.sum(varied), rel=1e-9)
        if (made != varied).any():
            assert not made[nominal == 0].any()


@pytest.mark.parametrize("name", METHODS)
def test_what_has_no_shape_or_no_events_is_left_alone(name):
    one = np.array([3.0])
    assert smoothed(method(name), one, one, one * 2) == pytest.approx(one * 2)
    nominal = np.array([5.0, 4.0, 3.0, 2.0])
    for varied in (np.zeros(4), np.array([-5.0, 1.0, 1.0, 1.0])):
        assert (smoothed(method(name), nominal, nominal, varied) == varied).all()
    unknown = smoothed(method("lowess"), nominal, np.zeros(4), nominal * [1.1, 1.2, 1.3, 1.4])
    assert np.isfinite(unknown).all()
