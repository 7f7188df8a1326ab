"""Configurations of cabinetry, imported and run, against cabinetry on the same files."""

import runpy
import shutil
from pathlib import Path

import cabinetry
import hist
import numpy as np
import pytest
import uproot
import yaml
from check_analysis import main as check
from support.events.cabinetry_example import write_events
from support.oracles.cabinetry_example import modifiers
from support.products.imported_fits import import_tiny, workspace_of_tiny
from support.project.paths import clone, needs_clone
from support.tiny.analysis import ANALYSIS

from wollemi_likelihood.fit import fit, minos
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import significance, upper_limit

REPOSITORY = "scikit-hep/cabinetry"
EXAMPLE = clone(REPOSITORY)
HISTOGRAMS = """
General:
  Measurement: several regions
  POI: mu
  HistogramFolder: histograms/
  InputPath: "{SamplePath}.root:{RegionPath}/{VariationPath}"
  VariationPath: nominal
  Fixed: [{Name: lumi, Value: 0.3}]
Regions:
  - {Name: search, RegionPath: sr}
  - {Name: control, RegionPath: cr}
Samples:
  - {Name: observed, SamplePath: data, Data: true}
  - {Name: signal, SamplePath: sig, DisableStaterror: true, Regions: search}
  - {Name: top quark, SamplePath: top}
  - {Name: other, SamplePath: other}
NormFactors:
  - {Name: mu, Samples: signal, Nominal: 1, Bounds: [-2, 8]}
  - {Name: norm_top, Samples: top quark, Bounds: [0.2, 3]}
  - {Name: norm_other, Samples: other, Regions: [control], Nominal: 1}
Systematics:
  - {Name: lumi, Type: Normalization, Up: {Normalization: 0.05}, Down: {Normalization: -0.03}}
  - {Name: xsec, Type: Normalization, Samples: other, Regions: control,
     Up: {Normalization: -0.2}, Down: {Normalization: 0.1}}
  - {Name: jes, Type: NormPlusShape, Up: {VariationPath: jes_up}, Down: {VariationPath: jes_down}}
  - {Name: smooth, Type: NormPlusShape, Samples: [top quark, other], Up: {VariationPath: jes_down},
     Down: {Symmetrize: true}, Smoothing: {Algorithm: "353QH, twice"}}
  - {Name: shower, Type: NormPlusShape, Samples: top quark, Up: {SamplePath: alternative},
     Down: {Symmetrize: true}}
  - {Name: one, ModifierName: shared, Type: Normalization, Samples: signal,
     Up: {Normalization: 0.1}, Down: {Normalization: -0.1}}
  - {Name: two, ModifierName: shared, Type: Normalization, Samples: other,
     Up: {Normalization: 0.1}, Down: {Normalization: -0.1}}
"""
EVENTS = """
General: {Measurement: events, POI: mu, HistogramFolder: histograms/, InputPath: "{SamplePath}"}
Regions:
  - {Name: search, Variable: mass, Filter: "(n > 1) & (mass < 180)", Binning: [0, 60, 120, 180]}
  - {Name: control, Variable: pt / 2, Filter: "(n <= 1) | ~(mass < 180)", Binning: [0, 20, 40, 80]}
Samples:
  - {Name: data, SamplePath: data.root, Tree: t, Data: true}
  - {Name: signal, SamplePath: signal.root, Tree: t, Weight: w * 0.5}
  - {Name: background, SamplePath: [background_1.root, background_2.root], Tree: t, Weight: w}
NormFactors:
  - {Name: mu, Samples: signal, Nominal: 1, Bounds: [0, 10]}
Systematics:
  - {Name: weights, Type: NormPlusShape, Up: {Weight: w_up * w}, Down: {Weight: 0.9 * w}, Samples: background}
  - {Name: generator, Type: NormPlusShape, Samples: background, Up: {SamplePath: varied.root, Weight: 2 * w},
     Down: {Symmetrize: true}}
  - {Name: trees, Type: NormPlusShape, Samples: signal, Up: {Tree: up}, Down: {Tree: down}}
"""  # noqa: E501


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def theirs(path, collect):
    """The workspace that cabinetry builds."""
    config = cabinetry.configuration.load(path)
    config["General"]["HistogramFolder"] = "theirs"
    getattr(cabinetry.templates, collect)(config)
    cabinetry.templates.postprocess(config)
    return cabinetry.workspace.build(config)


def parameters(workspace):
    """Parameter → initial value, bounds, and whether it is fixed, of those that the file names."""
    config = workspace["measurements"][0]["config"]
    return config["poi"], {
        item["name"]: (item.get("bounds"), item.get("fixed", False))
        for item in config["parameters"]
        if "bounds" in item or "fixed" in item
    }


def same_models(ours, their_model):
    """Check that templates and modifiers are the same."""
    found = modifiers(ours)
    expected = {
        (region, sample.replace(" ", "_"), *key): values
        for (region, sample, *key), values in modifiers(their_model).items()
    }
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        np.testing.assert_allclose(found[key], values, rtol=1e-9, atol=1e-9, err_msg=str(key))
    observed = [
        {item["name"]: item["data"] for item in one["observations"]} for one in (ours, their_model)
    ]
    assert observed[0] == observed[1]


