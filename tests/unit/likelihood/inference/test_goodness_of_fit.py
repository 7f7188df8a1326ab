"""Goodness of fit against scipy, cabinetry and toys."""

from dataclasses import replace
from types import SimpleNamespace

import cabinetry
import numpy as np
import pyhf
import pytest
from support.products.statistical_models import counting, everything, normsys, search

from wollemi.results.fit import GoodnessOfFit
from wollemi.results.goodness import goodness_text, is_bad
from wollemi_likelihood.fit import fit
from wollemi_likelihood.inference.fit_report import fit_workspace
from wollemi_likelihood.inference.goodness_of_fit import goodness_of_fit
from wollemi_likelihood.kernels.chi2 import chi2_tail
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.workspaces import Workspace


@pytest.mark.parametrize(
    "content", [search(2), search(3, 9, 5.0), search(5, 12, 1e3)], ids=["some", "few", "many"]
)
def test_goodness_is_that_of_cabinetry(content):
    likelihood = Likelihood.from_workspace(content)
    found = goodness_of_fit(likelihood, fit(likelihood))
    pyhf.set_backend("numpy")
    model, data = cabinetry.model_utils.model_and_data(content)
    reference = cabinetry.fit.fit(model, data, goodness_of_fit=True).goodness_of_fit
    assert found.p_value == pytest.approx(reference, rel=2e-2, abs=1e-6)


def sound():
    """A model of many events, far from every bound."""
    content = search(2, 8, 400.0)
    content["measurements"][0]["config"]["parameters"] = [{"name": "mu", "bounds": [[-20, 20]]}]
    return content


def test_toys_of_a_sound_model_have_uniform_probabilities():
    likelihood = Likelihood.from_workspace(sound())
    random, values = np.random.default_rng(7), []
    for _ in range(200):
        toy = replace(likelihood, data=likelihood.toy(likelihood.inits, random))
        values.append(goodness_of_fit(toy, fit(toy)).p_value)
    for share in (0.05, 0.2, 0.5, 0.8, 0.95):
        expected = np.sqrt(share * (1 - share) / 200)
        assert abs(np.mean(np.array(values) < share) - share) < 3.5 * expected, share


def without_drell_yan():
    """Ten bins, of whose main background nobody has thought."""
    content = search(4, 10, 200.0)
    others = [
        {
            **content["channels"][0]["samples"][1],
            "data": [0.1 * value for value in content["channels"][0]["samples"][1]["data"]],
        }
    ]
    content["channels"][0]["samples"] = [content["channels"][0]["samples"][0], *others]
    for item in others:
        item["modifiers"] = [normsys("cross_section", 1.1, 0.9)]
    return content


def described(content, name="analysis"):
    return fit_workspace(Workspace("signal", name, Likelihood.from_workspace(content)))


def test_a_forgotten_background_is_seen():
    found = described(without_drell_yan())
    assert is_bad(found)
    assert found.goodness_of_fit.p_value < 1e-20
    assert not is_bad(described(sound()))


def test_a_probability_too_small_for_a_number():
    found = GoodnessOfFit(p_value=chi2_tail(20307.0, 10), degrees_of_freedom=10)
    text = goodness_text(SimpleNamespace(deviance=20307.0, goodness_of_fit=found))
    assert text == "p < 10⁻³⁰⁰ (deviance 20,307, 10 degrees of freedom, saturated model)"


def test_what_is_not_counted_has_none():
    """Asimov data, blinded bins, as many free parameters as bins; degrees of freedom count no bin
    that is always empty.
    """
    asimov = sound()
    likelihood = Likelihood.from_workspace(asimov)
    expected = likelihood.expected(likelihood.inits)
    for observation in asimov["observations"]:
        observation["data"] = expected[likelihood.channels[observation["name"]]].tolist()
    assert described(asimov).goodness_of_fit is None
    assert described(sound()).goodness_of_fit is not None
    assert described(sound(), "analysis [BLINDED]").goodness_of_fit is None
    assert described(counting(64.0, 10.0, 40.0)).goodness_of_fit is None
    assert goodness_text(described(counting(64.0, 10.0, 40.0))) == "–"
    whole = Likelihood.from_workspace(everything(3))
    bins = int((whole.expected(fit(whole).values) > 0).sum())
    free = sum(p.constraint == "none" and not p.fixed for p in whole.parameters)
    found = goodness_of_fit(whole, fit(whole))
    assert found is None or found.degrees_of_freedom == bins - free
