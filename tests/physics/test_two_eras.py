"""Two eras in one analysis, through the real programs: the workspace equals one written by hand,
the fit that of pyhf.
"""

import json
from pathlib import Path

import numpy as np
import pyhf
import pytest
from support.tiny.analysis import working
from support.tiny.events import write_root
from support.tiny.steps import RESULTS, build_workspace, process, read_json, run_step

LUMINOSITY = {2017: 0.4, 2018: 0.6}
CROSS_SECTION_PB = {
    "w": {2017: 1.5, 2018: 1.4},
    "z": {2018: 0.5},
    "signal": {2017: 0.3, 2018: 0.35},
}
ENTRIES = 500
EDGES = np.array([20.0, 40.0, 60.0, 100.0])
SYSTEMATICS = {
    "lumi_{era}": {
        "up": {2017: 1.02, 2018: 1.03},
        "down": {2017: 0.98, 2018: 0.97},
        "samples": ["w", "z", "signal"],
    },
    "lumi": {
        "up": {2017: 1.01, 2018: 1.02},
        "down": {2017: 0.99, 2018: 0.98},
        "samples": ["w", "signal"],
    },
    "xsec_{sample}": {"up": 1.1, "down": 0.9, "samples": ["w", "z"]},
    "early": {"up": 1.05, "down": 0.95, "samples": ["w", "z"], "eras": [2017], "regions": ["CR"]},
}
SHAPES = {
    "jes_{era}": {
        "kind": "object",
        "object": "jet",
        "up": {"pt": "pt * 1.05"},
        "down": "symmetrize",
        "samples": ["w", "signal"],
    },
    "fake_{region}": {
        "kind": "weight",
        "up": "1 + 0.002 * jet[0].pt",
        "down": "1 - 0.002 * jet[0].pt",
        "samples": "w",
    },
    "pileup": {
        "kind": "weight",
        "up": {2017: "1.1", 2018: "1 + 0.1 * tag"},
        "down": {2017: "0.9", 2018: "1 - 0.1 * tag"},
        "samples": ["w", "z"],
    },
}
DATASETS = {
    f"{sample}_{era}": (sample, era) for sample, eras in CROSS_SECTION_PB.items() for era in eras
}


def document():
    simulated = {
        name: {
            "files": [f"input/{name}.root"],
            "era": era,
            "weight": "genWeight",
            "cross_section_pb": CROSS_SECTION_PB[sample][era],
        }
        for name, (sample, era) in DATASETS.items()
    }
    data = {f"data_{era}": {"files": [f"input/data_{era}.root"], "era": era} for era in LUMINOSITY}
    samples = {
        name: {"role": "background", "datasets": [f"{name}_{era}" for era in eras]}
        for name, eras in CROSS_SECTION_PB.items()
    }
    samples["signal"]["role"] = "signal"
    return {
        "name": "tiny",
        "title": "Two eras",
        "center_of_mass_tev": 13,
        "luminosity_ifb": LUMINOSITY,
        "datasets": simulated | data,
        "samples": samples | {"data": {"role": "data", "datasets": list(data)}},
        "objects": {"jet": {"collection": "Jet", "mass_gev": 0, "cuts": "pt > 20"}},
        "skim": {"selection": "count(jet) > 0"},
        "variables": {
            "pt": {"expression": "jet[0].pt", "edges": EDGES.tolist(), "label": "pt", "unit": "GeV"}
        },
        "regions": {
            "SR": {"selection": "count(jet) > 0 and tag == 1", "variable": "pt"},
            "CR": {"selection": "count(jet) > 0 and tag == 0", "variable": "pt", "role": "control"},
        },
        "systematics": {
            name: {"kind": "normalization", **item} for name, item in SYSTEMATICS.items()
        }
        | SHAPES,
        "model": {},
    }


def make_events(sample, number, rng):
    """Branches of a dataset's events: one jet, and whether it is tagged."""
    scale = {"w": 20, "z": 30, "signal": 60}[sample]
    pt = (15 + rng.exponential(scale, number)).astype(np.float32)
    return {
        "Jet_pt": pt[:, None],
        "Jet_eta": np.zeros((number, 1), np.float32),
        "Jet_phi": np.zeros((number, 1), np.float32),
        "tag": (rng.random(number) < {"w": 0.3, "z": 0.5, "signal": 0.9}[sample]).astype(np.int32),
        "genWeight": rng.normal(1, 0.2, number),
    }


