"""Couplings of an effective field theory: samples scaled by c and c², with negative interference,
against pyhf with the factors as a modifier of its own.
"""

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import check_analysis
import convert_workspace
import numpy as np
import pytest
import uproot
from scipy.stats import norm
from support.oracles.pyhf_fits import PyhfFits
from support.products.th1_templates import build, th1, use_templates
from support.tiny.analysis import ANALYSIS, edit_analysis, snakemake
from support.tiny.steps import RESULTS, read_json

from wollemi.results.fit import FitResult
from wollemi.results.fit_remarks import fit_remarks
from wollemi_likelihood.fit import fit
from wollemi_likelihood.inference.fit_report import fit_workspace
from wollemi_likelihood.inference.profile_scans import scan_workspace
from wollemi_likelihood.limits import significance
from wollemi_likelihood.pyhf_comparison import POINTS, compare_with_pyhf
from wollemi_likelihood.workspaces import measured

COUPLINGS = ("c1", "c2")
TRUTH = {"c1": 0.4, "c2": -0.3}
EDGES = np.linspace(0, 400, 5)
# Amplitudes of each bin: the standard model, and what a coupling adds. A template is a coefficient
# of the square of their sum.
AMPLITUDES = {
    "low": {"sm": [20, 15, 10, 7], "c1": [-1, 1, 2, 3], "c2": [2, 1, -1, -2]},
    "high": {"sm": [9, 7, 5, 4], "c1": [1, 2, 3, 4], "c2": [-1, -2, -2, 1]},
}
FACTORS = {
    "linear_1": "c1",
    "square_1": "c1**2",
    "linear_2": "c2",
    "square_2": "c2**2",
    "cross": "c1 * c2",
}
DOCUMENT = """
name: tiny
title: Two couplings of an effective field theory
center_of_mass_tev: 13
datasets:
  sm: &templates {files: [input/templates.root], histograms: "{region}/{dataset}", normalization: none}
  linear_1: *templates
  square_1: *templates
  linear_2: *templates
  square_2: *templates
  cross: *templates
  other: *templates
  data: *templates
samples:
  linear_1: {role: signal, datasets: linear_1}
  square_1: {role: signal, datasets: square_1}
  linear_2: {role: signal, datasets: linear_2}
  square_2: {role: signal, datasets: square_2}
  cross: {role: signal, datasets: cross}
  sm: {role: background, datasets: sm}
  other: {role: background, datasets: other}
  data: {role: data, datasets: data}
variables:
  pt: {expression: pt, bins: [4, 0, 400], label: "$p_T$", unit: GeV}
regions:
  low: {selection: jets == 0, variable: pt}
  high: {selection: jets >= 1, variable: pt}
systematics:
  luminosity: {kind: normalization, up: 1.02, down: 0.98, samples: [sm, linear_1, square_1, linear_2, square_2, cross]}
  jes: {kind: histogram, samples: [sm, linear_1, square_1, other], up: "{histogram}_jes_up", down: "{histogram}_jes_down"}
model:
  poi: [c1, c2]
  free_normalizations:
    c1: {bounds: [-2, 2]}
    c2: {bounds: [-2, 2]}
    norm_other: {samples: other}
  factors:
    linear_1: {expression: c1, samples: linear_1}
    square_1: {expression: c1**2, samples: square_1}
    linear_2: {expression: c2, samples: linear_2}
    square_2: {expression: c2**2, samples: square_2}
    cross: {expression: c1 * c2, samples: cross}
scans:
  c1: {parameters: c1, points: 9}
  plane: {parameters: [c1, c2], points: 5}
uncertainties: {}
plots:
  samples: {sm: {label: SM}, other: {label: other}}
"""  # noqa: E501


def template(sample: str, region: str) -> Any:
    """Expected events in each bin at couplings of 1."""
    parts = {name: np.asarray(values, float) for name, values in AMPLITUDES[region].items()}
    products = {
        "sm": parts["sm"] ** 2,
        "linear_1": 2 * parts["sm"] * parts["c1"],
        "square_1": parts["c1"] ** 2,
        "linear_2": 2 * parts["sm"] * parts["c2"],
        "square_2": parts["c2"] ** 2,
        "cross": 2 * parts["c1"] * parts["c2"],
        "other": np.full(4, 60.0),
    }
    return products[sample]


