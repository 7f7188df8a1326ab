"""How people call a parameter."""

import pytest

from wollemi.analysis.models.plots import Plots
from wollemi.results.parameter_label import parameter_label

PLOTS = Plots(
    parameters={"jes": "jet energy scale", "shape": "$s$"},
    regions={"sr": "signal region", "sr_high": "high mass"},
    samples={"dy": {"label": "Z"}},
)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("jes", "jet energy scale"),
        ("jer", "jer"),
        ("staterror_sr[2]", "γ signal region, bin 2"),
        # The longer name of a region is meant.
        ("staterror_sr_high[2]", "γ high mass, bin 2"),
        # Statistics of one sample, and of another variable of a region.
        ("staterror_sr_dy[0]", "γ signal region, Z, bin 0"),
        ("staterror_sr_mass[10]", "γ signal region, mass, bin 10"),
        ("staterror_srx[0]", "γ srx, bin 0"),
        ("shape[1]", "$s$, bin 1"),
        ("other[1]", "other, bin 1"),
    ],
)
def test_labels(name, label):
    assert parameter_label(name, PLOTS) == label


def test_without_labels_of_parameters_all_have_their_names():
    """Products of an analysis without them keep their bytes."""
    plots = PLOTS.model_copy(update={"parameters": {}})
    assert parameter_label("staterror_sr[2]", plots) == "staterror_sr[2]"
