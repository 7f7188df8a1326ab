"""`wollemi new`: a repository of its own that runs to a limit, and what its CI says of a change."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import uproot
import yaml
from support.events.layouts import write_flat
from support.project.own_repository import TOLD, OwnRepository, copied_files, wollemi
from support.services.html_pages import HtmlPage, bare
from support.tiny.analysis import environment

GIVEN = ("--cross-section", "dy_high_0.root=2", "--cross-section", "signal_200_0.root=0.3")


@pytest.fixture
def files(tiny, tmp_path):
    names = ("dy_high_0.root", "signal_200_0.root")
    return copied_files(tmp_path, *(tiny / "input" / name for name in names))


def new(folder, files, *more):
    return wollemi(folder, "new", "own", *files, *TOLD, *more)


def test_a_repository_is_written(files, tmp_path):
    """The workflow without the analyses that ship, and what is the user's own."""
    done = new(tmp_path, files, *GIVEN, "--signal", "signal_200_0.root")
    assert done.returncode == 0, done.stderr
    assert "dy_high_0 (background), signal_200_0 (signal)" in done.stdout
    assert "signal_200_0.root: signal as given: generator information" in done.stdout
    assert "region: two of Muon (reconstructed; in " in done.stdout
    own = tmp_path / "own"
    assert [path.name for path in (own / "config/analyses").iterdir()] == ["own"]
    assert "analysis: own" in (own / "config/config.yaml").read_text()
    for path in ("Snakefile", "uv.lock", "LICENSE", "scripts/fit_model.py", "ci/check"):
        assert (own / path).is_file(), path
    assert os.access(own / "ci/check", os.X_OK)
    assert "A. Student" in (own / "CITATION.cff").read_text()
    workflow = (own / ".github/workflows/analysis.yml").read_text()
    assert "store-${{ github.sha }}" in workflow
    steps = yaml.safe_load(workflow)["jobs"]["check"]["steps"]
    assert "bash ci/check" in [step.get("run") for step in steps]
    assert (
        "bash ci/check"
        in yaml.safe_load((own / ".gitlab-ci.yml").read_text())["analysis"]["script"]
    )
    checked = wollemi(own, "check", scripts=own / "scripts")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    again = new(tmp_path, files, *GIVEN)
    assert again.returncode == 2
    assert "own has files in it" in again.stderr


def test_what_is_not_given_is_asked(files, tmp_path, monkeypatch):
    """A wrong answer is asked again, and what is offered holds where nothing is answered."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    of_files = ["", "-1", "2", "signal", "0.3"]  # role and cross section of each
    answers = [*of_files, "My search", "A. Student", "10", ""]
    done = wollemi(tmp_path, "new", "own", *files, answers="\n".join([*answers, ""]))
    assert done.returncode == 0, done.stdout + done.stderr
    for asked in (
        "dy_high_0.root: simulation: generator information (genWeight), run 1 in all events",
        "Role of dy_high_0.root (data, background, signal) [background]",
        "Cross section of dy_high_0.root in pb",
        "'-1' is not above 0",
        "Title [own]",
        "Author",
        "Luminosity in fb⁻¹",
        "Center-of-mass energy in TeV [13.0]",
    ):
        assert asked in done.stdout + done.stderr
    document = yaml.safe_load((tmp_path / "own/config/analyses/own/analysis.yaml").read_text())
    assert document["title"] == "My search"
    assert (document["luminosity_ifb"], document["center_of_mass_tev"]) == (10, 13)
    sections = {name: item.get("cross_section_pb") for name, item in document["datasets"].items()}
    assert sections == {"dy_high_0": 2, "signal_200_0": 0.3, "pseudodata": None}
    roles = {name: item["role"] for name, item in document["samples"].items()}
    assert (roles["dy_high_0"], roles["signal_200_0"]) == ("background", "signal")
    assert "A. Student" in (tmp_path / "own/CITATION.cff").read_text()


def test_what_contradicts_the_content_is_said(files, tmp_path):
    """It is followed: simulation may stand in for data."""
    done = new(tmp_path, files, "--data", "dy_high_0.root", *GIVEN[2:])
    assert done.returncode == 0, done.stderr
    assert "dy_high_0.root: data as given, ALTHOUGH IT LOOKS LIKE SIMULATION: gener" in done.stdout


def test_a_file_that_stays_open_is_asked_for(files, tmp_path):
    """Without an answer nothing is written."""
    write_flat(tmp_path / "flat.root")
    done = new(tmp_path, [*files, tmp_path / "flat.root"], *GIVEN)
    assert done.returncode == 1
    assert "flat.root: data or simulation: no generator information, no run num" in done.stdout
    assert "Role of flat.root (data, background, signal): " in done.stdout
    assert not (tmp_path / "own").exists()


CONFIGURATION = """
General: {Measurement: mine, POI: mu, InputPath: "{SamplePath}.root", HistogramFolder: h}
Regions: [{Name: SR, Variable: m, Filter: m > 0, Binning: [0, 1, 2], Color: red}]
Samples:
  - {Name: data, SamplePath: data, Tree: t, Data: true}
  - {Name: signal, SamplePath: signal, Tree: t}
  - {Name: background, SamplePath: background, Tree: t}