def write_templates(path: Path) -> None:
    """The templates at ±1σ, and Poisson numbers of the true couplings as data."""
    random = np.random.default_rng(4)
    with uproot.recreate(path) as file:
        for region in AMPLITUDES:
            total = np.zeros(4)
            for sample in ("sm", "other", *FACTORS):
                values = template(sample, region)
                scale = eval(FACTORS.get(sample, "1"), {}, dict(TRUTH))
                total += scale * values
                file[f"{region}/{sample}"] = th1(values, np.abs(values) / 50, EDGES)
                for side, sign in (("up", 1), ("down", -1)):
                    tilt = 1 + sign * 0.03 * np.linspace(-1, 1, 4)
                    varied = th1(values * tilt, np.abs(values) / 50, EDGES)
                    file[f"{region}/{sample}_jes_{side}"] = varied
            counts = random.poisson(total).astype(float)
            file[f"{region}/data"] = th1(counts, counts, EDGES)


def use_couplings(folder: Path) -> None:
    """Put this analysis in the place of the tiny one."""
    use_templates(folder, DOCUMENT, write_templates)


@pytest.fixture
def workspace(tiny):
    use_couplings(tiny)
    (built,) = build("signals")
    return built


@pytest.fixture
def reference(workspace):
    return PyhfFits(read_json("workspaces/signals.json"), "c1")


def test_factors_are_expressions_in_the_workspace(workspace):
    assert check_analysis.main([ANALYSIS]) == 0
    found = {
        modifier["name"]: modifier["data"]["expr"]
        for channel in read_json("workspaces/signals.json")["channels"]
        for sample in channel["samples"]
        for modifier in sample["modifiers"]
        if modifier["type"] == "customfunc"
    }
    assert found == FACTORS
    assert workspace.likelihood.pois == COUPLINGS
    assert workspace.likelihood.couplings == COUPLINGS


def test_interference_stays_negative(workspace):
    likelihood = workspace.likelihood
    place = likelihood.samples.index("linear_2")
    assert likelihood.expected_by_sample(likelihood.inits)[place].min() < 0


def test_check_model_takes_it(workspace):
    content = read_json("workspaces/signals.json")
    assert len(compare_with_pyhf("signals", content, workspace.likelihood)) == POINTS


def test_estimates_are_those_of_pyhf(workspace, reference):
    found = fit(workspace.likelihood)
    start = found.values.tolist()
    values, lowest = reference.fit(start=start)
    expected = reference.named(values)
    for name, value, error in zip(found.names, found.values, found.errors, strict=True):
        assert abs(value - expected[name]) < 1e-4 * error, name
    assert found.minus_two_log_likelihood == pytest.approx(lowest, abs=1e-6)
    for name, true in TRUTH.items():
        place = found.names.index(name)
        assert abs(found.values[place] - true) < 4 * found.errors[place]


def test_no_start_of_pyhf_finds_a_lower_minimum(workspace, reference):
    found = fit(workspace.likelihood)
    inits = reference.model.config.suggested_init()
    for signs in itertools.product((-1.5, -0.5, 0.5, 1.5), repeat=2):
        start = list(inits)
        for name, sign in zip(COUPLINGS, signs, strict=True):
            start[reference.model.config.par_slice(name).start] = sign
        assert reference.fit(start=start)[1] > found.minus_two_log_likelihood - 1e-6


def test_the_scan_of_a_coupling_is_that_of_pyhf(workspace, reference):
    scan = scan_workspace(workspace, ["c1"], {}, 9)
    best = fit(workspace.likelihood)
    lowest = best.minus_two_log_likelihood
    for point, rise in zip(scan.values[0], scan.observed.rise, strict=True):
        value = lowest_of(reference, {"c1": point}, best.values)
        assert rise == pytest.approx(value - lowest, abs=1e-3)


@pytest.mark.slow
def test_the_plane_of_both_is_that_of_pyhf(workspace, reference):
    scan = scan_workspace(workspace, COUPLINGS, {"c1": (-1, 1), "c2": (-1, 1)}, 5)
    best = fit(workspace.likelihood)
    for point, rise in zip(itertools.product(*scan.values), scan.observed.rise, strict=True):
        held = dict(zip(COUPLINGS, point, strict=True))
        value = lowest_of(reference, held, best.values)
        assert rise == pytest.approx(value - best.minus_two_log_likelihood, abs=1e-3)


