"""`wollemi new` on public layouts, from the files to a limit: what it recognizes and chooses, and
yields against a plain loop over the branches.
"""

import math
from pathlib import Path

import numpy as np
import pytest
import yaml
from check_analysis import main as check
from click.testing import CliRunner
from support.events.public_layouts import LAYOUTS, SIZES, collisions
from support.tiny.analysis import ANALYSIS
from support.tiny.steps import RESULTS, process, read_json, run_step

from wollemi.commands.main import main
from wollemi.histograms.histogram import read_histograms
from wollemi.inputs.inspection import guess_layout
from wollemi.inputs.origins import judge_origin

LUMINOSITY_IFB = 2.0
CROSS_SECTIONS_PB = {"background": 0.35, "signal": 0.02}
FIXED = ("--energy", "13", "--title", "T", "--author", "A")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder; the workflow is not copied into the new repository."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("wollemi.commands.new.write_workflow", lambda *_: None)
    return tmp_path


def written(layout, folder):
    """Role → file."""
    roles = [role for role in SIZES if role != "data" or layout.has_data]
    files = {role: folder / f"{role}{layout.suffix}" for role in roles}
    for role, path in files.items():
        layout.write(path, collisions(role, layout.run))
    return files


def new(files, *options):
    """What `wollemi new` says, and its exit code."""
    sections = [
        word
        for role, number in CROSS_SECTIONS_PB.items()
        for word in ("--cross-section", f"{files[role].name}={number}")
    ]
    given = ["--signal", files["signal"].name, "--luminosity", f"{LUMINOSITY_IFB}"]
    line = ["new", "tiny", *map(str, files.values()), *given, *sections, *FIXED, *options]
    done = CliRunner().invoke(main, line)
    assert "Traceback" not in done.output
    return done


def expected_yields(layout, path, edges, section):
    """Weighted events of each bin by a plain loop, normalized to the cross section."""
    masses, weights = layout.read(path)
    sums = [0.0] * (len(edges) - 1)
    for mass, weight in zip(masses, weights, strict=True):
        for place in range(len(sums)):
            if edges[place] <= mass < edges[place + 1]:
                sums[place] += weight if section else 1
    scale = 1000 * LUMINOSITY_IFB * section / math.fsum(weights) if section else 1.0
    return [scale * item for item in sums]


def fit(signal):
    """From histograms to a limit."""
    names = sorted(path.stem for path in Path(RESULTS, "histograms").glob("*.json"))
    histograms = [f"{RESULTS}/histograms/{name}.json" for name in names]
    workspace = f"{RESULTS}/workspaces/{signal}.json"
    cutflows = [f"{RESULTS}/cutflow/{name}.json" for name in names]
    record = f"{RESULTS}/records"
    assert (
        run_step(
            "build_workspace",
            histograms=histograms,
            cutflows=cutflows,
            workspaces=[workspace],
            record=f"{record}/build_workspace.json",
        )
        == 0
    )
    assert (
        run_step(
            "compute_limits",
            workspaces=[workspace],
            limits=f"{RESULTS}/limits.json",
            record=f"{record}/compute_limits.json",
        )
        == 0
    )
    return read_json("limits.json")["limits"][signal]


def draw_pseudodata():
    assert (
        run_step(
            "draw_pseudodata",
            dataset="pseudodata",
            expected=[f"{RESULTS}/histograms/background.json"],
            histograms=f"{RESULTS}/histograms/pseudodata.json",
            cutflow=f"{RESULTS}/cutflow/pseudodata.json",
            record=f"{RESULTS}/records/draw_pseudodata.json",
        )
        == 0
    )


@pytest.mark.parametrize("name", LAYOUTS)
def test_from_public_files_to_a_limit(name, folder, monkeypatch):
    layout = LAYOUTS[name]
    files = written(layout, folder)
    done = new(files)
    assert done.exit_code == 0, done.output
    if layout.has_data:
        assert f"data{layout.suffix}: data: no generator information, 4 runs" in done.output
    monkeypatch.chdir(folder / "tiny")
    document = yaml.safe_load(Path(ANALYSIS).read_text())
    shown = [item["collection"] for item in document.get("objects", {}).values()]
    assert (shown or [document["variables"]["observable"]["expression"]]) == [layout.shown]
    variable = document["regions"]["search"]["variable"]
    edges = document["variables"][variable]["edges"]
    assert edges[0] < 270
    assert edges[-1] > 330, "the signal lies in the bins"
    weight = layout.weight or "none"
    assert {document["datasets"][role]["weight"] for role in CROSS_SECTIONS_PB} == {weight}
    assert check([ANALYSIS]) == 0
    for role, path in files.items():
        process(role)
        section = CROSS_SECTIONS_PB.get(role, 0.0)
        expected = expected_yields(layout, path, edges, section)
        histogram = read_histograms(Path(f"{RESULTS}/histograms/{role}.json"))
        found = histogram[f"search/{variable}/nominal"].values()
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12), role
    if not layout.has_data:
        draw_pseudodata()
    limit = fit("signal")
    low, middle, high = (limit["expected"][place] for place in (1, 2, 3))
    assert 0 < low < middle < high < 5
    assert np.isfinite(limit["observed"])


@pytest.mark.parametrize("name", ["flat_eventWeight", "csv", "parquet"])
def test_data_of_one_run_are_a_question(name, folder):
    """The option answers it; without an answer nothing is written."""
    layout = LAYOUTS[name]
    files = written(layout, folder)
    layout.write(files["data"], without_runs(collisions("data")))
    done = new(files)
    assert done.exit_code == 1
    assert "Role of data" in done.output
    assert not Path("tiny").exists()
    done = new(files, "--data", files["data"].name)
    assert done.exit_code == 0
    document = yaml.safe_load(Path("tiny", ANALYSIS).read_text())
    assert document["samples"]["data"] == {"role": "data", "datasets": ["data"]}


def without_runs(events):
    """One run number that simulation does not have, as in a file of one run."""
    return events._replace(run=np.full_like(events.run, 297730))


def test_simulation_of_each_layout_is_not_data(folder):
    """Without a word on any file, generated particles and weights decide."""
    for name, layout in LAYOUTS.items():
        path = folder / f"{name}{layout.suffix}"
        layout.write(path, collisions("background", layout.run))
        found = judge_origin(path, guess_layout(path))
        assert found.kind == "simulation", (name, str(found))