NormFactors: [{Name: mu, Samples: signal}]
"""


@pytest.fixture
def configuration(tmp_path):
    """A configuration of cabinetry and its files."""
    for name in ("data", "signal", "background"):
        with uproot.recreate(tmp_path / f"{name}.root") as file:
            file.mktree("t", {"m": "f8"})
            file["t"].extend({"m": np.linspace(0.1, 1.9, 50)})
    path = tmp_path / "fit.yml"
    path.write_text(CONFIGURATION)
    return path


def test_a_configuration_is_imported(configuration, tmp_path):
    """It says what it could not import, and asks for what the configuration lacks."""
    told = ("--author", "A. Student", "--from", configuration.name)
    done = wollemi(tmp_path, "new", "own", *told, answers="13.6\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Center-of-mass energy in TeV" in done.stdout
    assert "not imported: Region 'SR', Color 'red': is not read\nown (written)\n" in done.stdout
    analysis = tmp_path / "own/config/analyses/own"
    text = (analysis / "analysis.yaml").read_text()
    assert text.startswith("# Imported from fit.yml of cabinetry.\n")
    assert "# - Region 'SR', Color 'red': is not read\n" in text
    document = yaml.safe_load(text)
    assert (document["title"], document["center_of_mass_tev"]) == ("mine", 13.6)
    assert (analysis / "imported/fit.yml").read_text() == CONFIGURATION
    checked = wollemi(tmp_path / "own", "check", scripts=tmp_path / "own/scripts")
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("fit.yml", "data.root"), "files and their options: are taken from the configuration"),
        (("fit.yml", "--weight", "w"), "files and their options: are taken from the configuration"),
        (("data.root",), "data.root: is not a text file"),
        (("other.yml",), "other.yml: is not a configuration of a known program"),
    ],
)
def test_configurations_that_are_refused(configuration, tmp_path, given, message):
    (tmp_path / "other.yml").write_text("a: 1\n")
    done = wollemi(tmp_path, "new", "own", *TOLD, "--from", *given)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "own").exists()


def test_reana_can_run_it(files, tmp_path):
    """With files of events in the repository, as a cluster sees no others."""
    assert new(tmp_path, files, *GIVEN, "--signal", "signal_200_0.root").returncode == 0
    own = tmp_path / "own"
    (own / "input").mkdir()
    path = own / "config/analyses/own/analysis.yaml"
    text = path.read_text()
    for file in files:
        shutil.copy2(file, own / "input")
        assert str(file) in text
        text = text.replace(str(file), f"input/{file.name}")
    path.write_text(text)
    command = [sys.executable, "scripts/check_reana.py", "--write", "own"]
    options = {"cwd": own, "env": environment(), "capture_output": True, "text": True}
    done = subprocess.run(command, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "config/reana/specifications/own.yaml: no problems" in done.stdout
    specification = yaml.safe_load((own / "config/reana/specifications/own.yaml").read_text())
    assert set(specification["inputs"]["files"]) >= {f"input/{file.name}" for file in files}
    assert "results/own/limits.json" in specification["outputs"]["files"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--cross-section", "dy.root=2"), "dy.root: is not among the files"),
        (("--cross-section", "dy_high_0.root=x"), "'dy_high_0.root=x' is not a cross section"),
        (
            ("--cross-section", "dy_high_0.root=2", "--data", "dy_high_0.root"),
            "dy_high_0.root: is given as data and as simulation",
        ),
    ],
)
def test_what_is_refused(files, tmp_path, more, message):
    done = new(tmp_path, files, *more)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "own").exists()


@pytest.mark.slow
def test_it_runs_to_a_limit_and_ci_tells_what_a_change_moves(files, tmp_path):
    """The steps of both CI templates, `ci/check`, on a branch with another cut."""
    own = OwnRepository(tmp_path, *files, *GIVEN, "--signal", "signal_200_0.root", MAIN="main")
    assert "Nothing differs from the main branch." in own.run("bash", "ci/check")
    limits = json.loads((own.folder / "results/own/limits.json").read_text())["limits"]
    assert limits["signal_200_0"]["expected"][2] > 0
    own.run(sys.executable, "-m", "pytest", "tests")
    own.run("git", "checkout", "--quiet", "-b", "cut")
    path = own.folder / "config/analyses/own/analysis.yaml"
    path.write_text(path.read_text().replace("count(muon) >= 2", "count(muon) == 2"))
    own.commit("Cut")
    said = own.run("bash", "ci/check")
    assert "regions.search.selection" in said
    assert "jobs came back from state" in said, "the main branch was made once"
    comment = (own.folder / "comment.md").read_text()
    assert comment.startswith("## My search\n")
    assert "| what | then | now | change |" in comment
    assert "| yield: search" in comment
    assert "Plots that moved:\n\n- `" in comment
    assert "SHA-256" not in comment
    page = HtmlPage(own.folder / "changes.html")
    assert bare(page) == []
    assert page.images
