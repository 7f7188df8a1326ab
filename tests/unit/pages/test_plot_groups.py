"""Which plot is of which region."""

from wollemi.analysis.models.analysis import Region
from wollemi.analysis.plain.plot_eras import era_plots
from wollemi.analysis.view import view_of
from wollemi.pages.plot_groups import (
    correction_plots,
    group_plots,
    plot_groups,
    region_plots,
)

REGIONS = {
    "sr": Region(selection="m > 2", variable="m", monitor=["pt"], role="signal"),
    "sr_high": Region(selection="m > 3", variable="m", role="signal"),
    "sr_loose": Region(
        selection="m > 1", variable="m", role="signal", derived_from="sr", without="m"
    ),
}


def plots(*names):
    return [{"name": name} for name in names]


def test_a_plot_is_of_the_region_whose_name_it_has_whole():
    """Variants without a cut are those of their region; a longer name is another region."""
    shown = plots(
        "sr_m", "sr_high_m", "postfit_sr", "shapes_sr_pt", "sr_loose_m", "limits", "pulls"
    )
    found = {
        name: [plot["name"] for plot in group]
        for name, group in plot_groups(REGIONS, shown).items()
    }
    assert found == {
        "": ["limits", "pulls"],
        "sr": ["sr_m", "postfit_sr", "shapes_sr_pt", "sr_loose_m"],
        "sr_high": ["sr_high_m"],
    }


def test_measured_corrections_have_a_place_of_their_own():
    shown = plots("limits", "correction_id", "sr_m")
    assert plot_groups(REGIONS, shown) == {"": plots("limits"), "sr": plots("sr_m")}
    assert correction_plots(REGIONS, shown) == plots("correction_id")
    # Also where a region is called like that.
    named = {"correction": Region(selection="m > 2", variable="id", role="signal")}
    assert correction_plots(named, shown) == []
    assert plot_groups(named, shown)["correction"] == plots("correction_id")


def test_groups_without_plots_are_left_out():
    assert plot_groups({}, plots("limits")) == {"": plots("limits")}
    assert list(plot_groups(REGIONS, plots("sr_m"))) == ["sr"]
    assert region_plots(REGIONS, []) == {"sr": [], "sr_high": []}


def test_plots_of_groups_of_regions_follow_those_of_regions():
    document = {
        "regions": {
            "sr": {"variable": "m", "monitor": ["pt"]},
            "cr": {"variable": "m", "monitor": ["pt"]},
        },
        "plots": {"region_groups": {"sum": {"regions": ["sr", "cr"]}}},
    }
    shown = plots("sum_m", "sr_m", "postfit_sum", "postfit_sum_pt", "pulls", "postfit_sum_eta")
    sums = group_plots(view_of(document), shown)
    assert [plot["name"] for plot in sums["sum"]] == ["sum_m", "postfit_sum", "postfit_sum_pt"]
    assert list(plot_groups(REGIONS, shown, sums)) == ["", "sr", "sum"]


def test_plots_of_eras_are_with_their_regions_and_groups():
    document = {
        "datasets": {"late": {"era": 2018}},
        "samples": {"dy": {"role": "background", "datasets": ["late"]}},
        "regions": {"sr": {"variable": "m"}, "cr": {"variable": "m"}},
        "plots": {"eras": ["sr", "sum"], "region_groups": {"sum": {"regions": ["sr", "cr"]}}},
    }
    shown = plots("era_2018_sr_m", "era_2018_sum_m", "sr_m", "pulls")
    eras = [*era_plots(view_of(document))]
    found = plot_groups(REGIONS, shown, group_plots(view_of(document), shown), eras)
    assert {name: [plot["name"] for plot in group] for name, group in found.items()} == {
        "": ["pulls"],
        "sr": ["era_2018_sr_m", "sr_m"],
        "sum": ["era_2018_sum_m"],
    }
