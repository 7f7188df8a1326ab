"""`wollemi draw` of a run: what is explored is what the run would publish."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from support.tiny.analysis import ANALYSIS

from wollemi.commands.main import main
from wollemi.finished.event_run import read_event_run
from wollemi.histograms.blinding import noted_mask
from wollemi.histograms.unrolling import read_datasets
from wollemi_interactive.explore.exploration import explore
from wollemi_interactive.explore.run_drawing import largest_systematics
from wollemi_interactive.explore.run_look import (
    LOOKED,
    RunLook,
    fill_dataset,
    look_variable,
    make_look,
)
from wollemi_likelihood.base.errors import WollemiError

RESULTS = "results/tiny"


@pytest.fixture
def run(finished, monkeypatch):
    monkeypatch.chdir(finished)
    return read_event_run(Path(RESULTS), Path(ANALYSIS))


def filled(run, look, datasets):
    variable = look_variable(run, look)
    return {dataset: fill_dataset(run, look, variable, dataset) for dataset in datasets}


@pytest.mark.parametrize(
    "look",
    [
        RunLook("mt", "search", variable="mt"),
        RunLook("(muon[0] + muon[1]).mass", "search", bins=(10, 150, 400)),
        RunLook("dimuon_mass", "peak", bins=(10, 60, 120)),
    ],
    ids=lambda look: f"{look.region}-{look.expression}",
)
def test_histograms_are_those_of_the_run(run, look):
    """Of each dataset under every variation: the weights and their squares."""
    stored = read_datasets(sorted(Path(RESULTS, "histograms").glob("*.json")))
    known = look.expression if look.expression == "mt" else f"mass_{look.region}"
    compared = set()
    whole = ["data", "dy_low", "dy_high", "dy_alternative"]
    for dataset, found in filled(run, look, whole if known == "mt" else ["dy_high"]).items():
        expected = {
            name.rpartition("/")[2]: item
            for name, item in stored[dataset].items()
            if name.startswith(f"{look.region}/{known}/")
        }
        drawn = {name: item for name, item in found.items() if f"/{look.variable}/" in name}
        assert {name.rpartition("/")[2] for name in drawn} == set(expected)
        for name, item in drawn.items():
            variation = name.rpartition("/")[2]
            for sums in ("values", "variances"):
                np.testing.assert_allclose(
                    getattr(item, sums)(flow=True),
                    getattr(expected[variation], sums)(flow=True),
                    rtol=1e-12,
                )
            compared.add(variation)
    assert {"nominal", "pileup_up", "muon_scale_down", "trigger_up"} <= compared


def test_a_signal_that_is_a_line_has_no_variations(run):
    """No band shows them; the nominal one is that of the run, and one that is stacked has all."""
    look = RunLook("mt", "search", variable="mt")
    stored = read_datasets(sorted(Path(RESULTS, "histograms").glob("*.json")))["signal_200"]
    known = {name for name in stored if name.startswith("search/mt/")}
    (found,) = filled(run, look, ["signal_200"]).values()
    assert len(known) == 5  # with the sides of pileup and muon_scale
    assert {name for name in found if "/mt/" in name} == {"search/mt/nominal"}
    np.testing.assert_allclose(
        found["search/mt/nominal"].values(flow=True),
        stored["search/mt/nominal"].values(flow=True),
        rtol=1e-12,
    )
    plots = run.analysis.plots.plain | {"stack_signals": ["signal_200"]}
    stacking = replace(run, analysis=run.analysis.replace(plots=plots))
    (found,) = filled(stacking, look, ["signal_200"]).values()
    assert {name for name in found if "/mt/" in name} == known


def test_another_cut(run):
    """Two halves are the whole."""
    halves = [
        filled(run, RunLook("mt", "search", where, (20, 0, 200)), ["dy_high"])["dy_high"][
            f"search/{LOOKED}/nominal"
        ]
        for where in ("", "dimuon_mass < 220", "dimuon_mass >= 220")
    ]
    whole, low, high = (item.values(flow=True) for item in halves)
    np.testing.assert_allclose(low + high, whole, rtol=1e-12)
    assert 0 < low.sum() < whole.sum()


@pytest.mark.parametrize(
    "blinding", [{"regions": ["search"]}, {"windows": {"mass_search": [200, 300]}}]
)
def test_what_is_blinded_stays_so(finished, tmp_path, monkeypatch, blinding):
    """Also under another cut, and for a variable that is not the hidden one."""
    monkeypatch.chdir(finished)
    path = Path(shutil.copytree(Path(ANALYSIS).parent, tmp_path / "tiny")) / "analysis.yaml"
    document = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(document | {"blinding": blinding}, sort_keys=False))
    run = read_event_run(Path(RESULTS), path)
    for where in ("", "muon[0].pt > 40"):
        look = RunLook("muon[0].pt", "search", where, (10, 0, 200))
        data = filled(run, look, ["data"])["data"][f"search/{LOOKED}/nominal"]
        assert not data.values(flow=True).any()
        assert noted_mask([data]).all()
    look = RunLook("dimuon_mass", "peak", bins=(10, 60, 120))
    visible = filled(run, look, ["data"])["data"][f"peak/{LOOKED}/nominal"]
    assert visible.values().sum() > 0


def test_systematics_have_the_sides_that_the_model_has(run):
    """Also those that replace a dataset, or have one side: from the histograms of the run."""
    found = explore(Path(RESULTS), "mass_search", ["search"])
    ratios = largest_systematics(found.settings[0], found.histograms, found.looks[0].place)
    assert set(ratios) == {"generator", "trigger", "pileup", "muon_scale"}
    stored = read_datasets(sorted(Path(RESULTS, "histograms").glob("*.json")))

    def events(variation, datasets=("dy_low", "dy_high")):
        name = f"search/mass_search/{variation}"
        return sum(stored[dataset][name].values() for dataset in datasets)

    nominal = events("nominal")
    inside = nominal > 0
    for name in ("muon_scale", "pileup", "trigger"):
        up, down = ratios[name]
        np.testing.assert_allclose(up[inside], (events(f"{name}_up") / nominal)[inside], rtol=1e-10)
        other = 2 - up if name == "trigger" else events(f"{name}_down") / nominal
        np.testing.assert_allclose(down[inside], other[inside], rtol=1e-10)
    up, down = ratios["generator"]
    other = events("nominal", ("dy_alternative",)) / nominal
    np.testing.assert_allclose(up[inside], other[inside], rtol=1e-10)
    np.testing.assert_allclose(down[inside], (2 - other)[inside], rtol=1e-10)


def test_other_bins_of_a_variable(run):
    """In the place of its own edges."""
    variable = look_variable(run, RunLook("mt", "search", bins=(4, 0, 80)))
    assert "edges" not in variable
    assert variable["bins"] == [4, 0, 80]
    assert variable["expression"] == "mt"


def draw(*arguments):
    return CliRunner().invoke(main, ["draw", *arguments])


def test_what_is_drawn_and_told(run, tmp_path):
    picture = str(tmp_path / "drawn.png")
    done = draw("tiny", "muon[0].pt", "--region", "search", "--png", picture)
    assert done.exit_code == 0, done.output
    assert "search: data" in done.output
    assert "signal_300           not filled from events" in done.output
    assert 'drawn: {expression: "muon[0].pt", bins: [25, ' in done.output
    assert "  search: {monitor: [drawn]}" in done.output
    assert Path(picture).read_bytes().startswith(b"\x89PNG")
    done = draw("tiny", "mt", "--region", "search", "--by", "systematic", "--png", picture)
    assert done.exit_code == 0, done.output
    assert "  muon_scale           up " in done.output
    assert "  search: {monitor: [mt]}" in done.output
    both = ("--region", "search", "--region", "peak", "--by", "region")
    done = draw("tiny", "muon.eta", *both, "--png", picture)
    assert done.exit_code == 0, done.output
    assert "per: object" in done.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("tiny", "mt", "--region", "serch"), "did you mean 'search'?"),
        (("tiny", "mt", "--by", "sample"), "region: which region of the run?"),
        (("tiny", "mtt", "--region", "search"), "mtt: has no branch 'mtt'; did you mean 'mt'?"),
        (
            ("tiny", "muon[0].ptt", "--region", "search"),
            "muon[0].ptt: has no branch 'Muon_ptt'; did you mean 'Muon_pt'?",
        ),
        (("tini", "mt", "--region", "search"), "there is no analysis 'tini'; did you mean 'tiny'?"),
        (
            ("tiny", "mt", "--region", "search", "--where", "mt < 0"),
            "no event of search has a value",
        ),
        (("tiny", "mt", "--region", "search", "--events", "5"), "not for runs"),
    ],
)
def test_what_is_refused(run, arguments, message):
    done = draw(*arguments)
    assert done.exit_code == 2
    assert message in done.output


@pytest.mark.parametrize(
    "bins", [(0, 1.0, 2.0), (10, 5.0, 2.0), (10, 0.0, np.inf), (5, np.nan, 1.0)]
)
def test_bins_that_are_none_are_refused(run, bins):
    with pytest.raises(WollemiError, match="are none"):
        make_look(run, "mt", "search", "", bins)


@pytest.mark.parametrize(
    ("expression", "where", "message"),
    [
        ("mt", "muom[0].pt > 30", "'muom'; did you mean 'muon'?"),
        ("dimuon_mas", "", "'dimuon_mas'; did you mean 'dimuon_mass'?"),
        ("muon[0].ptt", "", "'Muon_ptt'; did you mean 'Muon_pt'?"),
        ("muon", "", "an object is used where a number is needed"),
    ],
)
def test_a_wrong_name_has_the_nearest_of_all(finished, monkeypatch, expression, where, message):
    """Objects, columns and variables as well as branches."""
    monkeypatch.chdir(finished)
    with pytest.raises(WollemiError, match=re.escape(message)):
        explore(Path(RESULTS), expression, ["search"], where)
