"""Negative bins that an analysis keeps: the workspace is cabinetry's, the likelihood pyhf's, and
what has no probability is refused.
"""

import contextlib
import copy
import itertools

import numpy as np
import pyhf
import pytest
from build_workspace import SECTIONS
from support.example.analysis import AXIS, DOCUMENT
from support.oracles.cabinetry_example import cabinetry_workspace, modifiers

from wollemi.analysis.plain.datasets import used_datasets
from wollemi.analysis.settings import Settings
from wollemi.histograms.histogram import from_sums, scaled
from wollemi.loading.load import validate_analysis
from wollemi.model.workspace import WorkspaceBuilder
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood

SEEDS = range(30)
VARIED = {
    "signal": ("scale_up", "scale_down"),
    "dy_low": ("scale_up", "scale_down", "pdf_up"),
    "dy_high": ("pdf_up",),
}
TOP_IN_THE_FIRST_BIN = np.array([0.0, 1, 0, 0, 0])


def document(**model):
    changed = copy.deepcopy(DOCUMENT)
    changed["model"] |= {"floor_negative_bins": "keep", **model}
    return changed


def templates(seed, share=0.35):
    """Histograms of few events, a share of them with negative weights, on top of many dy events.

    Variations are the same events with other weights, as the yields of other ones could have
    another sign, for which there is no factor.
    """
    rng, found = np.random.default_rng(seed), {}
    for dataset in used_datasets(DOCUMENT):
        found[dataset] = {}
        for region in DOCUMENT["regions"]:
            size = 40 if dataset == "dy_high" else 4
            entries = rng.poisson(size, AXIS.size + 2) + 1
            signs = [np.where(rng.random(n) < share, -1.0, 1.0) for n in entries]
            weights = [s * rng.lognormal(0, 0.5, s.size) for s in signs]
            if dataset == "data":
                weights = [np.ones(n) for n in rng.poisson(20, AXIS.size + 2)]
            for variation in ("nominal", *VARIED.get(dataset, ())):
                spread = 0.0 if variation == "nominal" else 0.4
                varied = [w * rng.lognormal(0, spread, w.size) for w in weights]
                found[dataset][f"{region}/mass/{variation}"] = from_sums(
                    AXIS,
                    np.array([w.sum() for w in varied]),
                    np.array([(w**2).sum() for w in varied]),
                )
    return found | {"top_shower": {name: scaled(h, 1.1) for name, h in found["top"].items()}}


def build(histograms, chosen=None):
    chosen = chosen or document()
    settings = Settings(validate_analysis(chosen, "example"), SECTIONS)
    return WorkspaceBuilder(settings, histograms).build("signal")


def built(seed):
    """Histograms and their workspace; None if their yields at ±1σ have another sign, or their sum
    is negative.
    """
    histograms = templates(seed)
    with contextlib.suppress(WollemiError):
        return histograms, build(histograms)


def kept_models():
    return [found for found in map(built, SEEDS) if found is not None]


def negative_bins(workspace):
    samples = [sample for channel in workspace["channels"] for sample in channel["samples"]]
    return sum(value < 0 for sample in samples for value in sample["data"])


def test_random_models_have_negative_bins():
    models = kept_models()
    assert len(models) >= 8
    assert sum(negative_bins(workspace) > 0 for _, workspace in models) >= 6


def test_the_workspace_is_cabinetrys(tmp_path):
    """Nominal values, statistical errors and all effects, bit by bit."""
    for number, (histograms, workspace) in enumerate(kept_models()):
        folder = tmp_path / str(number)
        folder.mkdir()
        ours, theirs = modifiers(workspace), modifiers(cabinetry_workspace(histograms, folder))
        assert ours.keys() == theirs.keys()
        for key, values in ours.items():
            assert values.tolist() == theirs[key].tolist(), key


def test_statistical_errors_are_relative_to_the_sum():
    """√(Σ w²) / Σ w of all samples, of which some are negative."""
    for histograms, workspace in kept_models():
        likelihood = Likelihood.from_workspace(workspace)
        names = ("signal", "dy_low", "dy_high", "top")
        for region in ("sr", "cr"):
            nominal = [histograms[name][f"{region}/mass/nominal"] for name in names]
            total = sum(item.values() for item in nominal)
            expected = np.sqrt(sum(item.variances() for item in nominal)) / total
            widths = [
                item.width
                for item in likelihood.parameters
                if item.name.startswith(f"staterror_{region}")
            ]
            np.testing.assert_allclose(widths, expected, rtol=1e-14)


def test_the_likelihood_is_that_of_pyhf():
    compared = 0
    for seed, (_, content) in enumerate(kept_models()):
        workspace, likelihood = pyhf.Workspace(content), Likelihood.from_workspace(content)
        model = workspace.model()
        assert [item.name for item in likelihood.parameters] == model.config.par_names
        rng = np.random.default_rng(seed)
        for _ in range(20):
            width = [item.width or 0.1 for item in likelihood.parameters]
            point = likelihood.inits + 0.3 * rng.normal(size=len(width)) * width
            point = np.clip(point, *likelihood.bounds)
            expected = model.expected_actualdata(point)
            np.testing.assert_allclose(likelihood.expected(point), expected, rtol=0, atol=1e-11)
            if (expected <= 0).any():
                continue
            theirs = float(model.logpdf(point, workspace.data(model))[0])
            assert likelihood.logpdf(point) == pytest.approx(theirs, rel=1e-12)
            compared += 1
    assert compared > 100


