"""What the site says of the example."""

from support.example.products import main_fit

from wollemi.pages.site import pull_texts


def test_pulls_are_in_units_of_the_uncertainty_before_the_fit():
    """A luminosity of 0 ± 1, and a bin of 1.0 ± 0.1."""
    found = pull_texts(main_fit().parameters)
    assert found == {"lumi": "−0.50 ± 0.90", "staterror_sr[0]": "0.20 ± 0.50"}
