"""Which plot is of which region."""

from wollemi.analysis.models.analysis import Region
from wollemi.pages.plot_groups import plot_groups, region_plots

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


def test_groups_without_plots_are_left_out():
    assert plot_groups({}, plots("limits")) == {"": plots("limits")}
    assert list(plot_groups(REGIONS, plots("sr_m"))) == ["sr"]
    assert region_plots(REGIONS, []) == {"sr": [], "sr_high": []}