def test_the_fit_has_no_lower_neighbor():
    """At the minimum pyhf's -2 ln L is ours, and rises to all sides."""
    (_, content), *_ = [found for found in kept_models() if negative_bins(found[1])]
    found = fit(Likelihood.from_workspace(content))
    assert found.status.converged
    workspace = pyhf.Workspace(content)
    model = workspace.model()
    data = workspace.data(model)
    lowest = float(-2 * model.logpdf(found.values, data)[0])
    assert found.minus_two_log_likelihood == pytest.approx(lowest, rel=1e-12)
    bounds = np.array(model.config.suggested_bounds()).T
    for place in np.flatnonzero(~np.array(model.config.suggested_fixed())):
        for step in (-0.05, 0.05):
            moved = found.values.copy()
            moved[place] += step * max(found.errors[place], 1e-3)
            moved = np.clip(moved, *bounds)
            assert -2 * model.logpdf(moved, data)[0] >= lowest - 1e-9


def changed(histograms, dataset, region, change):
    """Histograms with other values in a region, all variations alike."""
    items = histograms[dataset]
    return histograms | {
        dataset: items
        | {
            name: from_sums(AXIS, change(item.values(flow=True)), item.variances(flow=True))
            for name, item in items.items()
            if name.startswith(region)
        }
    }


def positive(seed=1):
    return templates(seed, share=0.0)


@pytest.mark.parametrize("dataset", ["top", "signal", "dy_low"])
def test_a_negative_sum_is_refused(dataset):
    histograms = changed(positive(), dataset, "sr", lambda v: v - 500 * TOP_IN_THE_FIRST_BIN)
    remedy = "merge these bins, use more simulated events, or set model.floor_negative_bins to true"
    with pytest.raises(WollemiError) as refused:
        build(histograms, without_shapes())
    assert refused.value.where == "regions.sr"
    assert refused.value.problem.startswith("0–1: all samples add up to -")
    assert refused.value.problem.endswith("events, less than 0")
    assert refused.value.remedy == remedy


def without_shapes():
    """The analysis with one factor on the yields, which any template can have."""
    chosen = document()
    chosen["systematics"] = {"lumi": chosen["systematics"]["lumi"]}
    return chosen


def test_negative_backgrounds_are_refused_though_the_signal_fills_the_bin():
    histograms = changed(positive(), "top", "sr", lambda v: v - 500 * TOP_IN_THE_FIRST_BIN)
    histograms = changed(histograms, "signal", "sr", lambda v: v + 1000 * TOP_IN_THE_FIRST_BIN)
    with pytest.raises(WollemiError, match=r"regions.sr: 0–1: the backgrounds add up to -"):
        build(histograms, without_shapes())


def test_a_sample_with_a_negative_yield_stays():
    """As in cabinetry: its yield, negative, has the factor of all."""
    histograms = changed(positive(), "top", "sr", lambda v: -0.1 * v)
    made = modifiers(build(histograms, without_shapes()))
    assert (made["sr", "top", "", "data"] < 0).all()
    assert made["sr", "top", "lumi", "normsys"].tolist() == [1.25, 0.75]


def test_a_sample_whose_yield_vanishes_has_shapes_alone():
    """There is no factor on a yield of 0."""
    exact = np.array([0.0, 3.0, -1.0, -2.0, 0.0])
    histograms = positive()
    for dataset, shift in (("top", 0.0), ("top_shower", 0.5)):
        histograms = changed(histograms, dataset, "sr", lambda v, shift=shift: exact + shift)
    made = modifiers(build(histograms))
    assert ("sr", "top", "shower", "normsys") not in made
    shape = made["sr", "top", "shower", "histosys"]
    assert shape.tolist() == [3.5, -0.5, -1.5, 2.5, -1.5, -2.5]


def test_smoothing_relative_to_negative_bins_is_refused():
    histograms = changed(positive(), "top", "sr", lambda v: v - 6 * TOP_IN_THE_FIRST_BIN)
    assert histograms["top"]["sr/mass/nominal"].values()[0] < 0
    chosen = document()
    chosen["systematics"]["shower"]["smoothing"] = {"method": "353QH"}
    message = "region sr, sample top: shower is smoothed relative to it, and it has negative bins"
    with pytest.raises(WollemiError, match=message):
        build(histograms, chosen)


def test_smoothing_of_a_template_that_an_expression_scales_is_refused_as_well():
    """Its negative bins stay whatever the choice, and would be empty at ±1σ."""
    histograms = changed(positive(), "signal", "sr", lambda v: v - 50 * TOP_IN_THE_FIRST_BIN)
    chosen = document(floor_negative_bins=True, poi="c")
    chosen["model"]["free_normalizations"]["c"] = {"bounds": [-1, 1]}
    chosen["model"]["factors"] = {"square": {"expression": "c**2", "samples": "signal"}}
    assert Likelihood.from_workspace(build(histograms, chosen)).poi == "c"
    chosen["systematics"]["scale"]["smoothing"] = {"method": "353QH"}
    with pytest.raises(WollemiError, match="region sr, sample signal: scale is smoothed relative"):
        build(histograms, chosen)


def test_without_negative_bins_nothing_depends_on_the_choice():
    """Where neither a template nor a mirror image is negative."""
    histograms = positive()
    for dataset, variations in VARIED.items():
        for region, variation in itertools.product(DOCUMENT["regions"], variations):
            nominal = histograms[dataset][f"{region}/mass/nominal"]
            histograms[dataset][f"{region}/mass/{variation}"] = scaled(nominal, 1.1)
    assert build(histograms) == build(histograms, document(floor_negative_bins=True))
