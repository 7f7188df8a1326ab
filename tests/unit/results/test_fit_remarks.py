"""What a fit says about itself."""

from typing import get_args

import pytest
from support.example.products import STATUS, fit, fitted

from wollemi.results.fit import (
    Fits,
    FitStatus,
    OtherMinimum,
    Regime,
    marked_fits,
    require_minima,
)
from wollemi.results.fit_remarks import fit_remarks
from wollemi.results.marks import measurement_marks
from wollemi_likelihood.base.errors import WollemiError

FREE = {"constraint": "none", "prefit": 1.0, "prefit_error": None}


class Shown:
    """A fit with some parameters."""

    other_minima = ()

    def __init__(self, *parameters, **status):
        self.parameters = parameters
        self.status = FitStatus.model_validate(STATUS | status)


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        (fitted("jes", 0.3, 0.9), None),
        (fitted("jes", -2.04, 0.9), "jes is pulled by -2.0σ"),
        (fitted("jes", 0.0, 0.31), "jes is constrained to 31 % of its uncertainty before the fit"),
        (fitted("lumi", 1.08, 0.02, prefit=1.0, prefit_error=0.02), "lumi is pulled by +4.0σ"),
        (fitted("staterror_sr[0]", 5.0, 0.1), None),
        (fitted("norm", 3.0, 0.1, **FREE, error_up=0.1, error_down=0.1), None),
        (fitted("norm", 3.0, 0.1, **FREE), None),
        (
            fitted("norm", 0.2, 0.3, **FREE, error_up=0.1),
            "-2 ln L rises by less than 1 between norm and its lower bound",
        ),
        (
            fitted("mu", 0.0, None, **FREE, error_up=0.1, at_bound="lower"),
            "mu is at its lower bound, 0",
        ),
        (fitted("mu", 0.0, None, **FREE, fixed=True), None),
    ],
)
def test_parameters(parameter, text):
    found = fit_remarks(Shown(parameter))
    assert [remark.text for remark in found] == ([text] if text else [])


def test_parameters_that_the_data_do_not_tell_apart():
    (remark,) = fit_remarks(Shown(undetermined=["a", "b"]))
    assert remark.text == "the data do not tell a, b apart"


@pytest.mark.parametrize("regime", [*get_args(Regime), None])
def test_uncertainties_of_yields_name_the_parameters_that_make_them_wrong(regime):
    noted = {"regime": regime} if regime else {}
    item = fitted("mu", -0.2, 0.1, **FREE, error_down=0.1, error_up=0.3, **noted)
    found = [remark.text for remark in fit_remarks(Shown(item, fitted("jes", 0.3, 0.9)))]
    text = "yields after the fit: uncertainties without a valid error of mu"
    assert (text in found) is (regime in ("wall", "quartic"))


def test_another_minimum_is_told():
    shown = Shown()
    shown.other_minima = (OtherMinimum(values={"c": -0.412}, rise=0.34),)
    (remark,) = fit_remarks(shown)
    assert remark.text == "-2 ln L has another minimum at c = −0.412, 0.34 above this one"


def test_parameters_are_called_by_their_labels():
    found = fit_remarks(Shown(fitted("jes", -2.04, 0.9)), {"jes": "jet energy scale"}.__getitem__)
    assert [remark.text for remark in found] == ["jet energy scale is pulled by -2.0σ"]


def test_without_a_minimum_nothing_else_is_said():
    shown = Shown(fitted("jes", 9.0, 0.1), converged=False, message="lost its way")
    (remark,) = fit_remarks(shown)
    assert remark.text == "the search found no minimum: lost its way"


def failing(name):
    """`fit.json` of the example, of which one fit has no minimum."""
    content = fit("example [pseudo-data]")
    content["fits"][name]["status"] = STATUS | {"converged": False, "message": "lost its way"}
    return Fits.parse("fit.json", content)


def test_all_that_is_made_of_it_is_marked():
    found = failing("signal")
    marked = marked_fits(found.measurement, found.fits)
    assert measurement_marks(marked.measurement) == ("pseudo-data", "NO MINIMUM")
    sound = Fits.parse("fit.json", fit())
    assert marked_fits(sound.measurement, sound.fits).measurement == "example"


@pytest.mark.parametrize("name", ["signal", "background_only"])
def test_each_needs_a_minimum(name):
    require_minima(Fits.parse("fit.json", fit()))
    with pytest.raises(WollemiError, match=f"fit of {name}: no minimum was found, lost its way"):
        require_minima(failing(name))