def lowest_of(reference, held, values):
    """The lower minimum of pyhf from both signs of the couplings."""
    found = []
    for sign in (1, -1):
        start = np.array(values, dtype=float)
        place = reference.model.config.par_slice("c2").start
        start[place] *= sign
        found.append(reference.fit(held, start=start.tolist())[1])
    return min(found)


def test_significance_has_two_sides(workspace, reference):
    """An estimate below 0 counts as well."""
    (one,) = (item for item in measured([workspace]) if item.signal == "c2")
    found = significance(one.likelihood)
    assert found.best_fit < 0
    lowest = reference.fit(start=fit(workspace.likelihood).values.tolist())[1]
    without = reference.fit({"c2": 0.0}, start=fit(workspace.likelihood).values.tolist())[1]
    assert found.observed == pytest.approx(np.sqrt(without - lowest), rel=1e-3)
    assert found.observed_p_value == pytest.approx(2 * norm.sf(found.observed), rel=1e-9)


def test_a_second_minimum_is_told(tiny):
    """Without interference c and -c are the same."""
    use_couplings(tiny)

    def change(document):
        model = document["model"]
        model["poi"] = "c1"
        model["factors"] = {"square_1": {"expression": "c1**2", "samples": "square_1"}}
        model["free_normalizations"].pop("c2")
        for name in ("linear_1", "linear_2", "square_2", "cross"):
            document["samples"].pop(name)
        document["systematics"]["luminosity"]["samples"] = ["sm", "square_1"]
        document["systematics"]["jes"]["samples"] = ["sm", "square_1", "other"]
        document["scans"] = {}

    edit_analysis(tiny, change)
    (workspace,) = build("signals")
    likelihood = workspace.likelihood
    truth = likelihood.inits.copy()
    truth[likelihood.index["c1"]] = 1.2
    data = likelihood.asimov(truth)
    other = replace(workspace, likelihood=replace(likelihood, data=data))
    found = FitResult.of(fit_workspace(other))
    estimate = next(item.value for item in found.parameters if item.name == "c1")
    assert abs(estimate) == pytest.approx(1.2, abs=1e-5)
    (other,) = found.other_minima
    assert other.values["c1"] == pytest.approx(-estimate, rel=1e-4)
    assert other.rise == pytest.approx(0, abs=1e-6)
    assert any("another minimum at c1 = " in remark.text for remark in fit_remarks(found))


def test_hs3_is_refused(workspace, tmp_path, capsys):
    path = f"{RESULTS}/workspaces/signals.json"
    assert convert_workspace.main([path, str(tmp_path / "hs3.json")]) == 2
    assert "has factors that are functions of parameters" in capsys.readouterr().err
    assert not (tmp_path / "hs3.json").exists()


@pytest.mark.slow
def test_a_run_to_the_publication(project):
    use_couplings(project)
    done = snakemake(project, "all", "publish")
    assert done.returncode == 0, done.stdout
    folder = project / RESULTS
    fits = json.loads((folder / "fit.json").read_text(encoding="utf-8"))["fits"]
    assert fits["signals"]["pois"] == list(COUPLINGS)
    assert not (folder / "likelihood").exists()


def limits(document):
    document["limits"] = {}


def factor(**changes):
    return lambda document: document["model"]["factors"]["square_1"].update(changes)


MISTAKES = {
    "limits": (limits, "limits: c1 is no strength of a signal"),
    "unknown": (
        factor(expression="c3**2"),
        "model.factors.square_1.expression: 'c3' is not a free normalization; did you mean",
    ),
    "function": (
        factor(expression="sqrt(c1)"),
        "model.factors.square_1.expression: 'sqrt(c1)': a factor has numbers, parameters",
    ),
    "root": (
        factor(expression="c1**0.5"),
        "exponents are whole numbers up to 20; for a root, make the root the parameter",
    ),
    "sample": (
        factor(samples="squar_1"),
        "model.factors.square_1.samples: 'squar_1' is not a simulated sample; did you mean",
    ),
    "bounds": (
        lambda document: document["model"]["free_normalizations"]["c1"].pop("bounds"),
        "model.free_normalizations.c1: give bounds, as model.factors.linear_1 has it",
    ),
    "unused": (
        lambda document: document["model"]["free_normalizations"].update(c3={"bounds": [0, 1]}),
        "model.free_normalizations.c3: acts on nothing",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(tiny, name, capsys):
    use_couplings(tiny)
    change, message = MISTAKES[name]
    edit_analysis(tiny, change)
    assert check_analysis.main([ANALYSIS]) == 2
    assert message in capsys.readouterr().err
