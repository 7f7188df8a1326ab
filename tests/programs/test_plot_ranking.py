"""The plot of a ranking by the command line: every number of the ranking and of the fit is in its
JSON, in the order drawn.
"""

from support.example.products import fit, ranking, write_products
from support.example.programs import draw


def test_the_impacts_are_those_of_the_ranking(tmp_path, monkeypatch):
    write_products(tmp_path)
    monkeypatch.chdir(tmp_path)
    inputs = {"ranking": ["ranking.json"], "fit": ["fit.json"]}
    numbers = draw("plot_ranking", ["ranking_signal"], **inputs)["ranking_signal"]
    rows = ranking()["rankings"]["signal"]["parameters"]
    assert [row["name"] for row in numbers["rows"]] == [row["name"] for row in rows]
    for drawn, row in zip(numbers["rows"], rows, strict=True):
        for key in ("up", "down", "prefit_up", "prefit_down"):
            assert drawn[key] == row[key]
    assert [row["pull"] for row in numbers["rows"]] == [None, -0.5]
    assert numbers["signal"] == "signal"
    assert numbers["measurement"] == fit()["measurement"]