def write_histograms(folder):
    """Histograms of three samples, an alternative one, and data, with 12 bins in each region."""
    rng = np.random.default_rng(8)
    edges = np.linspace(0, 120, 13)
    totals = {"sig": 20, "top": 300, "alternative": 320, "other": 150}
    for sample, total in totals.items():
        with uproot.recreate(folder / f"{sample}.root") as file:
            for region in ("sr", "cr"):
                values = total * rng.uniform(0.8, 1.2, 12) * np.linspace(1.5, 0.5, 12)
                for variation, slope in {"nominal": 0, "jes_up": 0.1, "jes_down": -0.08}.items():
                    noise = (slope != 0) * rng.normal(0, 0.02, 12)
                    varied = values * (1 + slope * np.linspace(0.2, 1, 12) + noise)
                    histogram = hist.Hist.new.Variable(edges).Weight()
                    histogram[...] = np.stack([varied, varied / 4], axis=-1)
                    file[f"{region}/{variation}"] = histogram
    with uproot.recreate(folder / "data.root") as file:
        for region in ("sr", "cr"):
            file[f"{region}/nominal"] = np.floor(450 * np.linspace(1.5, 0.5, 12)), edges


def test_histograms_of_several_regions(folder):
    write_histograms(folder)
    Path("fit.yml").write_text(HISTOGRAMS)
    text, found = import_tiny(Path("fit.yml"))
    assert found.unsaid == ()
    assert check([ANALYSIS]) == 0
    ours, their_model = workspace_of_tiny(), theirs("fit.yml", "collect")
    same_models(ours, their_model)
    poi, held = parameters(ours)
    assert poi == parameters(their_model)[0]
    assert held["mu"] == ([[-2, 8]], False)
    assert held["norm_top"] == ([[0.2, 3]], False)
    assert held["norm_other"] == ([[0, 10]], False)  # of pyhf
    assert yaml.safe_load(text)["model"]["fixed"] == {"lumi": 0.3}


def write_trees(folder):
    rng = np.random.default_rng(4)

    def events(number):
        return {
            "mass": rng.gamma(4, 20, number),
            "pt": rng.gamma(3, 20, number),
            "n": rng.integers(0, 5, number),
            "w": rng.normal(0.4, 0.05, number),
            "w_up": rng.normal(1.1, 0.02, number),
        }

    numbers = {
        "background_1": 2000,
        "background_2": 1000,
        "varied": 1500,
        "signal": 400,
        "data": 1200,
    }
    for name, number in numbers.items():
        with uproot.recreate(folder / f"{name}.root") as file:
            for tree in ("t", "up", "down") if name == "signal" else ("t",):
                columns = events(number)
                file.mktree(tree, {key: values.dtype for key, values in columns.items()})
                file[tree].extend(columns)


def test_events_of_several_regions(folder):
    write_trees(folder)
    Path("fit.yml").write_text(EVENTS)
    _, found = import_tiny(Path("fit.yml"))
    assert found.unsaid == ()
    assert check([ANALYSIS]) == 0
    same_models(workspace_of_tiny(), theirs("fit.yml", "build"))


@needs_clone(REPOSITORY)
def test_the_example_to_its_limit(folder, record_property):
    """Fit, discovery significance and limit of config_example.yml."""
    shutil.copy(EXAMPLE / "config_example.yml", folder)
    (folder / "inputs").mkdir()
    write_events(folder / "inputs")
    _, found = import_tiny(Path("config_example.yml"))
    assert found.unsaid == ()
    assert check([ANALYSIS]) == 0
    ours, their_model = workspace_of_tiny(), theirs("config_example.yml", "build")
    same_models(ours, their_model)
    likelihood = Likelihood.from_workspace(ours)
    best = fit(likelihood)
    errors = minos(likelihood, best, ["Signal_norm"])["Signal_norm"]
    model, data = cabinetry.model_utils.model_and_data(their_model)
    fitted = cabinetry.fit.fit(model, data, minos="Signal_norm")
    down, up = fitted.minos_uncertainty["Signal_norm"]
    limit = cabinetry.fit.limit(model, data, poi_tolerance=1e-4)
    level = cabinetry.fit.significance(model, data)
    limits, levels = upper_limit(likelihood), significance(likelihood)
    pairs = {
        "mu": (
            best.values[likelihood.index["Signal_norm"]],
            fitted.bestfit[fitted.labels.index("Signal_norm")],
        ),
        "error_down": (errors.lower, down),
        "error_up": (errors.upper, up),
        "significance": (levels.observed, level.observed_significance),
        "expected_significance": (levels.expected, level.expected_significance),
        "limit": (limits.observed, limit.observed_limit),
        "expected_limit": (limits.expected[2], limit.expected_limit[2]),
    }
    record_property("found", {name: list(map(float, pair)) for name, pair in pairs.items()})
    for name, (our_number, their_number) in pairs.items():
        assert our_number == pytest.approx(their_number, rel=1e-3), name


@needs_clone(REPOSITORY)
def test_the_example_of_histograms(folder):
    """utils/config_histograms.yml, whose paths have other names than its regions."""
    shutil.copy(EXAMPLE / "utils/config_histograms.yml", folder)
    (folder / "inputs").mkdir()
    runpy.run_path(str(EXAMPLE / "utils/create_histograms.py"))["run"]("inputs")
    _, found = import_tiny(Path("config_histograms.yml"))
    assert found.unsaid == ()
    assert check([ANALYSIS]) == 0
    same_models(workspace_of_tiny(), theirs("config_histograms.yml", "collect"))
