"""The analysis `bsm_search`: expected yields, its limit against pyhf and the published band, and
injected signals that are found.

The templates are made anew, by numpy alone, from the events of the analysis' own hooks and seeds.
"""

import importlib
from math import sqrt
from pathlib import Path

import numpy as np
import pyhf
import pytest
from support.project.paths import ROOT
from support.tiny.analysis import ANALYSIS
from support.tiny.steps import HOOKS_FILE, run_step

from wollemi.analysis.hooks import load_functions
from wollemi.histograms.histogram import edges_axis, from_sums, notes, read_histograms
from wollemi.loading.load import load_analysis
from wollemi.model.estimates import Estimator
from wollemi.model.templates import Source
from wollemi.model.workspace import WorkspaceBuilder
from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import upper_limit

FOLDER = ROOT / "config/analyses/bsm_search"
SECTIONS = (
    "name",
    "datasets",
    "samples",
    "regions",
    "systematics",
    "model",
    "variables",
    "fit_edges",
)
EDGES = np.linspace(-5, 5, 51)
REGIONS = {"search": 1, "control": 0}
# Acceptance of -5 < var < 5 times what is generated, of the definition (reana-demo-bsm-search).
EXPECTED = {"mc1": 2726.4, "mc2": 2000.0, "qcd": 7406.9, "signal": 200.0}
SEEDS = (1, 2, 3, 4, 5)


@pytest.fixture(scope="module")
def settings():
    return load_analysis(FOLDER / "analysis.yaml", SECTIONS)


@pytest.fixture(scope="module")
def hooks():
    return load_functions([FOLDER / "hooks.py"], {"simulate", "collide"}, "test")


def make_events(dataset, hooks, seed=None):
    """Region and var of all parts of a dataset, with another seed if it is given."""
    generate = dataset.generate
    parts = []
    for part in range(generate.parts):
        random = np.random.Generator(
            np.random.PCG64((generate.seed if seed is None else seed) + part)
        )
        parts.append(hooks[generate.hook](random, generate.events, **generate.options))
    return [np.concatenate([part[name] for part in parts]) for name in ("region", "var")]


def histogram(region, var, weight, tag):
    counts = np.histogram(var[(region == tag) & (np.abs(var) < 5)], EDGES)[0]
    values = np.concatenate([[0], counts, [0]]) * weight
    return from_sums(edges_axis("var", EDGES), values, values * weight)


@pytest.fixture(scope="module")
def simulation(settings, hooks):
    """Dataset → histograms of the simulated samples, nominal and varied."""
    rng = np.random.default_rng(9)
    made = {}
    for name in ("mc1", "mc2", "signal"):
        region, var = make_events(settings.datasets[name], hooks)
        weight = float(settings.datasets[name].weight)
        made[name] = {
            f"{r}/var/nominal": histogram(region, var, weight, tag) for r, tag in REGIONS.items()
        }
        if name == "signal":
            continue
        for side, sign in (("up", 1), ("down", -1)):
            moved = var + sign * rng.uniform(size=var.size)
            for r, tag in REGIONS.items():
                made[name][f"{r}/var/{name}_shape_conv_{side}"] = histogram(
                    region, moved, weight, tag
                )
                made[name][f"{r}/var/{name}_weight_var1_{side}"] = histogram(
                    region, var, weight * (1 + sign * 0.05), tag
                )
    return made


def data(settings, hooks, seed=None, injected=None):
    """Histograms of the data, with injected values of var in the signal region."""
    region, var = make_events(settings.datasets["data"], hooks, seed)
    if injected is not None:
        region, var = (
            np.concatenate([region, np.ones(injected.size)]),
            np.concatenate([var, injected]),
        )
    return {f"{r}/var/nominal": histogram(region, var, 1.0, tag) for r, tag in REGIONS.items()}


def workspace(settings, histograms):
    estimate = settings.datasets["qcd"].plain["estimate"]
    source = Source(histograms, settings.datasets)
    qcd = Estimator(
        "qcd", estimate, source, settings.samples, settings.regions, settings.systematics
    ).histograms()
    return WorkspaceBuilder(settings, histograms | {"qcd": qcd}).build("signal")


@pytest.fixture(scope="module")
def model(settings, hooks, simulation):
    return workspace(settings, simulation | {"data": data(settings, hooks)})


