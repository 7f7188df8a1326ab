"""Confidence intervals and fits of toys from batches: jobs one after another, and what is made of
the products.
"""

from pathlib import Path

import pandas as pd
import pytest
from support.oracles.hepdata_fits import check_tables
from support.products import hepdata_runs
from support.products.hepdata_texts import describe
from support.tiny.steps import RESULTS, check_record, read_json

ANALYSIS = Path("config/analyses/tiny/analysis.yaml")


@pytest.fixture
def published(finished_copy, monkeypatch):
    """A finished run, up to its tables and submission."""
    monkeypatch.chdir(finished_copy)
    describe()
    assert hepdata_runs.write() == 0
    return read_json("intervals.json")


def test_a_finished_run_tells_its_intervals(published):
    check_record("merge_intervals.json")
    assert published["toys"] == 100
    assert set(published["intervals"]) == {"signal_200", "signal_300"}
    belt = published["intervals"]["signal_200"]["mu"]
    assert (belt["bounds"], len(belt["points"])) == ([0.0, 10.0], 5)
    wide, narrow = (belt["observed"]["intervals"][level] for level in ("95", "68"))
    assert wide["upper"] > narrow["upper"]
    table = pd.read_csv(f"{RESULTS}/tables/intervals.csv")
    (row,) = table[
        (table["signal"] == "signal_200") & (table["data"] == "observed") & (table["level"] == 95)
    ].to_dict("records")
    assert row["upper"] == pytest.approx(wide["upper"], rel=1e-5)
    assert "Feldman–Cousins" in Path(f"{RESULTS}/index.html").read_text()
    toys = read_json("toy_fits.json")["studies"]["signal_200"]["summaries"]
    table = pd.read_csv(f"{RESULTS}/tables/toy_fits.csv").set_index(["signal", "injected"])
    for item in toys:
        row = table.loc["signal_200", item["injected"]]
        assert row["bias"] == pytest.approx(item["bias"]["value"], rel=1e-5)
        assert row["coverage_95"] == pytest.approx(item["coverage"]["95"]["value"], rel=1e-5)
    assert "width of pulls" in Path(f"{RESULTS}/index.html").read_text()
    assert "intervals" in check_tables(Path(RESULTS), ANALYSIS)
