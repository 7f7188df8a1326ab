"""Sizes of systematics against pyhf's expectation of each sample at ±1σ of each parameter."""

import numpy as np
import pytest
from support.products.statistical_models import everything, pyhf_model

from wollemi_likelihood.systematic_effects import STATISTICS, shape_change, systematic_effects

NORMAL = ("norm", "held", "shape")
LUMI = 0.02 / 1.01
SIDES = dict.fromkeys(NORMAL, (1.0, -1.0)) | {"lumi": (1 + LUMI, 1 - LUMI)}


class OfPyhf:
    """What pyhf expects of samples in a region, with one parameter elsewhere."""

    def __init__(self, content):
        self._model, _ = pyhf_model(content)
        self._start = np.array(self._model.config.suggested_init())
        for name in self._model.config.par_order:
            self._start[self._model.config.par_slice(name)] = 0.0 if name in NORMAL else 1.0

    def expected(self, region, samples, name=None, value=0.0):
        values, config = self._start.copy(), self._model.config
        if name:
            values[config.par_slice(name)] = value
        found = np.asarray(self._model.main_model.expected_data(values, return_by_sample=True))
        places = [config.samples.index(sample) for sample in samples]
        return found[places, config.channel_slices[region]].sum(axis=0)

    def assert_same(self, effect, samples):
        """Changes of the yield, and the largest change of the shape."""
        before = self.expected(effect.region, samples)
        changes, shapes = [], []
        for side in SIDES[effect.systematic]:
            varied = self.expected(effect.region, samples, effect.systematic, side)
            changes.append(varied.sum() / before.sum() - 1)
            ratio = varied[before > 0] / before[before > 0]
            shapes.append(np.abs(ratio / (1 + changes[-1]) - 1).max())
        assert [effect.up, effect.down] == pytest.approx(changes, abs=1e-12)
        assert effect.shape == pytest.approx(max(shapes), abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_pyhf_expects_the_same(seed):
    content = everything(seed)
    found = [effect for effect in systematic_effects([content]) if effect.systematic in SIDES]
    assert len(found) == 9
    for effect in found:
        OfPyhf(content).assert_same(effect, [effect.sample])


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
    effects = systematic_effects([content], {"both": ("fakes", "top")})
    found = {
        item.systematic: item for item in effects if (item.region, item.sample) == ("SR", "both")
    }
    assert found.keys() == {"lumi", "norm", "shape", "fakes", STATISTICS}
    for name in found.keys() & SIDES.keys():
        OfPyhf(content).assert_same(found[name], ["top", "fakes"])
    top, _, fakes = (np.array(sample["data"]) for sample in content["channels"][0]["samples"])
    whole = 0.1 * np.sqrt((top**2).sum() + (fakes**2).sum()) / (top + fakes).sum()
    assert found[STATISTICS].up == pytest.approx(whole)
    alone = [item for item in systematic_effects([content]) if item.sample == "signal"]
    assert [item for item in effects if item.sample == "signal"] == alone


def test_a_group_that_no_model_has_as_a_whole_stays_apart():
    content = everything(0)
    assert systematic_effects([content], {"both": ("top", "gone")}) == systematic_effects([content])
