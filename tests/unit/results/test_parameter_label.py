"""Labels of parameters, given or by default."""

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


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("mu", "$\\mu$"),
        ("jes_2018", "jes 2018"),
        ("staterror_sr[2]", "γ signal region, bin 2"),
        ("staterror_control_ee[1]", "γ control ee, bin 1"),
        # Factors of a background from data, by the label of its sample.
        ("dy_factor", "Z, transfer factor"),
        ("dy_bins[2]", "Z, bin 2"),
        ("dy_D", "Z, factor of region D"),
        ("dy_C[0]", "Z, factor of region C, bin 0"),
        ("dy_xsec", "dy xsec"),
        ("other_factor", "other factor"),
    ],
)
def test_a_label_by_default(name, label):
    plots = PLOTS.model_copy(update={"parameters": {}})
    assert parameter_label(name, plots) == label
