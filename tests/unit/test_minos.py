"""Asymmetric errors against MINOS of iminuit and a closed formula."""

import numpy as np
import pytest
from statistical_models import counting, everything, normsys, search

from wollemi.likelihood import Likelihood
from wollemi.minimization import fit, minos, minos_iminuit

MINOS = {
    "both crossings": (search(2), ["mu", "k", "extrapolation"]),
    "at the bound": (counting(35.0, 10.0, 40.0, normsys("norm", 1.1, 0.9)), ["mu"]),
    "near the bound": (counting(42.0, 10.0, 40.0, normsys("norm", 1.1, 0.9)), ["mu"]),
    "everything": (everything(4), ["k_top", "shape"]),
}


@pytest.mark.parametrize("name", MINOS)
def test_minos_is_that_of_iminuit(name):
    likelihood, names = Likelihood.from_workspace(MINOS[name][0]), MINOS[name][1]
    result = fit(likelihood)
    ours, reference = minos(likelihood, result, names), minos_iminuit(likelihood, result, names)
    for parameter in names:
        assert reference[parameter].valid
        assert ours[parameter].lower == pytest.approx(reference[parameter].lower, rel=3e-3, abs=1e-9)
        assert ours[parameter].upper == pytest.approx(reference[parameter].upper, rel=3e-3)


def test_minos_closed_form():
    """-2 ln L of a counting experiment rises by 1 where 2 (e - n + n ln(n / e)) = 1."""
    likelihood = Likelihood.from_workspace(counting(64.0, 10.0, 40.0))
    error = minos(likelihood, fit(likelihood), ["mu"])["mu"]
    for distance in (error.lower, error.upper):
        expected = 64 + 10 * distance
        assert 2 * (expected - 64 + 64 * np.log(64 / expected)) == pytest.approx(1.0, rel=1e-3)


def test_minos_of_other_data_with_a_fixed_parameter():
    likelihood = Likelihood.from_workspace(search(2))
    data = likelihood.asimov(likelihood.inits)
    free, held = fit(likelihood, data), fit(likelihood, data, fixed={"k": 1.0})
    wide, narrow = (minos(likelihood, result, ["mu"], data)["mu"] for result in (free, held))
    assert narrow.upper < wide.upper
    assert narrow.upper == pytest.approx(held.errors[held.names.index("mu")], rel=0.1)
