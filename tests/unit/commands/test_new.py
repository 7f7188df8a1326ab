"""`wollemi new` states the weight of simulated events, asks, or refuses; the yields follow."""

from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
import yaml
from check_analysis import main as check
from click.testing import CliRunner
from support.events.weighted import CONTENTS, EVENTS, LAYOUTS, NAMES, kinematics
from support.tiny.analysis import ANALYSIS, edit_analysis
from support.tiny.steps import RESULTS, process, skim

from wollemi.commands.first_analysis import analysis_text
from wollemi.commands.first_region import choose_region
from wollemi.commands.given_files import GivenFile
from wollemi.commands.main import main
from wollemi.commands.new import missing_roles
from wollemi.histograms.histogram import read_histograms

LUMINOSITY_IFB, CROSS_SECTION_PB = 2.5, 3.0


def write(folder, layout, weights, name="eventWeight", **more):
    """A background with a mass, and how an analysis file has its weight."""
    suffix, writer = LAYOUTS[layout]
    path = folder / f"dy{suffix}"
    found = kinematics(np.random.default_rng(crc32(layout.encode()))) | more
    return path, writer(path, name, weights, found), found["mass"]


def analyze(folder, monkeypatch, path):
    """Write the analysis of a background."""
    given = [GivenFile(path, "background", CROSS_SECTION_PB)]
    text = analysis_text("tiny", "T", given, choose_region(given), LUMINOSITY_IFB, 13.0)
    monkeypatch.chdir(folder)
    Path(ANALYSIS).parent.mkdir(parents=True)
    Path(ANALYSIS).write_text(text)
    Path(ANALYSIS).with_name("hooks.py").write_text("")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("content", CONTENTS)
def test_yields_are_those_of_a_plain_loop(tmp_path, monkeypatch, layout, content):
    number = crc32(f"{layout} {content}".encode())
    weights = CONTENTS[content](np.random.default_rng(number))
    name = NAMES[number % len(NAMES)]
    path, expression, masses = write(tmp_path, layout, weights, name)
    analyze(tmp_path, monkeypatch, path)
    document = yaml.safe_load(Path(ANALYSIS).read_text())
    assert document["datasets"]["dy"]["weight"] == expression
    assert document["variables"]["observable"]["expression"] == "mass"
    edit_analysis(tmp_path, lambda item: item["datasets"]["dy"].update(repeated_numbers=True))
    assert check([ANALYSIS]) == 0
    process("dy")
    found = read_histograms(Path(f"{RESULTS}/histograms/dy.json"))
    edges = document["variables"]["observable"]["edges"]
    sums = [0.0] * (len(edges) - 1)
    for mass, weight in zip(masses, weights, strict=True):
        for number in range(len(sums)):
            if edges[number] <= mass < edges[number + 1]:
                sums[number] += weight
    scale = 1000 * LUMINOSITY_IFB * CROSS_SECTION_PB / sum(map(float, weights))
    values = found["search/observable/nominal"].values()
    assert values == pytest.approx([scale * item for item in sums], rel=1e-9)


def new(name, *arguments, answers=None):
    fixed = ["--luminosity", "2.5", "--energy", "13", "--title", "T", "--author", "A"]
    done = CliRunner().invoke(main, ["new", name, *map(str, arguments), *fixed], input=answers)
    assert "Traceback" not in done.output
    return done


def stated(name):
    text = Path(name, "config/analyses", name, "analysis.yaml").read_text()
    return yaml.safe_load(text)["datasets"]["dy"].get("weight")


@pytest.fixture
def several(tmp_path, monkeypatch):
    """A file with two possible weights."""
    monkeypatch.chdir(tmp_path)
    generated = np.random.default_rng(2).normal(1, 0.2, EVENTS)
    path, _, _ = write(tmp_path, "flat", 2 * generated, genWeight=generated)
    return path


