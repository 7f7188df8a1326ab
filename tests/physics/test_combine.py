"""Datacards that Combine ships, against the numbers that its documentation and tests give.

The cards are not part of the project: clone https://github.com/cms-analysis/HiggsAnalysis-CombinedLimit
beside it. The table is in docs/coming_from_combine.md.
"""

import json
from dataclasses import replace

import convert_datacard
import numpy as np
import pytest
from support.project.paths import ROOT

from wollemi.statistics.fit import fit, minos
from wollemi.statistics.likelihood import Likelihood
from wollemi.statistics.limits import upper_limit

CARDS = ROOT.parent / "HiggsAnalysis-CombinedLimit" / "data"

pytestmark = pytest.mark.skipif(
    not CARDS.is_dir(), reason="Combine's cards (../HiggsAnalysis-CombinedLimit) are not here"
)


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
    ("card", "options", "name", "combine"),
    [
        # docs/part3/commonstatsmethods.md, test/references/*.out
        (
            "tutorials/CAT23001/datacard-5-multi-signal.txt",
            ["--strength", "ggH_hgg=r_ggH", "--strength", "qqH_hgg=r_qqH"],
            "r_ggH",
            (0.882, -0.749, 0.795),
        ),
        (
            "tutorials/CAT23001/datacard-5-multi-signal.txt",
            ["--strength", "ggH_hgg=r_ggH", "--strength", "qqH_hgg=r_qqH"],
            "r_qqH",
            (4.683, -2.746, 3.464),
        ),
        ("tutorials/CAT23001/datacard-5-multi-signal.txt", [], "r", (1.4812, -0.5987, 0.6644)),
        ("ci/templ_datacard_largeYields.txt", [], "r", (0.975, -0.083, 0.091)),
        ("ci/template-analysis_shapeInterp.txt", ["--mass", "200"], "r", (0.619, -0.601, 0.608)),
    ],
)
def test_strengths(converted, record_property, card, options, name, combine):
    """To a fifteenth of the error: interpolations between ±1σ are not the same."""
    workspace = converted(card, "--bounds", "-5", "20", *options)
    found = measured(Likelihood.from_workspace(workspace), name)
    record_property("found", [float(value) for value in found])
    assert found == pytest.approx(combine, abs=combine[2] / 15)


def test_a_masked_channel(converted):
    """Three channels of H→ττ with `--channel-masks`, the third one masked."""
    workspace = converted("ci/htt_multiple_regions.txt", "--mass", "125", "--bounds", "-5", "5")
    for key in ("channels", "observations"):
        workspace[key] = [item for item in workspace[key] if item["name"] != "htt_tt_2_8TeV"]
    found = measured(Likelihood.from_workspace(workspace))
    assert found == pytest.approx((0.943, -0.790, 0.917), abs=3e-3)


def test_expected_errors(converted):
    """Asimov data for r = 1 (docs/part5/longexerciseanswers.md)."""
    card = "tutorials/longexercise/datacard_part3_nocrs.txt"
    workspace = converted(card, "--mass", "200", "--bounds", "-20", "20")
    likelihood = Likelihood.from_workspace(workspace)
    asimov = replace(likelihood, data=likelihood.asimov(likelihood.inits))
    assert measured(asimov) == pytest.approx((1.0, -0.465799, 0.502088), abs=3e-4)


def test_limits(converted):
    """CLs of a count with a sideband; Combine's search ends within 0.005 of the observed limit."""
    workspace = converted("tutorials/counting/realistic-counting-experiment.txt")
    limit = upper_limit(Likelihood.from_workspace(workspace))
    assert limit.observed == pytest.approx(1.6281, abs=5e-3)
    combine = [0.9640, 1.4329, 2.3281, 3.9800, 6.6194]
    np.testing.assert_allclose(limit.expected, combine, rtol=2e-2)
    assert limit.expected[2] == pytest.approx(combine[2], rel=3e-3)


def test_a_parametric_model_is_refused(capsys, tmp_path):
    card = CARDS / "tutorials/CAT23001/datacard-3-parametric-analysis.txt"
    assert convert_datacard.main([str(card), str(tmp_path / "model.json")]) == 2
    assert "is an object of a RooFit workspace" in capsys.readouterr().err
