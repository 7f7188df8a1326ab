"""An analysis with a background from data, its histograms drawn from known expectations; and its
model, written by hand.
"""

import copy
from pathlib import Path

import numpy as np

from support.tiny.analysis import put_analysis
from support.tiny.steps import RESULTS, run_step
from wollemi.histograms.histogram import edges_axis, from_sums, write_histograms

EDGES = (0.0, 1.0, 2.0, 3.0, 4.0)
AXES = {"x": edges_axis("x", EDGES, "x"), "one": edges_axis("one", (0.0, 4.0), "one")}
# Expected events of each bin, under- and overflow last of all zero.
QCD_CONTROL = np.array([400.0, 300.0, 200.0, 120.0])
FACTOR = 0.2
COUNTS = {"B": 300.0, "D": 1500.0}  # N_B / N_D = FACTOR
SIMULATED = {
    "SR": {"mc": [30.0, 40.0, 25.0, 10.0], "signal": [1.0, 4.0, 12.0, 20.0]},
    "control": {"mc": [40.0, 30.0, 20.0, 10.0], "signal": [0.5, 0.5, 1.0, 1.0]},
    "B": {"mc": [30.0], "signal": [1.0]},
    "D": {"mc": [50.0], "signal": [0.5]},
}
MC_WEIGHT = 0.1
FACTOR_UNCERTAINTY = 0.01
TRANSFER = {
    "transfer": {
        "from": "control",
        "factor": FACTOR,
        "factor_uncertainty": FACTOR_UNCERTAINTY,
        "subtract": ["mc"],
    }
}
ABCD = {"abcd": {"A": "SR", "B": "B", "C": "control", "D": "D", "subtract": ["mc"]}}


def document(estimate, form):
    """The analysis file as plain values."""
    role = "control" if form == "constraint" else "validation"
    names = ["SR", "control"] if "transfer" in estimate else list(SIMULATED)
    variables = {name: "x" if len(SIMULATED[name]["mc"]) > 1 else "one" for name in names}
    regions = {
        n: {"selection": f"r == {i}", "variable": variables[n], "role": role}
        for i, n in enumerate(names)
    }
    regions["SR"]["role"] = "signal"
    return {
        "name": "tiny",
        "title": "A background from data",
        "center_of_mass_tev": 13,
        "luminosity_ifb": 1.0,
        "datasets": {
            "data": {"files": ["data.root"]},
            **{
                name: {"files": [f"{name}.root"], "normalization": "none"}
                for name in ("mc", "signal")
            },
        },
        "samples": {
            "data": {"role": "data", "datasets": "data"},
            "qcd": {"role": "background", "estimate": copy.deepcopy(estimate) | {"as": form}},
            "mc": {"role": "background", "datasets": "mc"},
            "signal": {"role": "signal", "datasets": "signal"},
        },
        "variables": {
            "x": {"expression": "x", "edges": list(EDGES), "label": "x"},
            "one": {"expression": "x", "edges": [0, 4], "label": "x"},
        },
        "regions": regions,
        "systematics": {
            "mc_rate": {"kind": "normalization", "up": 1.1, "down": 0.9, "samples": ["mc"]},
            "mc_weight": {"kind": "weight", "up": "1", "down": "symmetrize", "samples": ["mc"]},
        },
        "model": {},
    }


def expected_qcd(region):
    """Events of the background in each bin of a region."""
    known = {"SR": FACTOR * QCD_CONTROL, "control": QCD_CONTROL}
    return known.get(region, np.array([COUNTS.get(region, 0.0)]))


def make_histograms(rng, signal_strength=0.0):
    """Dataset → histograms: data by Poisson, simulation with fluctuations of its weights."""
    made = {"data": {}, "mc": {}, "signal": {}}
    for region, simulated in SIMULATED.items():
        total = (
            expected_qcd(region)
            + np.array(simulated["mc"])
            + signal_strength * np.array(simulated["signal"])
        )
        variable = "x" if total.size > 1 else "one"
        made["data"][f"{region}/{variable}/nominal"] = histogram(variable, rng.poisson(total), 1.0)
        for sample in ("mc", "signal"):
            counts = rng.poisson(np.array(simulated[sample]) / MC_WEIGHT)
            made[sample][f"{region}/{variable}/nominal"] = histogram(variable, counts, MC_WEIGHT)
        nominal = made["mc"][f"{region}/{variable}/nominal"]
        tilt = 1 + 0.05 * np.arange(nominal.values(flow=True).size)
        made["mc"][f"{region}/{variable}/mc_weight_up"] = from_sums(
            AXES[variable], nominal.values(flow=True) * tilt, nominal.variances(flow=True)
        )
    return made


def histogram(variable, counts, weight):
    values = np.concatenate([[0.0], counts * weight, [0.0]])
    return from_sums(AXES[variable], values, values * weight)


PATHS = {name: f"{RESULTS}/histograms/{name}.json" for name in ("data", "mc", "signal", "qcd")}


def write_inputs(analysis, histograms):
    """Write the analysis and its histograms into the working folder."""
    put_analysis(analysis)
    Path(f"{RESULTS}/histograms").mkdir(parents=True, exist_ok=True)
    for name, content in histograms.items():
        write_histograms(Path(PATHS[name]), content)


def estimate_background():
    """Run `estimate_background`."""
    outputs = {
        "estimate": PATHS["qcd"],
        "cutflow": f"{RESULTS}/cutflow/qcd.json",
        "record": f"{RESULTS}/records/qcd.json",
    }
    return run_step(
        "estimate_background", dataset="qcd", histograms=[PATHS["data"], PATHS["mc"]], **outputs
    )


def run_programs(analysis, histograms):
    """Estimate, build, fit."""
    write_inputs(analysis, histograms)
    assert estimate_background() == 0
    histograms, workspaces = list(PATHS.values()), [f"{RESULTS}/workspaces/signal.json"]
    assert run_step("build_workspace", histograms=histograms, workspaces=workspaces) == 0
    assert run_step("fit_model", workspaces=workspaces, fit=f"{RESULTS}/fit.json") == 0
