"""The plots of templates by the command line."""

import json
from pathlib import Path

import pytest
from support.example.products import EVENTS, write_products
from support.example.programs import draw


def test_each_systematic_has_its_plot(tmp_path, monkeypatch):
    write_products(tmp_path)
    monkeypatch.chdir(tmp_path)
    document = json.loads(Path("analysis.yaml").read_text())
    document["plots"]["templates"] = {"systematics": ["lumi"], "regions": ["sr"]}
    Path("analysis.yaml").write_text(json.dumps(document))
    files = [f"histograms/{name}.json" for name in EVENTS if name != "data"]
    numbers = draw("plot_templates", ["templates_lumi"], histograms=files)["templates_lumi"]
    found = {panel["sample"]: panel for panel in numbers["panels"]}
    assert list(found) == ["signal", "dy", "top"]
    assert found["dy"]["nominal"] == [3, 4, 9]
    assert found["dy"]["up"] == pytest.approx([3.75, 5.0, 11.25])
    assert found["dy"]["errors"] == pytest.approx([0.75**0.5, 1.0, 1.5])
    assert {panel["region"] for panel in numbers["panels"]} == {"sr"}
    assert numbers["marks"] == []