@pytest.fixture(scope="module")
def events():
    """Dataset → branches."""
    rng = np.random.default_rng(5)
    made = {name: make_events(sample, ENTRIES, rng) for name, (sample, _) in DATASETS.items()}
    for era, luminosity in LUMINOSITY.items():
        parts = [
            make_events(sample, rng.poisson(xsec[era] * luminosity * 1000), rng)
            for sample, xsec in CROSS_SECTION_PB.items()
            if era in xsec
        ]
        made[f"data_{era}"] = {
            name: np.concatenate([part[name] for part in parts]) for name in parts[0]
        }
        del made[f"data_{era}"]["genWeight"]
    return made


@pytest.fixture(scope="module")
def results(events, tmp_path_factory):
    with working(tmp_path_factory.mktemp("eras"), document()):
        for name, branches in events.items():
            jagged = {
                key: [list(row) for row in values] if values.ndim == 2 else values
                for key, values in branches.items()
            }
            write_root(Path(f"input/{name}.root"), jagged)
        for name in events:
            process(name)
        assert build_workspace(signals=["signal"]) == 0
        workspaces = [f"{RESULTS}/workspaces/signal.json"]
        assert run_step("fit_model", workspaces=workspaces, fit=f"{RESULTS}/fit.json") == 0
        return {
            "workspace": read_json("workspaces/signal.json"),
            "fit": read_json("fit.json"),
            "histograms": {name: list(read_json(f"histograms/{name}.json")) for name in events},
        }


class Hand:
    """Templates from the events, by numpy alone."""

    def __init__(self, events):
        self._events = events

    def bins(self, dataset, tag, scale=1.0, factor=None):
        """Bin contents and sums of squared weights of a dataset in a region."""
        branches = self._events[dataset]
        pt = branches["Jet_pt"][:, 0].astype(np.float64) * scale
        weights = branches.get("genWeight", np.ones(len(pt)))
        if dataset in DATASETS:
            sample, era = DATASETS[dataset]
            weights = weights * (
                CROSS_SECTION_PB[sample][era] * LUMINOSITY[era] * 1000 / weights.sum()
            )
        if factor is not None:
            weights = weights * factor(pt, branches["tag"])
        passed = (branches["tag"] == tag) & (pt > 20)
        return [
            np.histogram(pt[passed], EDGES, weights=weights[passed] ** power)[0] for power in (1, 2)
        ]

    def sample(self, sample, tag, scale=None, factor=None):
        """Sum over eras; `scale` and `factor` are by era."""
        eras = CROSS_SECTION_PB[sample]
        parts = [
            self.bins(f"{sample}_{era}", tag, (scale or {}).get(era, 1.0), (factor or {}).get(era))
            for era in eras
        ]
        return np.sum(parts, axis=0)


def constant(value):
    return lambda pt, tag: value


def both(name, nominal, up, down):
    """Yield and shape of a systematic."""
    hi, lo = up.sum() / nominal.sum(), down.sum() / nominal.sum()
    return [
        {"name": name, "type": "normsys", "data": {"hi": hi, "lo": lo}},
        {"name": name, "type": "histosys", "data": {"hi_data": up / hi, "lo_data": down / lo}},
    ]


def mirrored(name, nominal, up):
    hi = up.sum() / nominal.sum()
    shape = up / hi
    return [
        {"name": name, "type": "normsys", "data": {"hi": hi, "lo": 2 - hi}},
        {
            "name": name,
            "type": "histosys",
            "data": {"hi_data": shape, "lo_data": 2 * nominal - shape},
        },
    ]


def normsys(name, hi, lo):
    return [{"name": name, "type": "normsys", "data": {"hi": hi, "lo": lo}}]


