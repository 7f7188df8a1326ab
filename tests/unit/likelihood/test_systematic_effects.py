"""Sizes of systematics against pyhf's expectation of each sample at ±1σ of each parameter."""

import numpy as np
import pytest
from support.products.statistical_models import everything, pyhf_model

from wollemi_likelihood.systematic_effects import STATISTICS, shape_change, systematic_effects


@pytest.mark.parametrize("seed", range(3))
def test_pyhf_expects_the_same(seed):
    content = everything(seed)
    model, _ = pyhf_model(content)
    names, slices = model.config.samples, model.config.channel_slices
    start = np.array(model.config.suggested_init())
    constrained = [name for name in model.config.par_order if name in ("norm", "held", "shape")]
    free = [name for name in model.config.par_order if name not in (*constrained, "lumi")]
    for name in (*constrained, *free):
        start[model.config.par_slice(name)] = 0.0 if name in constrained else 1.0
    width = 0.02 / 1.01
    start[model.config.par_slice("lumi")] = 1.0

    def expected(**changed):
        values = start.copy()
        for name, value in changed.items():
            values[model.config.par_slice(name)] = value
        return np.asarray(model.main_model.expected_data(values, return_by_sample=True))

    nominal, compared = expected(), 0
    for effect in systematic_effects([content]):
        sample, bins = names.index(effect.sample), slices[effect.region]
        if effect.systematic not in (*constrained, "lumi"):
            continue
        sides = (1 + width, 1 - width) if effect.systematic == "lumi" else (1.0, -1.0)
        before = nominal[sample, bins]
        shapes = []
        for side, found in zip(sides, (effect.up, effect.down), strict=True):
            varied = expected(**{effect.systematic: side})[sample, bins]
            assert found == pytest.approx(varied.sum() / before.sum() - 1, abs=1e-12)
            ratio = varied[before > 0] / before[before > 0]
            shapes.append(np.abs(ratio / (varied.sum() / before.sum()) - 1).max())
            compared += 1
        assert effect.shape == pytest.approx(max(shapes), abs=1e-12)
    assert compared == 18


def test_statistics_are_those_of_all_bins_together():
    content = everything(0)
    found = {(item.sample, item.systematic): item for item in systematic_effects([content])}
    fakes = content["channels"][0]["samples"][2]["data"]
    assert found["fakes", "fakes"].up == pytest.approx(np.sqrt(0.25 + 1 + 0.16 + 1) / sum(fakes))
    assert found["fakes", STATISTICS].shape == pytest.approx(0.1)
    whole = 0.1 * np.sqrt(np.sum(np.square(fakes))) / sum(fakes)
    assert found["fakes", STATISTICS].up == -found["fakes", STATISTICS].down
    assert found["fakes", STATISTICS].up == pytest.approx(whole)


def test_what_models_share_is_there_once():
    content = everything(0)
    assert systematic_effects([content, content]) == systematic_effects([content])


def test_an_empty_sample_has_no_effects():
    content = everything(0)
    content["channels"] = content["channels"][1:]
    for sample in content["channels"][0]["samples"]:
        sample["data"] = [0.0] * 3
    assert systematic_effects([content]) == []


def test_a_template_that_vanishes_has_no_shape():
    assert shape_change([1.0, 3.0], [0.0, 0.0]) == 0.0
    assert shape_change([1.0, 0.0, 3.0], [3.0, 5.0, 4.0]) == pytest.approx(5 / 9)


@pytest.mark.parametrize("seed", range(3))
def test_a_group_is_the_sum_of_its_samples(seed):
    """pyhf's expectations of top and fakes together at ±1σ of each systematic; statistics in
    quadrature. The signal is as without groups.
    """
    content = everything(seed)
    model, _ = pyhf_model(content)
    names, bins = model.config.samples, model.config.channel_slices["SR"]
    start = np.array(model.config.suggested_init())
    for name in model.config.par_order:
        start[model.config.par_slice(name)] = 0.0 if name in ("norm", "held", "shape") else 1.0

    def expected(name=None, value=0.0):
        values = start.copy()
        if name:
            values[model.config.par_slice(name)] = value
        found = np.asarray(model.main_model.expected_data(values, return_by_sample=True))
        return found[names.index("top"), bins] + found[names.index("fakes"), bins]

    width, before = 0.02 / 1.01, expected()
    effects = systematic_effects([content], {"both": ("fakes", "top")})
    found = {
        item.systematic: item for item in effects if (item.region, item.sample) == ("SR", "both")
    }
    assert found.keys() == {"lumi", "norm", "shape", "fakes", STATISTICS}
    for name, sides in {
        "norm": (1.0, -1.0),
        "shape": (1.0, -1.0),
        "lumi": (1 + width, 1 - width),
    }.items():
        varied = [expected(name, side) for side in sides]
        changes = [bins.sum() / before.sum() - 1 for bins in varied]
        assert [found[name].up, found[name].down] == pytest.approx(changes, abs=1e-12)
        shapes = [
            np.abs(bins[before > 0] / before[before > 0] / (1 + change) - 1).max()
            for bins, change in zip(varied, changes, strict=True)
        ]
        assert found[name].shape == pytest.approx(max(shapes), abs=1e-12)
    top, _, fakes = (np.array(sample["data"]) for sample in content["channels"][0]["samples"])
    whole = 0.1 * np.sqrt((top**2).sum() + (fakes**2).sum()) / before.sum()
    assert found[STATISTICS].up == pytest.approx(whole)
    alone = [item for item in systematic_effects([content]) if item.sample == "signal"]
    assert [item for item in effects if item.sample == "signal"] == alone


def test_a_group_that_no_model_has_as_a_whole_stays_apart():
    content = everything(0)
    assert systematic_effects([content], {"both": ("top", "gone")}) == systematic_effects([content])
