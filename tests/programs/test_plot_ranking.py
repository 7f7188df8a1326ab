"""The plot of a ranking by the command line: every number of the ranking and of the fit is in its
JSON, in the order drawn.
"""

import json
from pathlib import Path

import plot_ranking
import pytest
from support.example.products import fit, ranking, write_products

from wollemi.job.job import run_program


@pytest.fixture
def numbers(tmp_path, monkeypatch):
    """What stands beside the plot."""
    write_products(tmp_path)
    monkeypatch.chdir(tmp_path)
    outputs = [
        part
        for suffix in ("pdf", "png", "json")
        for part in (f"--{suffix}", f"plots/ranking_signal.{suffix}")
    ]
    inputs = [
        "--analysis",
        "analysis.yaml",
        "--ranking",
        "ranking.json",
        "--fit",
        "fit.json",
        "--luminosity",
    ]
    assert (
        run_program(
            plot_ranking.PROGRAM, plot_ranking.main, [*inputs, *outputs, "--record", "record.json"]
        )
        == 0
    )
    assert all(
        Path(f"plots/ranking_signal.{suffix}").stat().st_size > 1000 for suffix in ("pdf", "png")
    )
    return json.loads(Path("plots/ranking_signal.json").read_text())


def test_the_impacts_are_those_of_the_ranking(numbers):
    rows = {row["name"]: row for row in ranking()["rankings"]["signal"]["parameters"]}
    drawn = {row["name"]: row for row in numbers["rows"]}
    assert drawn.keys() == rows.keys()
    for name, row in rows.items():
        assert {key: drawn[name][key] for key in ("up", "down", "prefit_up", "prefit_down")} == {
            key: row[key] for key in ("up", "down", "prefit_up", "prefit_down")
        }
    assert numbers["signal"] == "signal"
    assert numbers["measurement"] == fit()["measurement"]
