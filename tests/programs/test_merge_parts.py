"""Merged histograms are the sum of the parts, times σ · L / Σw; each event that was read is
accounted for.
"""

import numpy as np
import pytest
import uproot
from support.tiny.analysis import edit_analysis, make_analysis
from support.tiny.events import CROSS_SECTION_PB, ENTRIES, LUMINOSITY_IFB
from support.tiny.steps import (
    RESULTS,
    check_record,
    part_histograms,
    process,
    read_json,
)

from wollemi.histograms.histogram import notes, read_histograms


def sum_of_weights(dataset):
    files = [
        uproot.open(f"input/{dataset}_{index}.root:Events")
        for index in range(len(ENTRIES[dataset]))
    ]
    return sum(np.sum(np.asarray(file["genWeight"].array(), np.float64)) for file in files)


@pytest.fixture(scope="module")
def merged(tmp_path_factory, inputs):
    """A folder with the merged parts of a dataset, which nobody changes."""
    folder = make_analysis(tmp_path_factory.mktemp("merged") / "tiny", inputs)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        process("dy_low")
    return folder


@pytest.fixture
def here(merged, monkeypatch):
    monkeypatch.chdir(merged)
    return merged


def test_normalization(here):
    cutflow = read_json("cutflow/dy_low.json")
    factor = CROSS_SECTION_PB["dy_low"] * LUMINOSITY_IFB * 1000 / sum_of_weights("dy_low")
    assert cutflow["sum_of_weights"] == pytest.approx(sum_of_weights("dy_low"), rel=1e-12)
    assert cutflow["normalization"] == pytest.approx(factor, rel=1e-12)
    parts = [part_histograms("dy_low", part) for part in (0, 1)]
    merged = read_histograms(here / RESULTS / "histograms/dy_low.json")
    assert merged.keys() == parts[0].keys()
    for name, histogram in merged.items():
        assert histogram.values(flow=True) == pytest.approx(
            factor * (parts[0][name].values(flow=True) + parts[1][name].values(flow=True)),
            rel=1e-12,
        )
        assert histogram.variances(flow=True) == pytest.approx(
            factor**2 * (parts[0][name].variances(flow=True) + parts[1][name].variances(flow=True)),
            rel=1e-12,
        )
        assert notes(histogram) == {"dataset": "dy_low", "preview": False}


def test_the_account_of_events(here):
    cutflow = read_json("cutflow/dy_low.json")
    account = cutflow["account"]
    assert [item["events"] for item in cutflow["files"]] == ENTRIES["dy_low"]
    assert account["entries"] == cutflow["skim"][0]["events"] == sum(ENTRIES["dy_low"])
    assert account["entries"] == sum(account["unselected"].values()) + sum(
        account["selected"].values()
    )
    assert (
        account["unselected"]["rejected by the skim"]
        == account["entries"] - cutflow["skim"][-1]["events"]
    )
    # none of these is in the other region
    assert account["selected"] == {"peak": cutflow["regions"]["peak"][-1]["events"]}


def test_data_are_not_scaled(tiny):
    process("data")
    cutflow = read_json("cutflow/data.json")
    assert cutflow["normalization"] == 1.0
    histogram = read_histograms(tiny / RESULTS / "histograms/data.json")["peak/mass_peak/nominal"]
    assert (histogram.values(flow=True) == histogram.variances(flow=True)).all()
    assert histogram.values(flow=True).sum() == cutflow["regions"]["peak"][-1]["events"]


@pytest.mark.parametrize(
    ("settings", "factor"),
    [
        ({"scale_factor": 1.5}, lambda weights: 18.0 * 100 / weights),
        ({"sum_of_weights": 4000.0}, lambda weights: 12.0 * 100 / 4000),
        ({"normalization": "none"}, lambda weights: 1.0),
    ],
)
def test_settings_of_the_normalization(tiny, settings, factor):
    edit_analysis(tiny, lambda document: document["datasets"]["dy_low"].update(settings))
    process("dy_low")
    assert read_json("cutflow/dy_low.json")["normalization"] == pytest.approx(
        factor(sum_of_weights("dy_low")), rel=1e-12
    )


def test_record(here):
    record = check_record("merge_parts/dy_low.json")
    kinds = (
        "histograms/dy_low/{}.zip",
        "identifiers/dy_low/{}.parquet",
        "cutflow/dy_low/skim_{}.json",
        "cutflow/dy_low/fill_{}.json",
    )
    assert record["inputs"].keys() == {
        f"{RESULTS}/{kind.format(part)}" for kind in kinds for part in (0, 1)
    }
