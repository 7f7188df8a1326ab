"""The skim loses nothing: histograms from skimmed events equal those from the files. Nor does the
number of parts matter.
"""

from pathlib import Path

import numpy as np
import pytest
from support.tiny.analysis import edit_analysis
from support.tiny.events import CROSS_SECTION_PB, ENTRIES, LUMINOSITY_IFB
from support.tiny.steps import (
    ANALYSIS,
    RESULTS,
    fill,
    fill_directly,
    number_of_parts,
    part_histograms,
    process,
    read_json,
    skim,
)

from wollemi.histograms.histogram import notes, read_histograms

DATASETS = ("data", "dy_low", "dy_high", "dy_alternative", "signal_200")
PARTS = {1: 7, 3: 3, 7: 1}  # number of parts of the seven files → files a job


def one_part(document):
    document["datasets"]["dy_low"]["files_per_job"] = 7


def smeared(document):
    one_part(document)
    document["systematics"]["muon_scale"]["up"] = {"pt": "pt * (1 + 0.2 * normal(1))"}


@pytest.mark.parametrize(
    ("dataset", "edit"), [*((name, one_part) for name in DATASETS), ("dy_low", smeared)]
)
def test_skimmed_equals_direct(tiny, dataset, edit):
    edit_analysis(tiny, edit)
    assert [skim(dataset), fill(dataset)] == [0, 0]
    expected, counts = fill_directly(dataset)
    found = part_histograms(dataset)
    assert found.keys() == expected.keys()
    for name, histogram in expected.items():
        assert (found[name].values(flow=True) == histogram.values(flow=True)).all(), name
        assert (found[name].variances(flow=True) == histogram.variances(flow=True)).all(), name
    cutflow = read_json(f"cutflow/{dataset}/fill_0.json")
    assert cutflow["selected"] == counts["selected"]
    for region, lines in counts["regions"].items():
        assert cutflow["regions"][region][-1] == lines[-1]
    skimmed = read_json(f"cutflow/{dataset}/skim_0.json")["skim"]
    assert 0 < skimmed[-1]["events"] < skimmed[0]["events"]  # the skim did reject events


@pytest.mark.parametrize("variation", ["muon_scale_up", "muon_scale_down"])
def test_a_skim_of_the_nominal_events_alone_would_lose_some(tiny, variation):
    """So that the test above can fail."""

    def forget(document):
        del document["systematics"]["muon_scale"]

    expected, _ = fill_directly("dy_high")
    original = Path(ANALYSIS).read_text()
    edit_analysis(tiny, forget)
    assert [skim("dy_high")] == [0]
    Path(ANALYSIS).write_text(original)
    assert fill("dy_high") == 0
    found = part_histograms("dy_high")
    names = [name for name in expected if name.endswith(variation)]
    assert (
        max(
            np.sum(expected[name].variances(flow=True) - found[name].variances(flow=True))
            for name in names
        )
        > 0.5
    )


@pytest.fixture
def divided(tiny):
    """Histograms and cutflow of the dataset of seven files in a number of parts."""

    def run(parts):
        edit_analysis(
            tiny, lambda document: document["datasets"]["dy_low"].update(files_per_job=PARTS[parts])
        )
        process("dy_low")
        assert number_of_parts("dy_low") == parts
        return read_histograms(Path(f"{RESULTS}/histograms/dy_low.json")), read_json(
            "cutflow/dy_low.json"
        )

    return run


def test_the_number_of_parts_does_not_matter(divided):
    histograms, cutflow = divided(1)
    for parts in (3, 7):
        others, other = divided(parts)
        assert others.keys() == histograms.keys()
        for name, histogram in histograms.items():
            scale = np.abs(histogram.values(flow=True)).max()
            assert others[name].values(flow=True) == pytest.approx(
                histogram.values(flow=True), rel=1e-12, abs=1e-12 * scale
            ), name
            assert others[name].variances(flow=True) == pytest.approx(
                histogram.variances(flow=True), rel=1e-12
            ), name
        assert other["account"] == cutflow["account"]
        assert other["files"] == cutflow["files"]
        same_lines(other["skim"], cutflow["skim"])
        for region, lines in cutflow["regions"].items():
            same_lines(other["regions"][region], lines)


def same_lines(found, expected):
    assert [(line["cut"], line["events"]) for line in found] == [
        (line["cut"], line["events"]) for line in expected
    ]
    for key in ("sum_of_weights", "sum_of_weights_squared"):
        assert [line[key] for line in found] == pytest.approx(
            [line[key] for line in expected], rel=1e-12
        )


@pytest.mark.parametrize("most", [200, 820])
def test_a_preview_is_normalized_to_the_whole(tiny, most):
    """Σw is that of the events read: the expected yield is that of all, within the statistics of
    the few.
    """
    process("dy_low")
    whole = read_json("cutflow/dy_low.json")
    process("dy_low", max_events=most)
    preview = read_json("cutflow/dy_low.json")
    assert preview["preview"] is True
    assert preview["skim"][0]["events"] == most
    assert (
        preview["account"]["unselected"]["not read, in a preview"]
        == whole["account"]["entries"] - most
    )
    expected = CROSS_SECTION_PB["dy_low"] * LUMINOSITY_IFB * 1000
    assert preview["normalization"] * preview["skim"][0]["sum_of_weights"] == pytest.approx(
        expected, rel=1e-12
    )
    yields = [
        item["normalization"] * item["regions"]["peak"][-1]["sum_of_weights"]
        for item in (preview, whole)
    ]
    assert yields[0] == pytest.approx(yields[1], rel=4 / np.sqrt(most))
    assert all(
        notes(item)["preview"] is True
        for item in read_histograms(Path(f"{RESULTS}/histograms/dy_low.json")).values()
    )


def test_a_declared_sum_of_weights_counts_by_share_in_a_preview(tiny):
    edit_analysis(
        tiny, lambda document: document["datasets"]["dy_low"].update(sum_of_weights=2602.0)
    )
    process("dy_low", max_events=130)
    entries = sum(ENTRIES["dy_low"])
    assert read_json("cutflow/dy_low.json")["sum_of_weights"] == pytest.approx(
        2602.0 * 130 / entries, rel=1e-12
    )


def test_a_preview_of_data_is_not_scaled(tiny):
    process("data", max_events=100)
    assert read_json("cutflow/data.json")["normalization"] == 1.0