def test_expected_yields(model):
    channel = next(channel for channel in model["channels"] if channel["name"] == "search")
    found = {sample["name"]: sum(sample["data"]) for sample in channel["samples"]}
    # Statistics of the generated events, and of 39,500 events of the control region.
    errors = {"mc1": 7.1, "mc2": 5.0, "qcd": 7406.9 / sqrt(39500), "signal": 0.01}
    for name, expected in EXPECTED.items():
        assert found[name] == pytest.approx(expected, abs=4 * errors[name]), name


def test_the_limit_is_in_the_published_band(model):
    limit = upper_limit(Likelihood.from_workspace(model))
    assert 0.45 < limit.expected[2] < 0.65
    assert list(limit.expected) == sorted(limit.expected)


def test_the_limit_is_that_of_pyhf(model):
    median = upper_limit(Likelihood.from_workspace(model)).expected[2]
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-3, strategy=0))
    theirs = pyhf.Workspace(model)
    tested = pyhf.infer.hypotest(
        median, theirs.data(theirs.model()), theirs.model(), return_expected_set=True
    )
    assert float(tested[1][2]) == pytest.approx(0.05, rel=2e-3)


def test_injected_signals_are_found(settings, hooks, simulation):
    pulls = []
    for seed in SEEDS:
        injected = np.random.default_rng(100 + seed).normal(1.0, 0.5, 200)
        observed = data(settings, hooks, seed=10_000 * seed, injected=injected)
        result = fit(
            Likelihood.from_workspace(workspace(settings, simulation | {"data": observed}))
        )
        place = result.names.index("SigXsecOverSM")
        pulls.append((result.values[place] - 1) / result.errors[place])
    assert max(map(abs, pulls)) < 3, pulls
    assert abs(np.mean(pulls)) < 3 / sqrt(len(pulls)), pulls


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the analysis, under the name that the steps know."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ANALYSIS).parent.mkdir(parents=True)
    (tmp_path / ANALYSIS).write_text(
        (FOLDER / "analysis.yaml").read_text().replace("name: bsm_search", "name: tiny")
    )
    (tmp_path / HOOKS_FILE).write_text((FOLDER / "hooks.py").read_text())
    return tmp_path


def process_part(dataset, max_events=0):
    """The first part of a dataset through generation, skim, filling and merging; returns its
    histograms.
    """
    runs = {
        "generate_events": {
            "part": 0,
            "max_events": max_events,
            "hooks": HOOKS_FILE,
            "events": "part0.root",
        },
        "skim_events": {"part": 0, "folder": ".", "events": "e.parquet", "cutflow": "s.json"},
        "fill_histograms": {"events": "e.parquet", "histograms": "h.json", "cutflow": "f.json"},
        "merge_parts": {
            "histograms": "h.json",
            "skims": "s.json",
            "fills": "f.json",
            "merged": "m.json",
            "cutflow": "c.json",
        },
    }
    for program, arguments in runs.items():
        known = importlib.import_module(program).PROGRAM
        others = dict.fromkeys((*known.inputs, *known.part_inputs), ()) | {
            name: f"{program}_{name}" for name in known.outputs
        }
        assert run_step(program, dataset=dataset, record="r.json", **(others | arguments)) == 0
    return read_histograms(Path("m.json"))


def test_the_programs_give_these_templates(hooks, folder):
    """One part of mc1."""
    found = process_part("mc1")
    var = hooks["simulate"](np.random.Generator(np.random.PCG64(1000)), 40000, "mc1")["var"]
    for name, expected in (
        ("nominal", 1.0),
        ("mc1_weight_var1_up", 1.05),
        ("mc1_weight_var1_down", 0.95),
    ):
        counts = np.histogram(var[np.abs(var) < 5], EDGES)[0]
        np.testing.assert_allclose(
            found[f"search/var/{name}"].values(),
            counts * 0.01875 * expected,
            rtol=1e-12,
            err_msg=name,
        )
    # A number between 0 and 1 smears var and moves it by 0.5: the density is the mean over one
    # unit.
    for side, low in (("up", 0.0), ("down", -1.0)):
        moved = (var[:, None] + low + (np.arange(20) + 0.5) / 20).ravel()
        expected = np.histogram(moved, EDGES)[0] / 20
        pulls = (
            found[f"search/var/mc1_shape_conv_{side}"].values() / 0.01875 - expected
        ) / np.sqrt(expected + 1)
        assert np.abs(pulls).max() < 4.5, side
        assert 0.2 < np.std(pulls) < 1.1


def test_generated_data_are_marked(folder):
    assert all(notes(item)["pseudo_data"] for item in process_part("data", max_events=100).values())
    assert not any(
        "pseudo_data" in notes(item) for item in process_part("signal", max_events=100).values()
    )