def test_several_weights_are_a_question_or_a_refusal(several):
    section = ("--cross-section", "dy.root=3")
    done = new("refused", several, *section)
    assert done.exit_code == 2
    assert "dy.root: has several possible weights: genWeight (Σ " in done.output
    assert " of 400 events, 0 % negative), eventWeight (Σ " in done.output
    assert "choose with --weight [FILE=]EXPR; none counts each event as 1" in done.output
    assert not Path("refused").exists()
    assert new("asked", several, answers="background\n3\neventWeight\n").exit_code == 0
    assert stated("asked") == "eventWeight"
    for name, option, weight in (
        ("one", "genWeight", "genWeight"),
        ("own", "dy.root=2 * genWeight", "2 * genWeight"),
        ("unweighted", "none", "none"),
        ("relative", "./dy.root=genWeight", "genWeight"),
        ("absolute", f"{several}=genWeight / 2", "genWeight / 2"),
    ):
        assert new(name, several, *section, "--weight", option).exit_code == 0
        assert stated(name) == weight


def test_files_are_named_by_their_paths_as_well(several):
    other = several.parent / "elsewhere" / several.name
    done = new("refused", several, "--cross-section", f"{other}=3", "--weight=none")
    assert done.exit_code == 2
    assert f"{other}: is not among the files" in done.output
    made = new("here", several, "--cross-section", f"{several}=3", "--weight=none")
    assert made.exit_code == 0, made.output


@pytest.mark.parametrize(
    ("weight", "problem"),
    [
        ("genWeigth", "has no branch 'genWeigth'; did you mean 'genWeight'?"),
        ("genWeight +", "--weight: 'genWeight +' is not an expression"),
        ("-genWeight", "cannot be normalized to its cross section with the weight -genWeight (Σ -"),
    ],
)
def test_a_weight_that_cannot_be_used(several, weight, problem):
    done = new("refused", several, "--cross-section", "dy.root=3", f"--weight={weight}")
    assert done.exit_code == 2
    assert problem in done.output
    assert not Path("refused").exists()


def test_weights_that_cancel_are_refused(tmp_path, monkeypatch):
    """Their sum normalizes nothing: a background of 999 ± 25 unweighted events."""
    monkeypatch.chdir(tmp_path)
    weights = np.random.default_rng(4).choice([-1.0, 1.0], EVENTS, p=[0.55, 0.45])
    path, _, _ = write(tmp_path, "flat", weights)
    done = new("refused", path, "--cross-section", "dy.root=3")
    assert done.exit_code == 2
    total = f"{weights.sum():.6g}"
    share = f"{100 * np.mean(weights < 0):.3g} % negative, each ±1"
    assert f"weight eventWeight (Σ {total} of 400 events, {share})" in done.output


def test_events_without_a_weight_are_said_to_be_unweighted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path, _, _ = write(tmp_path, "flat", np.zeros(EVENTS))
    done = new("plain", path, "--cross-section", "dy.root=3")
    assert "dy.root: weight: none found, each event counts as 1" in done.output
    assert stated("plain") == "none"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_silence_is_refused_at_the_check_and_in_the_run(tmp_path, monkeypatch, capsys, layout):
    """`none` is the way to say that events are unweighted."""
    weights = CONTENTS["corrected"](np.random.default_rng(6))
    path, expression, _ = write(tmp_path, layout, weights)
    analyze(tmp_path, monkeypatch, path)
    edit_analysis(tmp_path, lambda item: item["datasets"]["dy"].pop("weight"))
    for run in (lambda: check([ANALYSIS]), lambda: skim("dy")):
        assert run() == 2
        said = capsys.readouterr().err
        assert "datasets.dy.weight: is missing" in said
        assert f"{expression} (Σ {sum(weights):.6g} of 400 events, 0 % negative)" in said
    edit_analysis(tmp_path, lambda item: item["datasets"]["dy"].update(weight="none"))
    assert check([ANALYSIS]) == 0
    assert skim("dy") == 0


@pytest.mark.parametrize(
    ("roles", "lines"),
    [
        ({"data", "background", "signal"}, []),
        ({"background", "signal"}, ["data: none given, pseudo-data are the expected background"]),
        ({"data", "signal"}, ["limits: none without a background"]),
        ({"data"}, ["limits: none without a background and a signal"]),
    ],
)
def test_what_follows_frommissing_roles_is_said(roles, lines):
    assert list(missing_roles(roles)) == lines
