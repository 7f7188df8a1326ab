"""Workspaces by the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.example.products import EVENTS, EXAMPLE, histograms, write_products
from support.example.programs import run

from wollemi.histograms.histogram import scaled, write_histograms


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The example without systematics, whose histograms are nominal, and without their scans."""
    write_products(tmp_path)
    (tmp_path / "analysis.yaml").write_text(json.dumps(EXAMPLE | {"systematics": {}, "scans": {}}))
    monkeypatch.chdir(tmp_path)


def build(**more):
    """The exit code."""
    datasets = [name for name, found in histograms().items() if found]
    paths = {
        kind: [f"{kind}/{name}.json" for name in datasets] for kind in ("histograms", "cutflow")
    }
    return run(
        "build_workspace",
        histograms=paths["histograms"],
        cutflows=paths["cutflow"],
        workspaces=["workspaces/signal.json"],
        **more,
    )


def test_the_workspace_has_the_histograms_of_the_fitted_regions():
    assert build() == 0
    workspace = json.loads(Path("workspaces/signal.json").read_text())
    assert {item["name"]: item["data"] for item in workspace["observations"]} == {
        "sr": EVENTS["data"],
        "cr": EVENTS["data"],
    }
    for channel in workspace["channels"]:
        dy = np.add(EVENTS["dy_low"], EVENTS["dy_high"]).tolist()
        assert {sample["name"]: sample["data"] for sample in channel["samples"]} == {
            "signal": EVENTS["signal"],
            "dy": dy,
            "top": EVENTS["top"],
        }


@pytest.mark.parametrize(("unbuildable", "code"), [("stop", 2), ("skip", 0)])
def test_a_model_that_cannot_be_built(unbuildable, code, capsys):
    for name in ("dy_low", "dy_high", "top"):
        empty = {key: scaled(item, 0.0) for key, item in histograms()[name].items()}
        write_histograms(Path(f"histograms/{name}.json"), empty)
    assert build(unbuildable=[unbuildable]) == code
    assert "no background sample has events there" in (
        capsys.readouterr().err
        + "".join(path.read_text() for path in Path().glob("workspaces/*.json"))
    )
