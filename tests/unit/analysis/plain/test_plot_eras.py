"""Which plots there are of single eras."""

from support.example.products import EXAMPLE

from wollemi.analysis.plain.plot_eras import era_plots, plotted_eras
from wollemi.analysis.view import view_of
from wollemi.loading.region_groups import check_era_plots
from wollemi.plan.plan import Plan

DATASETS = {
    name: item | {"era": "2018" if name == "top" else "2017 B"}
    for name, item in EXAMPLE["datasets"].items()
}
PLOTS = {"eras": ["sr", "both"], "region_groups": {"both": {"regions": ["cr", "vr"]}}}
DOCUMENT = EXAMPLE | {
    "datasets": DATASETS,
    "luminosity_ifb": {"2017 B": 1.0, "2018": 2.0},
    "plots": PLOTS,
}


def test_each_era_has_a_plot_of_each_variable():
    assert plotted_eras(view_of(DOCUMENT)) == ["2017 B", "2018"]
    names = [plot.name for plot in era_plots(view_of(DOCUMENT))]
    assert names == [
        "era_2017_B_sr_mass",
        "era_2018_sr_mass",
        "era_2017_B_both_mass",
        "era_2018_both_mass",
    ]
    assert list(Plan(view_of(DOCUMENT), "run").era_plots) == names
    assert set(names) < set(Plan(view_of(DOCUMENT), "run").plot_names)
    assert list(era_plots(view_of(DOCUMENT | {"plots": {}}))) == []


def test_eras_that_cannot_be_told_apart_are_refused():
    assert check_era_plots(view_of(DOCUMENT)) == []
    assert check_era_plots(view_of(EXAMPLE | {"plots": {"eras": "srr"}})) == [
        "plots.eras: 'srr' is not a region or group of regions; did you mean 'sr'?",
        "plots.eras: luminosity_ifb has no eras; give it one number for each",
    ]
    estimated = DOCUMENT | {"datasets": DATASETS | {"top": EXAMPLE["datasets"]["top"]}}
    assert check_era_plots(view_of(estimated)) == [
        "plots.eras: 'top' has no era; plots of eras need one for each dataset of the samples, and "
        "estimates from data have none"
    ]
