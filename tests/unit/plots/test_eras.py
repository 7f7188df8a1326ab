"""Plots of one era against the histograms of its datasets."""

import numpy as np
import pytest
from plot_regions import SECTIONS
from support.example.analysis import AXIS
from support.example.products import EXAMPLE, settings

from wollemi.analysis.plain.plot_eras import EraPlot
from wollemi.histograms.histogram import from_sums
from wollemi.plots.eras import era_stack, in_era
from wollemi.plots.prefit_stack import make_stack

ERAS = {"2017": 1.5, "2018 late": 2.5}
OF = {"2017": ["data_1", "dy_1", "dy_1b", "shower_1"], "2018 late": ["data_2", "dy_2", "shower_2"]}
OF["2018 late"] += ["top_2"]
FACTORS = {"lumi_1": (1.1, 0.9, "2017"), "lumi_2": (1.2, 0.8, "2018 late")}
DOCUMENT = {
    **{key: EXAMPLE[key] for key in ("name", "title", "variables", "regions", "objects")},
    "center_of_mass_tev": [13, 13.6],
    "luminosity_ifb": ERAS,
    "datasets": {
        name: {"files": [f"{name}.root"], "era": era}
        | ({} if name.startswith("data") else {"cross_section_pb": 1.0})
        for era, names in OF.items()
        for name in names
    },
    "samples": {
        "data": {"role": "data", "datasets": ["data_1", "data_2"]},
        "dy": {"role": "background", "datasets": ["dy_1", "dy_1b", "dy_2"]},
        "top": {"role": "background", "datasets": ["top_2"]},
    },
    "systematics": {
        "shower": {
            "kind": "dataset",
            "up": ["shower_1", "shower_2"],
            "down": "symmetrize",
            "samples": "dy",
        },
        **{
            name: {
                "kind": "normalization",
                "up": up,
                "down": down,
                "samples": ["dy", "top"],
                "eras": [era],
            }
            for name, (up, down, era) in FACTORS.items()
        },
    },
    "plots": {"eras": ["sr"], "region_groups": {"both": {"regions": ["sr", "cr"]}}},
}


@pytest.fixture
def found():
    rng = np.random.default_rng(4)
    made = {}
    for name in DOCUMENT["datasets"]:
        made[name] = {}
        for region in DOCUMENT["regions"]:
            bins = rng.uniform(10, 11, AXIS.size + 2)
            made[name][f"{region}/mass/nominal"] = from_sums(AXIS, bins, bins / 5)
    return made


def total(found, names, region="sr"):
    return sum(found[name][f"{region}/mass/nominal"].values() for name in names)


@pytest.mark.parametrize(
    ("era", "data", "dy", "shower", "top", "lumi", "beam"),
    [
        ("2017", "data_1", ["dy_1", "dy_1b"], "shower_1", [], 0.1, "1.5 fb⁻¹ (13 TeV)"),
        ("2018 late", "data_2", ["dy_2"], "shower_2", ["top_2"], 0.2, "2.5 fb⁻¹ (13.6 TeV)"),
    ],
)
def test_an_era_has_its_datasets_systematics_and_luminosity(
    era, data, dy, shower, top, lumi, beam, found
):
    shown = settings(SECTIONS, DOCUMENT)
    stack = era_stack(shown, found, EraPlot(era, "sr", "mass"))
    assert (stack.title, stack.labels.beam) == (f"sr, {era}", beam)
    assert stack.observed == pytest.approx(total(found, [data]))
    events = total(found, [*dy, *top])
    assert stack.total == pytest.approx(events)
    variance = sum(found[name]["sr/mass/nominal"].variances() for name in [*dy, *top])
    # Yield and shape are apart in the model: their product is of second order.
    shift = total(found, [shower]) - total(found, dy)
    if era != "2017":
        expected = np.sqrt(variance + shift**2 + (lumi * events) ** 2)
        assert stack.uncertainty == pytest.approx(expected, rel=0.01)
    assert stack.statistical**2 == pytest.approx(variance)
    assert [layer.sample for layer in stack.layers] == ["dy", *(["top"] if top else [])]


def test_eras_add_up_and_have_the_colors_of_the_whole(found):
    shown = settings(SECTIONS, DOCUMENT)
    for region in ("sr", "both"):
        whole = make_stack(shown, found, region, "mass")
        parts = [era_stack(shown, found, EraPlot(era, region, "mass")) for era in ERAS]
        assert sum(part.total for part in parts) == pytest.approx(whole.total)
        assert sum(part.observed for part in parts) == pytest.approx(whole.observed)
        colors = {layer.sample: layer.color for layer in whole.layers}
        assert all(colors[one.sample] == one.color for part in parts for one in part.layers)


def test_the_settings_of_the_whole_stay_as_they_are(found):
    shown = settings(SECTIONS, DOCUMENT)
    before = make_stack(shown, found, "sr", "mass")
    assert in_era(shown, "2017").samples["top"].datasets == ()
    assert shown.samples["top"].datasets == ("top_2",)
    assert make_stack(shown, found, "sr", "mass").total == pytest.approx(before.total)
    assert shown.luminosity_ifb == ERAS
