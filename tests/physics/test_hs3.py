"""Documents of HS3 as RooFit reads them: -2 ln L of ROOT at five points of each model."""

import json
import subprocess

import numpy as np
import pytest
from support.oracles import root_hs3
from support.oracles.histfactory import python_with_root
from support.products.random_models import random_model
from support.products.statistical_models import everything, search

from wollemi_convert.hs3.writing import hs3_of
from wollemi_likelihood.likelihood import Likelihood

pytestmark = pytest.mark.slow

MODELS = {"a search": search(2), "all modifiers": everything(0)} | {
    f"random {seed}": random_model(seed) for seed in range(12)
}


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    return python_with_root(tmp_path_factory.mktemp("root"))


@pytest.mark.parametrize("name", MODELS)
def test_the_likelihood_is_that_of_roofit(name, python, tmp_path, record_property):
    likelihood, random = Likelihood.from_workspace(MODELS[name]), np.random.default_rng(1)
    widths = np.array([item.width or 0.2 for item in likelihood.parameters]) * ~likelihood.fixed
    points = [
        np.clip(likelihood.inits + widths * random.normal(size=widths.shape), *likelihood.bounds)
        for _ in range(5)
    ]
    document, found = tmp_path / "model.json", tmp_path / "found.json"
    document.write_text(json.dumps(hs3_of(MODELS[name])))
    named = [
        {
            label.replace("[", "_bin_").replace("]", ""): float(point[place])
            for label, place in likelihood.index.items()
        }
        for point in points
    ]
    subprocess.run(
        [str(python), root_hs3.__file__, str(document), str(found)],
        input=json.dumps(named),
        text=True,
        check=True,
        capture_output=True,
    )
    theirs = np.array(json.loads(found.read_text()))
    ours = np.array([-2 * likelihood.logpdf(point) for point in points])
    difference = np.abs((ours - ours[0]) - (theirs - theirs[0])).max()
    record_property("difference", float(difference))
    assert difference < 1e-9