def by_hand(events):
    """The workspace, systematic by systematic."""
    hand, channels, observations = Hand(events), [], []
    for region, tag in (("SR", 1), ("CR", 0)):

        def varied(sample, up, down, tag=tag, hand=hand):
            return [
                hand.sample(sample, tag, factor={e: constant(f) for e, f in side.items()})[0]
                for side in (up, down)
            ]

        def fake(sign):
            return dict.fromkeys(LUMINOSITY, lambda pt, tagged: 1 + sign * 0.002 * pt)

        def pileup(sign):
            return {
                2017: constant(1 + sign * 0.1),
                2018: lambda pt, tagged: 1 + sign * 0.1 * tagged,
            }

        samples = []
        for name in CROSS_SECTION_PB:
            nominal, squares = hand.sample(name, tag)
            modifiers = [
                {"name": f"staterror_{region}", "type": "staterror", "data": np.sqrt(squares)}
            ]
            if name == "signal":
                modifiers.append({"name": "mu", "type": "normfactor", "data": None})
            if name == "z":  # of one era: factors on all of it
                modifiers += normsys("lumi_2018", 1.03, 0.97) + normsys("xsec_z", 1.1, 0.9)
                ups = [hand.sample("z", tag, factor=pileup(sign))[0] for sign in (1, -1)]
                modifiers += both("pileup", nominal, *ups)
            else:
                modifiers += both("lumi_2017", nominal, *varied(name, {2017: 1.02}, {2017: 0.98}))
                modifiers += both("lumi_2018", nominal, *varied(name, {2018: 1.03}, {2018: 0.97}))
                modifiers += both(
                    "lumi",
                    nominal,
                    *varied(name, {2017: 1.01, 2018: 1.02}, {2017: 0.99, 2018: 0.98}),
                )
                for era in LUMINOSITY:
                    modifiers += mirrored(
                        f"jes_{era}", nominal, hand.sample(name, tag, scale={era: 1.05})[0]
                    )
            if name == "w":
                modifiers += normsys("xsec_w", 1.1, 0.9)
                if region == "CR":
                    modifiers += both("early", nominal, *varied("w", {2017: 1.05}, {2017: 0.95}))
                modifiers += both(
                    f"fake_{region}",
                    nominal,
                    *(hand.sample("w", tag, factor=fake(sign))[0] for sign in (1, -1)),
                )
                modifiers += both(
                    "pileup",
                    nominal,
                    *(hand.sample("w", tag, factor=pileup(sign))[0] for sign in (1, -1)),
                )
            samples.append({"name": name, "data": nominal, "modifiers": modifiers})
        channels.append({"name": region, "samples": samples})
        observed = sum(hand.bins(f"data_{era}", tag)[0] for era in LUMINOSITY)
        observations.append({"name": region, "data": observed})
    parameters = [{"name": "mu", "inits": [1.0], "bounds": [[0.0, 10.0]]}]
    measurement = {"name": "tiny", "config": {"poi": "mu", "parameters": parameters}}
    return {
        "version": "1.0.0",
        "channels": channels,
        "observations": observations,
        "measurements": [measurement],
    }


def numbers(workspace):
    """Place in the workspace → numbers."""
    found = {
        (item["name"], "observed"): np.asarray(item["data"]) for item in workspace["observations"]
    }
    for channel in workspace["channels"]:
        for sample in channel["samples"]:
            found[channel["name"], sample["name"]] = np.asarray(sample["data"])
            for modifier in sample["modifiers"]:
                data = (
                    modifier["data"] or {}
                    if not isinstance(modifier["data"], (list, np.ndarray))
                    else {"": modifier["data"]}
                )
                place = (channel["name"], sample["name"], modifier["name"], modifier["type"])
                found |= {(*place, key): np.asarray(value) for key, value in data.items()} | {
                    place: np.zeros(0)
                }
    return found


def test_each_dataset_has_the_variations_of_its_era(results):
    found = {
        name: {h.split("/")[2] for h in names} for name, names in results["histograms"].items()
    }
    shared = {"nominal", "fake_region_up", "fake_region_down", "pileup_up", "pileup_down"}
    assert found["data_2017"] == {"nominal"}
    assert found["w_2017"] == {*shared, "jes_2017_up"}
    assert found["w_2018"] == {*shared, "jes_2018_up"}
    assert found["z_2018"] == {"nominal", "pileup_up", "pileup_down"}
    assert found["signal_2017"] == {"nominal", "jes_2017_up"}


def test_the_workspace_is_the_one_written_by_hand(events, results):
    ours, theirs = numbers(results["workspace"]), numbers(by_hand(events))
    assert ours.keys() == theirs.keys()
    for place, value in theirs.items():
        np.testing.assert_allclose(ours[place], value, rtol=1e-12, err_msg=str(place))


def test_the_fit_is_that_of_pyhf(events, results):
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-6, strategy=2))
    plain = json.loads(json.dumps(by_hand(events), default=lambda array: array.tolist()))
    workspace = pyhf.Workspace(plain)
    model = workspace.model()
    values, uncertainties = pyhf.infer.mle.fit(
        workspace.data(model), model, return_uncertainties=True
    ).T
    ours = {item["name"]: item for item in results["fit"]["fits"]["signal"]["parameters"]}
    for name, value, uncertainty in zip(model.config.par_names, values, uncertainties, strict=True):
        assert ours[name]["value"] == pytest.approx(value, abs=0.01 * uncertainty), name
        assert ours[name]["error"] == pytest.approx(uncertainty, rel=0.02), name
