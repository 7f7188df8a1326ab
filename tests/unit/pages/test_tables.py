"""Tables of the summary against sums done by hand."""

import numpy as np
import pytest
from support.example.products import EXAMPLE, cutflow, fit, main_fit, predictions, settings

from wollemi.pages.tables import (
    fit_yields,
    input_rows,
    region_cutflows,
    sample_lines,
    selection_yields,
    unfitted_yields,
    with_efficiencies,
)
from wollemi.results.fit import Fits
from wollemi.results.predictions import Predictions

CONTENT = settings(("samples", "regions", "datasets"))
CUTFLOWS = {name: cutflow(name) for name in EXAMPLE["datasets"]}


def test_the_lines_of_a_sample_are_the_normalized_sums_of_its_datasets():
    every, selected = sample_lines(CUTFLOWS, CONTENT.samples["dy"], "sr")
    assert (every["cut"], every["events"]) == ("all events", 200)
    assert every["sum"] == pytest.approx(2 * 50 * 0.2)
    assert every["error"] == pytest.approx((2 * 25 * 0.2**2) ** 0.5)
    assert (selected["cut"], selected["events"]) == ("m > 1", 100)
    assert selected["sum"] == pytest.approx(2 * 25 * 0.2)


def test_samples_that_count_other_cuts_have_a_table_of_their_own():
    other = CUTFLOWS | {"top": cutflow("top") | {"skim": []}}
    tables = region_cutflows(other, CONTENT.samples, "sr")
    assert [list(table["samples"]) for table in tables] == [["data", "signal", "dy"], ["top"]]
    assert [table["cuts"] for table in tables] == [["all events", "m > 1"], ["m > 1"]]


def test_datasets_of_a_sample_that_count_different_cuts_are_not_added():
    other = CUTFLOWS | {"dy_low": cutflow("dy_low") | {"skim": []}}
    assert sample_lines(other, CONTENT.samples["dy"], "sr") == []


def test_lines_of_histograms_have_no_number_of_events():
    other = {"top": cutflow("top") | {"skim": []}}
    other["top"]["regions"]["sr"][0]["events"] = None
    (line,) = sample_lines(other, CONTENT.samples["top"], "sr")
    assert line["events"] is None
    assert line["sum"] == pytest.approx(5.0)


def test_selected_events():
    selected = selection_yields(CUTFLOWS, CONTENT.samples, ["sr"])["sr"]
    assert selected["data"]["events"] == 24
    assert selected["dy"]["sum"] == pytest.approx(10.0)


def test_yields_before_and_after_the_fit():
    table = fit_yields(main_fit(), ["signal", "dy", "top"], CONTENT.regions)
    assert list(table) == ["sr", "cr"]
    signal, dy, top = table["sr"]["rows"]
    assert (signal["sample"], signal["prefit"]) == ("signal", {"sum": 6.0, "error": 1.0})
    assert (
        dy["postfit"]["sum"] == pytest.approx(1.1 * dy["prefit"]["sum"]) == pytest.approx(1.1 * 16)
    )
    assert top["postfit"] == {"sum": 5.0, "error": 1.0}
    assert table["sr"]["observed"] == 24


def test_covariances_are_those_of_the_rows():
    """In the order of the rows, without those that have no events, and none if one is unknown."""
    content = fit()
    for factor, stage in enumerate(("prefit", "postfit"), 1):
        for found in content["fits"]["signal"]["yields"][stage].values():
            # of dy, top, signal
            matrix = factor * np.array([[4.0, 1, 2], [1, 9, 3], [2, 3, 16]])
            found["sample_sum_covariance"] = matrix.tolist()
    result = Fits.parse("fit.json", content).fits["signal"]
    table = fit_yields(result, ["signal", "ww", "dy", "top"], CONTENT.regions)["sr"]
    assert [row["sample"] for row in table["rows"]] == ["signal", "dy", "top"]
    assert table["covariances"]["prefit"] == [[16, 2, 3], [2, 4, 1], [3, 1, 9]]
    assert table["covariances"]["postfit"][0] == [32, 4, 6]
    assert "covariances" not in fit_yields(main_fit(), ["dy"], CONTENT.regions)["sr"]


def test_yields_of_regions_that_were_not_fitted_say_so():
    found = Predictions.model_validate(predictions())
    table = unfitted_yields(found, ["signal", "dy", "top"], CONTENT.regions)
    assert list(table) == ["vr"]
    fitted = fit_yields(main_fit(), ["signal", "dy", "top"], CONTENT.regions)["cr"]
    assert table["vr"] == fitted | {"fitted": False}
    content = predictions()
    content["regions"]["vr"]["mass"]["observed"][1] = None
    hidden = Predictions.model_validate(content)
    assert unfitted_yields(hidden, [], CONTENT.regions)["vr"]["observed"] is None


def test_inputs():
    document = EXAMPLE | {
        "datasets": EXAMPLE["datasets"]
        | {
            "signal": {
                "files": [{"url": "https://example.org/a/s.root", "size": 12, "sha256": "0" * 64}],
                "record": "https://doi.org/10.1/x",
                "cross_section_pb": 1.0,
            },
            "top": {
                "generate": {"settings": [], "events": 100, "seed": 1},
                "cross_section_pb": 1.0,
            },
            "data": {"draw": {"datasets": ["source"], "seed": 1}},
        },
        "generator": {"settings": []},
    }
    datasets = settings(("datasets",), document).datasets
    rows = {
        row["dataset"]: row
        for row in input_rows(datasets, ["signal", "top", "data", "dy_low"], CUTFLOWS)
    }
    assert rows["signal"]["files"] == [
        {"name": "s.root", "url": "https://example.org/a/s.root", "size": 12, "sha256": "0" * 64}
    ]
    assert rows["signal"]["record"] == "https://doi.org/10.1/x"
    assert (rows["top"]["origin"], rows["top"]["parts"], rows["top"]["events"]) == (
        "generated",
        1,
        100,
    )
    assert (rows["data"]["origin"], rows["data"]["drawn_from"]) == ("drawn", ["source"])
    assert rows["dy_low"]["files"] == [{"name": "dy_low.root"}]


def test_efficiencies_are_of_the_sum_before_and_of_all_events():
    lines = with_efficiencies([{"sum": total} for total in (8.0, 4.0, 1.0, 0.0, 0.0)])
    assert [line["relative"] for line in lines] == [None, 0.5, 0.25, 0.0, None]
    assert [line["cumulative"] for line in lines] == [1.0, 0.5, 0.125, 0.0, 0.0]
    assert with_efficiencies([{"sum": 0.0}])[0]["cumulative"] is None
    every, selected = sample_lines(CUTFLOWS, CONTENT.samples["dy"], "sr")
    assert (
        selected["relative"]
        == selected["cumulative"]
        == pytest.approx(selected["sum"] / every["sum"])
    )
