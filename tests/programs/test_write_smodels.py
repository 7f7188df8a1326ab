"""The database for SModelS, read by SModelS: its maps, limits and combination of bins."""

import contextlib
import math
import re

import pyhf
import pytest
from support.products.simplified_runs import (
    FOLDER,
    SIGNALS,
    model_card,
    read_with_smodels,
    run_whole,
    simplified,
    smodels,
)
from support.tiny.analysis import make_analysis
from support.tiny.events import CROSS_SECTION_PB, LUMINOSITY_IFB
from support.tiny.steps import read_json

BINS = 10


@pytest.fixture(scope="module")
def run(tmp_path_factory, inputs):
    """The folder of a whole run of the tiny analysis, with its simplified results."""
    folder = make_analysis(tmp_path_factory.mktemp("simplified") / "tiny", inputs)
    with contextlib.chdir(folder):
        run_whole()
        assert simplified() == 0
        assert smodels() == 0
    return folder


@pytest.fixture
def here(run, monkeypatch):
    """The same as the working folder."""
    monkeypatch.chdir(run)
    return run


@pytest.fixture(scope="module")
def database(run, tmp_path_factory):
    """What SModelS finds in the database."""
    cards = {
        signal: model_card(mass, CROSS_SECTION_PB[signal], {13: 1.0})
        for signal, mass in zip(SIGNALS, (200, 300), strict=True)
    }
    folder = tmp_path_factory.mktemp("smodels")
    return read_with_smodels(
        run / FOLDER / "smodels.zip", folder, masses=[200, 300, 250, 400], spin=0, cards=cards
    )


def test_smodels_says_nothing_against_the_files(database):
    found, messages = database
    assert not re.search("warning|error", messages, re.IGNORECASE), messages
    assert (found["id"], found["title"]) == ("Tiny-2012-01", "A tiny search")
    assert found["luminosity_ifb"] == pytest.approx(LUMINOSITY_IFB)
    assert list(found["sets"]) == [f"search_{place}" for place in range(BINS)]


def test_efficiencies_are_those_of_the_cutflow(here, database):
    maps = [
        item["efficiencies"].get("TRS1mumu", [0, 0, 0, None])
        for item in database[0]["sets"].values()
    ]
    bins = {
        "values": read_json("histograms/signal_200.json")["search/mass_search/nominal"]["storage"][
            "values"
        ]
    }
    cutflow = read_json("cutflow/signal_200.json")
    # the others are under- and overflow
    share_in_bins = sum(bins["values"][1:-1]) / sum(bins["values"])
    passed = cutflow["regions"]["search"][-1]["sum_of_weights"] / cutflow["sum_of_weights"]
    assert math.fsum(item[0] for item in maps) == pytest.approx(passed * share_in_bins, rel=1e-5)
    for low, high, between, beyond in maps:
        assert between == pytest.approx((low + high) / 2, abs=1e-6)
        assert not beyond


def test_limits_are_those_of_the_numbers(database):
    for name, item in database[0]["sets"].items():
        fewest = -math.log(0.05) / LUMINOSITY_IFB
        assert item["expected"] == pytest.approx(
            max(item["expected_by_smodels"], fewest), rel=1e-3
        ), name
        background, error = item["background"], item["error"]
        modifier = {
            "name": "b",
            "type": "histosys",
            "data": {"hi_data": [background + error], "lo_data": [background - error]},
        }
        mu = {"name": "mu", "type": "normfactor", "data": None}
        samples = [
            {"name": "signal", "data": [1.0], "modifiers": [mu]},
            {"name": "b", "data": [background], "modifiers": [modifier]},
        ]
        model = pyhf.Model(
            {"channels": [{"name": "c", "samples": samples}]}, poi_name="mu", validate=False
        )
        data = [item["counts"], *model.config.auxdata]
        if item["limit"] > 1.001 * fewest:
            bounds = [
                (-8, 8) if parameter == "b" else (0, 1e4) for parameter in model.config.par_order
            ]
            cls = pyhf.infer.hypotest(
                item["limit"] * LUMINOSITY_IFB, data, model, par_bounds=bounds, test_stat="qtilde"
            )
            assert float(cls) == pytest.approx(0.05, rel=0.01), name


def test_smodels_combines_the_bins(here, database):
    for signal, (observed, expected) in database[0]["predictions"].items():
        ours = read_json("simplified/closure.json")["signals"][signal]["simplified"]
        assert expected == pytest.approx(ours["expected_before_fit"], rel=0.01)
        assert observed == pytest.approx(ours["observed"], rel=0.05)
