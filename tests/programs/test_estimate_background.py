"""Backgrounds from data by the command line, against the sums by hand."""

from pathlib import Path

import numpy as np
import pytest
from support.products.background_toys import (
    ABCD,
    FACTOR,
    PATHS,
    TRANSFER,
    document,
    estimate_background,
    make_histograms,
    write_inputs,
)

from wollemi.histograms.histogram import read_histograms


@pytest.fixture
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("estimate", [TRANSFER, ABCD], ids=["transfer", "abcd"])
def test_the_estimate_is_that_by_hand(inside, estimate):
    histograms = make_histograms(np.random.default_rng(5))
    write_inputs(document(estimate, "histogram"), histograms)
    assert estimate_background() == 0
    rest = {
        region: histograms["data"][name].values(flow=True)[1:-1]
        - histograms["mc"][name].values(flow=True)[1:-1]
        for region, name in (
            ("control", "control/x/nominal"),
            ("B", "B/one/nominal"),
            ("D", "D/one/nominal"),
        )
    }
    factor = FACTOR if estimate is TRANSFER else rest["B"].sum() / rest["D"].sum()
    found = read_histograms(Path(PATHS["qcd"]))["SR/x/nominal"]
    assert found.values(flow=True)[1:-1] == pytest.approx(factor * rest["control"], rel=1e-12)


def test_a_region_without_its_histogram_is_refused(inside, capsys):
    histograms = make_histograms(np.random.default_rng(5))
    del histograms["data"]["control/x/nominal"]
    write_inputs(document(TRANSFER, "histogram"), histograms)
    assert estimate_background() == 2
    assert "control/x/nominal" in capsys.readouterr().err
    assert not Path(PATHS["qcd"]).exists()
