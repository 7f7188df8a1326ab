"""Confidence intervals and fits of toys from batches: jobs one after another, and what is made of
the products.
"""

from pathlib import Path

import pandas as pd
import pytest
from support.oracles.hepdata_fits import check_tables
from support.products import hepdata_runs
from support.products.hepdata_texts import describe
from support.project.paths import ROOT
from support.tiny.mistakes import set_value
from support.tiny.steps import RESULTS, check_record, read_json, run_step

ANALYSIS = Path("config/analyses/tiny/analysis.yaml")
SETTINGS = {"bounds": {"mu": [0, 10]}, "points": 5, "toys": 100, "jobs": 2}


@pytest.fixture
def published(finished_copy, monkeypatch):
    """A finished run whose analysis asks for intervals, up to its tables and submission."""
    monkeypatch.chdir(finished_copy)
    describe()
    set_value("intervals", value=SETTINGS)
    set_value("toy_fits", value={"injected": [0, 1], "toys": 100, "jobs": 2})
    set_value("publication", "hepdata", "tables", "intervals", value="Confidence intervals.")
    workspaces = sorted(Path(f"{RESULTS}/workspaces").glob("*.json"))
    batches = [f"{RESULTS}/intervals/{part}.json" for part in range(2)]
    for part, batch in enumerate(batches):
        assert run_step("test_intervals", workspaces=workspaces, part=part, batch=batch) == 0
    outputs = {
        "intervals": f"{RESULTS}/intervals.json",
        "record": f"{RESULTS}/records/merge_intervals.json",
    }
    assert run_step("merge_intervals", batches=batches, **outputs) == 0
    toys = [f"{RESULTS}/toy_fits/{part}.json" for part in range(2)]
    for part, batch in enumerate(toys):
        assert run_step("run_toys", workspaces=workspaces, part=part, batch=batch) == 0
    assert run_step("merge_toys", batches=toys, toy_fits=f"{RESULTS}/toy_fits.json") == 0
    names = "lint fit limits extrapolation scans goodness uncertainties region_limits discovery"
    products = {
        name: f"{RESULTS}/{name}.json"
        for name in (*names.split(), "significances", "intervals", "toy_fits")
    }
    report = ROOT / "workflow/report"
    made = {"page": "index.html", "overview": "overview.rst", "summary": "summary.json"}
    summary = run_step(
        "summarize_results",
        templates=[
            report / "summary.html.j2",
            report / "overview.rst.j2",
            *sorted((report / "parts").iterdir()),
        ],
        cutflows=sorted(Path(f"{RESULTS}/cutflow").glob("*.json")),
        numbers=sorted(Path(f"{RESULTS}/plots").glob("*.json")),
        record=f"{RESULTS}/records/summarize_results.json",
        **{key: f"{RESULTS}/{name}" for key, name in made.items()},
        **products,
    )
    assert summary == 0
    tables = {
        suffix: [f"tables/{name}.{ending}" for name in ("intervals", "toy_fits")]
        for suffix, ending in (("csv", "csv"), ("markdown", "md"), ("latex", "tex"))
    }
    read = {"summary": f"{RESULTS}/summary.json", "ranking": f"{RESULTS}/ranking.json"}
    assert run_step("write_tables", **read, **tables, record="tables/record.json") == 0
    assert hepdata_runs.write() == 0
    return read_json("intervals.json")


def test_a_finished_run_tells_its_intervals(published):
    check_record("merge_intervals.json")
    assert published["toys"] == SETTINGS["toys"]
    assert set(published["intervals"]) == {"signal_200", "signal_300"}
    belt = published["intervals"]["signal_200"]["mu"]
    assert (belt["bounds"], len(belt["points"])) == ([0.0, 10.0], SETTINGS["points"])
    wide, narrow = (belt["observed"]["intervals"][level] for level in ("95", "68"))
    assert wide["upper"] > narrow["upper"]
    table = pd.read_csv("tables/intervals.csv")
    (row,) = table[
        (table["signal"] == "signal_200") & (table["data"] == "observed") & (table["level"] == 95)
    ].to_dict("records")
    assert row["upper"] == pytest.approx(wide["upper"], rel=1e-5)
    assert "Feldman–Cousins" in Path(f"{RESULTS}/index.html").read_text()
    toys = read_json("toy_fits.json")["studies"]["signal_200"]["summaries"]
    table = pd.read_csv("tables/toy_fits.csv").set_index(["signal", "injected"])
    for item in toys:
        row = table.loc["signal_200", item["injected"]]
        assert row["bias"] == pytest.approx(item["bias"]["value"], rel=1e-5)
        assert row["coverage_95"] == pytest.approx(item["coverage"]["95"]["value"], rel=1e-5)
    assert "width of pulls" in Path(f"{RESULTS}/index.html").read_text()
    assert "intervals" in check_tables(Path(RESULTS), ANALYSIS)
