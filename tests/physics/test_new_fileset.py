"""A fileset of coffea becomes an analysis: yields normalized as in coffea, to a limit, and the same
analysis as from the files named one by one.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import uproot
import yaml
from check_analysis import main as check
from click.testing import CliRunner
from support.events.public_layouts import LAYOUTS, collisions
from support.tiny.analysis import ANALYSIS
from support.tiny.steps import RESULTS, build_workspace, process, read_json, run_step

from wollemi.commands.main import main
from wollemi.histograms.histogram import read_histograms

LUMINOSITY_IFB = 2.0
LAYOUT = LAYOUTS["nanoaod_v12"]
SIGNAL = {"xsec": 0.0212345678, "isMC": True, "is_signal": True, "sample": "zprime"}
BACKGROUND = {"xsec": "0.35", "isMC": "True", "kfactor": 1.13, "filter_eff": 0.9, "nevts": 5000}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder with files of events; the workflow is not copied."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("wollemi.commands.new.write_workflow", lambda *_: None)
    for role in ("data", "background", "signal"):
        LAYOUT.write(tmp_path / f"{role}.root", collisions(role, LAYOUT.run))
    (tmp_path / "store").mkdir()
    more = collisions("background", LAYOUT.run)
    more = more._replace(event=more.event + 10_000, weight=2 * more.weight)
    LAYOUT.write(tmp_path / "store/more.root", more)
    return tmp_path


def new(*options, fileset=None, luminosity=("--luminosity", f"{LUMINOSITY_IFB}")):
    """Analysis file that `wollemi new` writes, and what it says."""
    if fileset is not None:
        Path("fileset.json").write_text(json.dumps(fileset))
        options = ("--from", "fileset.json", *options)
    fixed = ("--energy", "13", "--title", "T", "--author", "A", *luminosity)
    done = CliRunner().invoke(main, ["new", "tiny", *options, *fixed])
    assert "Traceback" not in done.output
    written = Path("tiny", ANALYSIS)
    return (written.read_text() if done.exit_code == 0 else ""), done.output


def masses(path):
    """Mass of two muons and generator weight of the selected events, and Σw of all."""
    with uproot.open(path) as file:
        events = file["Events"]
        weights = (
            np.asarray(events["genWeight"].array(), np.float64)
            if "genWeight" in events
            else np.ones(events.num_entries)
        )
    found, _ = LAYOUT.read(path)
    chosen = np.isfinite(found)
    return np.asarray(found)[chosen], weights[chosen], weights.sum()


def coffea_yields(paths, edges, section):
    """Yields as in a coffea processor: xsec · luminosity · genWeight / Σ genWeight of all files."""
    files = [masses(path) for path in paths]
    scale = section * 1000 * LUMINOSITY_IFB / sum(total for _, _, total in files) if section else 1
    return sum(np.histogram(mass, edges, weights=scale * weight)[0] for mass, weight, _ in files)


def test_yields_of_coffea_and_a_limit(folder, monkeypatch):
    """Two files of a dataset, one of them remote with a copy, and factors of the cross section."""
    files = {"background.root": "Events", "root://x.edu:1094//store/more.root": "Events"}
    text, said = new(
        fileset={
            "data": ["data.root"],
            "dy": {"files": files, "metadata": BACKGROUND},
            "zprime_300": {"files": ["signal.root:Events"], "metadata": SIGNAL | {"hue": "red"}},
        }
    )
    assert "dy: background as listed: generator information (GenJet), run 1 in all events" in said
    line = "hue of zprime_300: unknown key; if it matters, add its effect"
    assert f"not imported: {line}" in said
    assert text.startswith("# Imported from fileset.json of coffea.\n# Not imported, or changed:\n")
    assert f"# - {line}\n" in text
    kept = Path("tiny", ANALYSIS).with_name("imported") / "fileset.json"
    assert kept.read_bytes() == Path("fileset.json").read_bytes()
    for comment in (
        "data or simulation: the list does not say; data: no generator information, 4 runs",
        "simulation (isMC: True in the list); background as listed: generator information",
        "kfactor 1.13 × filter_eff 0.9, multiplies the cross section",
    ):
        assert f"  # {comment}" in text
    document = yaml.safe_load(text)
    datasets, edges = document["datasets"], document["variables"]["mass"]["edges"]
    assert {name: item["role"] for name, item in document["samples"].items()} == {
        **{"data": "data", "dy": "background", "zprime": "signal"}
    }
    monkeypatch.chdir(folder / "tiny")
    assert check([ANALYSIS]) == 0
    for name, section in (
        ("data", None),
        ("dy", 0.35 * 1.13 * 0.9),
        ("zprime_300", SIGNAL["xsec"]),
    ):
        process(name)
        found = read_histograms(Path(f"{RESULTS}/histograms/{name}.json"))
        expected = coffea_yields(datasets[name]["files"], edges, section)
        values = found["search/mass/nominal"].values()
        assert values == pytest.approx(expected, rel=1e-9, abs=1e-12), name
    assert build_workspace(signals=["zprime"]) == 0
    workspaces = [f"{RESULTS}/workspaces/zprime.json"]
    assert run_step("compute_limits", workspaces=workspaces, limits=f"{RESULTS}/limits.json") == 0
    low, middle, high = read_json("limits.json")["limits"]["zprime"]["expected"][1:4]
    assert 0 < low < middle < high < 5


def test_the_same_analysis_from_files_named_one_by_one(folder):
    sections = ("--cross-section", "background.root=0.35", "--cross-section", "signal.root=0.02")
    names = ("data.root", "background.root", "signal.root")
    named, _ = new(*names, *sections, "--signal", "signal.root")
    shutil.rmtree("tiny")
    listed, _ = new(
        fileset={
            "data": {"files": ["data.root"], "metadata": {"is_data": True}},
            "background": {"files": {"background.root": "Events"}, "metadata": {"xsec": 0.35}},
            "signal": {"files": ["signal.root"], "metadata": {"xsec": 0.02, "is_signal": True}},
        }
    )
    assert without_comments(listed) == without_comments(named)


def without_comments(text):
    lines = [line for line in text.splitlines() if not line.strip().startswith("#")]
    return "\n".join(lines).strip()


def test_options_complete_a_list(folder):
    """A table of cross sections, a signal by its sample, and a contradiction in capitals."""
    Path("xsec.yaml").write_text("dy: 0.35\nzprime: 0.02\nother: 3\n")
    fileset = {
        "dy": {"files": ["background.root"], "metadata": {}},
        "zprime_300": {"files": ["signal.root"], "metadata": {"sample": "zprime"}},
        "stand_in": {"files": ["store/more.root"], "metadata": {"isMC": False}},
    }
    text, said = new("--cross-section", "xsec.yaml", "--signal", "zprime", fileset=fileset)
    document = yaml.safe_load(text)
    sections = {name: item.get("cross_section_pb") for name, item in document["datasets"].items()}
    assert sections == {"dy": 0.35, "zprime_300": 0.02, "stand_in": None}
    assert document["samples"]["zprime"] == {"role": "signal", "datasets": ["zprime_300"]}
    contradiction = "data as listed, ALTHOUGH IT LOOKS LIKE SIMULATION: generator information"
    assert f"stand_in: {contradiction}" in said
    assert f"# data (isMC: False in the list); {contradiction}" in text
    Path("xsec.yaml").write_text("ww: 3\n")
    _, said = new("--cross-section", "xsec.yaml", fileset=fileset)
    assert "xsec.yaml: does not contain a cross section of the files" in said
    _, said = new("data.root", fileset=fileset)
    assert "leave them out with --from" in said


def test_variations_and_years(folder, monkeypatch):
    """A dataset systematic, and a luminosity per year."""

    def item(file, year, **more):
        metadata = {"xsec": 0.35, "process": "dy", "year": year, **more}
        return {"files": [file], "metadata": metadata}

    fileset = {
        "dy_17": item("background.root", "2017"),
        "dy_18": item("store/more.root", 2018),
        "dy_18_ME": item("signal.root", 2018, variation="ME_var"),
    }
    _, said = new(fileset=fileset)
    assert "is given for all years together, but the files are of 2017, 2018" in said
    years = ("--luminosity", "2017=41.5", "--luminosity", "2018=59.8")
    text, _ = new(fileset=fileset, luminosity=years)
    document = yaml.safe_load(text)
    assert document["luminosity_ifb"] == {2017: 41.5, 2018: 59.8}
    assert document["samples"]["dy"]["datasets"] == ["dy_17", "dy_18"]
    assert document["systematics"]["dy_ME_var"] == {
        **{"kind": "dataset", "up": ["dy_18_ME"], "down": "symmetrize", "samples": ["dy"]}
    }
    monkeypatch.chdir(folder / "tiny")
    assert check([ANALYSIS]) == 0
