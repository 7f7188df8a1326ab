"""Everyday mistakes: the check finds them in one pass, before anything runs, with the key in the
analysis file.
"""

from pathlib import Path

import awkward as ak
import check_analysis
import numpy as np
import pytest
import yaml
from support.project.paths import ROOT
from support.tiny.analysis import ANALYSIS
from support.tiny.events import make_events, write_root
from support.tiny.mistakes import set_value, skim_run

SEARCH = ("regions", "search", "selection")
HIGH = ("datasets", "dy_high", "weight")
UP = ("systematics", "pileup", "up")


def in_mev():
    events = make_events("dy_high", np.random.default_rng(3), 400)
    events["Muon"] = ak.with_field(events["Muon"], events["Muon"].pt * np.float32(1000), "pt")
    write_root(Path("input/dy_high_0.root"), events)


def hook(old, new):
    def change():
        path = Path(ANALYSIS).with_name("hooks.py")
        path.write_text(path.read_text().replace(old, new))

    return change


def trigger():
    set_value("triggers", value={"mu": {"paths": {"HLT_IsoMu25": {}}}})
    set_value("datasets", "dy_high", "trigger", value="mu")


def value(*path, to):
    return lambda: set_value(*path, value=to)


# What the check says of each stands in tests/data/mistakes.yaml.
MISTAKES = {
    "weight branch": value(*HIGH, to="genWeigth"),
    "column": value(*SEARCH, to="dimuon_mas > 150"),
    "field of an object": value(*SEARCH, to="muon[0].chrage > 0"),
    "object": value(*SEARCH, to="count(muons) > 1"),
    "collection": value("objects", "muon", "collection", to="Muoon"),
    "field in a cut": value("objects", "muon", "cuts", to="pt > 20 and abs(etaa) < 2.4"),
    "branch of a systematic": value(*UP, to="1 + 0.01 * Pileup_nTrueInts"),
    "field of a systematic": value("systematics", "muon_scale", "up", to={"pt": "ptt * 1.02"}),
    "use of a hook": value("columns", "mt", "uses", to=["muon.pt", "MET_ptt", "MET_phi"]),
    "name of a hook": value("columns", "mt", "hook", to="transverse_mas"),
    "argument of a hook": hook("MET_phi):", "MET_azimuth):"),
    "syntax of hooks": hook("return", "retrun"),
    "name in a hook": hook("np.hypot(x, y)", "np.hypot(x, z)"),
    "list as a selection": value("skim", "selection", to="muon.pt > 30"),
    "list as a variable": value("variables", "mt", "expression", to="muon.pt"),
    "number as a selection": value(*SEARCH, to="count(muon) == 2 and muon[0].pt"),
    "object as a selection": value(*SEARCH, to="muon[0]"),
    "one number per object": value("variables", "mt", "per", to="object"),
    "any of one value": value(*SEARCH, to="any(muon[0].pt > 30)"),
    "index of a number": value(*SEARCH, to="MET_pt[0] > 20"),
    "object as a number": value(*SEARCH, to="muon > 30"),
    "& instead of and": value(*SEARCH, to="muon[0].pt > 30 & muon[1].pt > 20"),
    "cut in MeV": value(*SEARCH, to="muon[0].pt > 30000"),
    "object cut in MeV": value("objects", "muon", "cuts", to="pt > 20e3"),
    "mass in MeV": value(*SEARCH, to="60e3 < dimuon_mass < 120e3"),
    "axis in MeV": value("variables", "mt", "edges", to=[0, 10e3, 20e3, 200e3]),
    "file in MeV": in_mev,
    "color": value("plots", "samples", "dy", "color", to="tab:oragne"),
    "tree": value("datasets", "dy_high", "tree", to="Event"),
    "file": value("datasets", "dy_high", "files", to=["input/dy_hihg_0.root"]),
    "path of a histogram": value(
        "datasets", "signal_300", "histograms", "search", to=["search/mass_serch"]
    ),
    "bins of a histogram": value("variables", "mass_search", "bins", to=[20, 150, 400]),
    "weight of some events": value("systematics", "trigger", "up", to="1 + 0.001 * muon[2].pt"),
    "path of a trigger": trigger,
}
LINES = yaml.safe_load((ROOT / "tests/data/mistakes.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def student(tiny):
    """The tiny analysis with its public file in a mirror."""
    (tiny / "config/config.yaml").write_text(yaml.safe_dump({"mirrors": ["mirror"]}))
    return tiny


def check(capsys):
    capsys.readouterr()
    code = check_analysis.main([ANALYSIS])
    return code, capsys.readouterr().err


def test_each_mistake_has_its_line():
    assert LINES.keys() == MISTAKES.keys()


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found(mistake, student, capsys):
    MISTAKES[mistake]()
    code, message = check(capsys)
    assert code == 2
    assert f"  - {LINES[mistake]}" in message
    assert message.startswith(f"{ANALYSIS}: 1 problem\n")


def test_everything_is_told_at_once(student, capsys):
    together = (
        "weight branch",
        "field of an object",
        "list as a variable",
        "name of a hook",
        "color",
        "tree",
    )
    for mistake in together:
        MISTAKES[mistake]()
    set_value("samples", "dy", "datasets", value=["dy_lo", "dy_low", "dy_high"])
    code, message = check(capsys)
    assert code == 2
    assert "samples.dy.datasets: 'dy_lo' is not a dataset; did you mean 'dy_low'?" in message
    # without its tree, the file that lacks the branch is not read
    for mistake in set(together) - {"weight branch"}:
        assert LINES[mistake].partition(": ")[0] in message, message


@pytest.mark.parametrize(
    "mistake",
    [
        "weight branch",
        "column",
        "field of an object",
        "object",
        "field in a cut",
        "list as a selection",
    ],
)
def test_a_job_says_the_same(mistake, student, capsys):
    MISTAKES[mistake]()
    run = skim_run("dy_high")
    capsys.readouterr()
    assert run() == 2
    problem, remedy = capsys.readouterr().err.removeprefix("skim_events: ").split("\n  → ")
    expected = LINES[mistake].replace(
        "mirror/data.root (and 4 more datasets)", "input/dy_high_0.root"
    )
    assert expected in (problem, f"{problem}; {remedy.strip()}")


def test_the_tutorial_shows_what_the_check_says(tmp_path, monkeypatch, capsys):
    text = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
    analysis = text.partition("```yaml\n")[2].partition("```")[0]
    for right, wrong in (
        ("count(electron)", "count(electrons)"),
        ("genWeight", "genWeigth"),
        ("#3f90da", "bleu"),
    ):
        assert analysis.count(right) == 1
        analysis = analysis.replace(right, wrong)
    monkeypatch.chdir(tmp_path)
    path = Path("config/analyses/zee/analysis.yaml")
    path.parent.mkdir(parents=True)
    path.write_text(analysis, encoding="utf-8")
    assert check_analysis.main([str(path)]) == 2
    shown = "".join(f"    {line}\n" for line in capsys.readouterr().err.splitlines())
    assert shown in text
