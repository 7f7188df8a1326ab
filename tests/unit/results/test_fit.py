"""Which fit is shown, and kinds of parameters."""

from support.example.products import fit, fitted

from wollemi.results.fit import Fits, bin_of, is_gamma
from wollemi.results.marks import measurement_marks


def test_the_main_fit_of_one_signal_is_its_own():
    assert Fits.parse("fit.json", fit()).main[0] == "signal"


def test_the_main_fit_of_several_signals_is_that_of_the_backgrounds():
    content = fit()
    content["fits"]["other"] = content["fits"]["signal"]
    parsed = Fits.parse("fit.json", content)
    name, found = parsed.main
    assert name == "background_only"
    assert found is parsed.fits["background_only"]


def test_marks():
    assert measurement_marks("zprime [pseudo-data] [PREVIEW]") == ("pseudo-data", "PREVIEW")
    assert measurement_marks("zprime") == ()


def test_factors_of_bins():
    assert bin_of("staterror_sr[12]") == ("staterror_sr", 12)
    assert bin_of("lumi") is None
    assert is_gamma(fitted("staterror_sr[0]", 1.0, 0.1))
    assert not is_gamma(fitted("shape[0]", 1.0, 0.1, "none"))
