"""Datacards that Combine ships, against the numbers that its documentation and tests give.

The cards are not part of the project: clone https://github.com/cms-analysis/HiggsAnalysis-CombinedLimit
beside it, or set COMBINE_REPOSITORY. The table is in docs/coming_from_combine.md.
"""

import json
from dataclasses import replace
from statistics import NormalDist

import convert_datacard
import pytest
from scipy.optimize import brentq
from support.combine.cards import MISSING, REPOSITORY
from support.oracles.published_numbers import NUMBERS, published, reproduces

from wollemi_likelihood.asymptotics import AsymptoticTest, expected_root
from wollemi_likelihood.fit import fit, minos
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import upper_limit

CARDS = REPOSITORY / "data"

pytestmark = pytest.mark.skipif(not CARDS.is_dir(), reason=MISSING)


@pytest.fixture
def converted(tmp_path):
    """The workspace of a card."""

    def convert(card, *options):
        output = tmp_path / "model.json"
        assert convert_datacard.main([str(CARDS / card), str(output), *options]) == 0
        return json.loads(output.read_text())

    return convert


def measured(likelihood, name="r"):
    """Estimate and errors."""
    best = fit(likelihood)
    assert best.status.converged
    errors = minos(likelihood, best, [name])[name]
    return best.values[likelihood.index[name]], errors.lower, errors.upper


@pytest.mark.parametrize(
    ("card", "options", "name", "combine", "accuracy"),
    [
        # docs/part3/commonstatsmethods.md, test/references/*.out
        (
            "tutorials/CAT23001/datacard-5-multi-signal.txt",
            ["--strength", "ggH_hgg=r_ggH", "--strength", "qqH_hgg=r_qqH"],
            "r_ggH",
            (published("combine_r_ggH"), -0.749, 0.795),
            1.2e-3,
        ),
        (
            "tutorials/CAT23001/datacard-5-multi-signal.txt",
            ["--strength", "ggH_hgg=r_ggH", "--strength", "qqH_hgg=r_qqH"],
            "r_qqH",
            (published("combine_r_qqH"), -2.746, 3.464),
            3e-3,
        ),
        (
            "tutorials/CAT23001/datacard-5-multi-signal.txt",
            [],
            "r",
            tuple(published(f"combine_r{side}") for side in ("", "_down", "_up")),
            5e-4,
        ),
        # Of large, asymmetric effects, which Combine interpolates otherwise.
        ("ci/templ_datacard_largeYields.txt", [], "r", (0.975, -0.083, 0.091), 4e-3),
        (
            "ci/template-analysis_shapeInterp.txt",
            ["--mass", "200"],
            "r",
            (0.619, -0.601, 0.608),
            0.015,
        ),
    ],
)
def test_strengths(converted, record_property, card, options, name, combine, accuracy):
    workspace = converted(card, "--bounds", "-5", "20", *options)
    found = measured(Likelihood.from_workspace(workspace), name)
    record_property("found", [float(value) for value in found])
    assert found == pytest.approx(combine, abs=accuracy)
    for side, value in zip(("", "_down", "_up"), found, strict=True):
        if f"combine_{name}{side}" in NUMBERS and "CAT23001" in card:
            reproduces(f"combine_{name}{side}", value)


@pytest.mark.parametrize(
    ("card", "options", "combine", "accuracy"),
    [
        # Three digits are stored. The file has ten histograms twice: ROOT reads the older ones.
        ("ci/templ_datacard_largeYields.txt", [], (0.975, -0.083, 0.091), 5e-4),
        pytest.param(
            "ci/template-analysis_shapeInterp.txt",
            ["--mass", "200"],
            (0.619, -0.601, 0.608),
            2e-3,
            marks=pytest.mark.slow,
        ),
    ],
)
def test_asymmetric_effects_as_combine_has_them(
    converted, record_property, card, options, combine, accuracy
):
    """With its own interpolation, limits of bins and statistics."""
    workspace = converted(card, "--bounds", "-5", "20", "--interpolation", "combine", *options)
    found = measured(Likelihood.from_workspace(workspace))
    record_property("found", [float(value) for value in found])
    assert found == pytest.approx(combine, abs=accuracy)


def test_a_masked_channel(converted):
    """Three channels of H→ττ with `--channel-masks`, the third one masked."""
    workspace = converted("ci/htt_multiple_regions.txt", "--mass", "125", "--bounds", "-5", "5")
    for key in ("channels", "observations"):
        workspace[key] = [item for item in workspace[key] if item["name"] != "htt_tt_2_8TeV"]
    found = measured(Likelihood.from_workspace(workspace))
    assert found[1:] == pytest.approx((-0.790, 0.917), abs=3e-3)
    reproduces("combine_masked", found[0])


def test_expected_errors(converted):
    """Asimov data for r = 1 (docs/part5/longexerciseanswers.md)."""
    card = "tutorials/longexercise/datacard_part3_nocrs.txt"
    workspace = converted(card, "--mass", "200", "--bounds", "-20", "20")
    likelihood = Likelihood.from_workspace(workspace)
    asimov = replace(likelihood, data=likelihood.asimov(likelihood.inits))
    found = measured(asimov)
    assert found[0] == pytest.approx(1.0, abs=3e-4)
    reproduces("combine_asimov_down", found[1])
    reproduces("combine_asimov_up", found[2])


def expected_limit(likelihood, quantile):
    """The limit at a quantile of experiments without signal (eq. 89 of arXiv:1007.1727)."""
    test = AsymptoticTest(likelihood, likelihood.data)
    root = expected_root(NormalDist().inv_cdf(quantile), 0.95)
    return brentq(lambda strength: test.asimov_root(strength) - root, 1e-3, 20.0, rtol=1e-6)


def test_limits(converted, record_property):
    """CLs of a count with a sideband. Combine's bands are quantiles, not whole standard deviations,
    which makes 1.8 % at the upper end; its search stops at a relative accuracy of 0.5 %.
    """
    workspace = converted("tutorials/counting/realistic-counting-experiment.txt")
    likelihood = Likelihood.from_workspace(workspace)
    limit = upper_limit(likelihood)
    reproduces("combine_limit", limit.observed)
    combine = {
        0.025: 0.9640,
        0.16: 1.4329,
        0.5: published("combine_limit_median"),
        0.84: 3.9800,
        0.975: 6.6194,
    }
    found = {quantile: expected_limit(likelihood, quantile) for quantile in combine}
    record_property("found", list(found.values()))
    assert found == pytest.approx(combine, rel=6e-3)
    assert limit.expected[2] == pytest.approx(found[0.5], rel=1e-5)
    reproduces("combine_limit_median", limit.expected[2])


def test_a_parametric_model_is_refused(capsys, tmp_path):
    card = CARDS / "tutorials/CAT23001/datacard-3-parametric-analysis.txt"
    assert convert_datacard.main([str(card), str(tmp_path / "model.json")]) == 2
    assert "is an object of a RooFit workspace" in capsys.readouterr().err
