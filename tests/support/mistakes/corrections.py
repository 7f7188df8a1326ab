"""Mistakes with corrections and with weights of generators."""

from functools import partial
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot

from support.events.correction_files import use_corrections, write_all
from support.events.weight_sets import read_events, use_weight_sets
from support.mistakes.inputs import SIMULATION
from support.tiny.analysis import edit_analysis
from support.tiny.events import write_root
from support.tiny.mistakes import Run, check_run, set_value, skim_run
from support.tiny.steps import RESULTS, fill, run_step
from wollemi.histograms.histogram import edges_axis, from_sums, write_histograms


def _use() -> None:
    write_all(Path.cwd())
    edit_analysis(Path.cwd(), use_corrections)


def correction_calls() -> Run:
    _use()
    set_value("corrections", "scale", "inputs", value={"eta": 1, "pt": 3, "what": "nominal"})
    set_value(
        "corrections",
        "pileup",
        "variations",
        "up",
        value={"weigths": "up", "NumTrueInteractions": 1},
    )
    set_value("weights", "muon_id", "factor", value="prod(correction.muon_ID.up(muon.pt))")
    set_value("weights", "pileup", "factor", value="correction.pileup.upp(Pileup_nTrueInt, 1)")
    set_value("weights", "pileup", "samples", value=["data", "dy_"])
    set_value(
        "objects",
        "muon",
        "cuts",
        value="correction.muon_id.central(abs(eta), pt) > correct.muon_id(eta)",
    )
    set_value("objects", "loose", value={"select": "muon", "calibrate": {"pt": "2 * pt"}})
    return check_run


def correction_eras() -> Run:
    _use()
    set_value("luminosity_ifb", value={"2017": 0.1, "2018": 0.1})
    for dataset, era in (
        ("data", 2017),
        ("dy_low", 2017),
        ("dy_high", 2018),
        ("dy_alternative", 2018),
        ("signal_200", 2017),
    ):
        set_value("datasets", dataset, "era", value=era)
    set_value("datasets", "signal_300", "era", value=2018)
    set_value("corrections", "scale", "correction", value={"simulation": "Scale"})
    set_value("corrections", "pileup", "file", value={"2017": "corrections/pileup.json"})
    return check_run


def correction_files() -> Run:
    _use()
    set_value("corrections", "pileup", "file", value="corrections/pile-up.json")
    set_value("corrections", "muon_id", "variations", "down", value={"scale_factors": "sysdown"})
    set_value("corrections", "scale", "correction", value="Scales")
    return check_run


def correction_out_of_bins() -> Run:
    _use()
    set_value("weights", "pileup", "factor", value="correction.pileup(Pileup_nTrueInt - 9)")
    assert skim_run()() == 0
    return partial(fill, "dy_high")


def events_without_weights() -> Run:
    use_weight_sets(Path.cwd())
    branches = read_events(SIMULATION)
    counts = np.full(len(branches["run"]), 9)
    counts[[7, 30]] = [0, 8]
    branches["LHEScaleWeight"] = ak.unflatten(np.ones(counts.sum()), counts)
    write_root(SIMULATION, branches)
    return skim_run()


def vanishing_nominal_weight() -> Run:
    use_weight_sets(Path.cwd())
    branches = read_events(SIMULATION)
    weights = np.ones((len(branches["run"]), 9))
    weights[11, 4] = 0
    write_root(SIMULATION, branches | {"LHEScaleWeight": ak.from_regular(ak.Array(weights))})
    return skim_run()


def one_weight_an_event() -> Run:
    use_weight_sets(Path.cwd(), weights="genWeight")
    return skim_run()


def measured_corrections() -> Run:
    """Measurements of what cannot be measured."""
    wrong: dict[str, dict[str, Any]] = {
        "id": {"object": "muons", "samples": ["data"], "axes": {"pt": [20, 50, 30]}},
        "trigger": {"probe": "muon[0].pt > 30", "weights": ["pile_up"], "pass": "MET_pt > and"},
        "high": {"samples": ["signal_300"], "pass": "MET_pt > 50"},
    }
    set_value("corrections", value={})
    for name, item in wrong.items():
        set_value("corrections", name, value={"measured": EFFICIENCY | item})
    ratio = EFFICIENCY | {"kind": "scale_factor", "object": "muon"}
    mass = {"window": [60, 120], "sidebands": [[40, 65], [120, 140]]}
    set_value("corrections", "ratio", value={"measured": ratio | {"data": "dy_low", "mass": mass}})
    fake = {"kind": "fake_rate", "data": "dy_low", "axes": {"pt": {"expression": "pt"}}}
    set_value("corrections", "fake", value={"measured": ratio | fake})
    weight = {"kind": "pileup", "samples": "dy", "axes": {"Pileup_nTrueInt": {"bins": [10, 40, 0]}}}
    given = {"file": "corrections/pileup.root"}
    target = {"target": {"nominal": given, "up": given}, "data": "data"}
    set_value("corrections", "pileup", value={"measured": weight | target})
    set_value("corrections", "given", value={"measured": EFFICIENCY, "file": "corrections/id.json"})
    set_value("corrections", "nothing", value={"variations": {"up": {"scale": "up"}}})
    return check_run


def measured_by_era() -> Run:
    """Maps of eras that the datasets do not have."""
    changes: dict[str, dict[str, Any]] = {
        "id": {"by_era": True},
        "met": {"by_era": True, "era": 2018},
        "late": {"era": 2016},
    }
    measured = EFFICIENCY | {"object": "muon"}
    corrections = {name: {"measured": measured | item} for name, item in changes.items()}
    set_value("corrections", value=corrections)
    return check_run


def pileup_targets() -> Run:
    """Distributions of data that are not as the weights need them."""
    for name, values in {"data.root": np.ones(8), "negative.root": np.array([3.0, -1, 2])}.items():
        with uproot.recreate(name) as file:
            file["pileup"] = values, np.linspace(0, 40, values.size + 1)
    Path("other.json").write_text("pileup")
    targets: dict[str, dict[str, Any]] = {
        "name": {"file": "data.root", "histogram": "pile_up"},
        "bins": {"file": "data.root"},
        "sign": {"file": "negative.root"},
        "form": {"file": "other.json"},
        "gone": {"file": "nowhere.root"},
    }
    axes = {"nTrueInt": {"expression": "Pileup_nTrueInt", "bins": [20, 0, 40]}}
    weight = {"kind": "pileup", "samples": "dy", "axes": axes}
    set_value("corrections", value={})
    for name, item in targets.items():
        measured = weight | {"target": {"nominal": item}}
        set_value("corrections", name, value={"measured": measured})
    return check_run


def pileup_without_data() -> Run:
    """A distribution of data beside the bins of the weights."""
    with uproot.recreate("data.root") as file:
        file["pileup"] = np.array([0.0, 0, 5]), np.array([0.0, 20, 40, 60])
    measured = {
        "kind": "pileup",
        "samples": "dy",
        "axes": {"Pileup_nTrueInt": [0, 20, 40]},
        "target": {"nominal": {"file": "data.root"}},
    }
    set_value("corrections", value={"pileup": {"measured": measured}})
    path = Path("dy_low_pileup.json")
    sums = np.array([0.0, 3, 4, 0])
    axis = edges_axis("pileup", [0.0, 20, 40])
    write_histograms(path, {"pileup/pileup/nominal": from_sums(axis, sums, sums)})
    return partial(
        run_step,
        "measure_correction",
        correction="pileup",
        histograms=path,
        target="data.root",
        map=f"{RESULTS}/corrections/pileup.json",
        record=f"{RESULTS}/records/measure_correction/pileup.json",
    )


def measured_with_itself() -> Run:
    """The weight of the probes, and that of the events, need what is measured."""
    measured = EFFICIENCY | {"object": "muon", "weights": ["tracks"]}
    second = EFFICIENCY | {"axes": {"MET_pt": [0, 50, 500]}, "pass": "MET_phi > 0"}
    corrections = {"id": measured, "met": second | {"weights": ["id"]}}
    set_value("corrections", value={name: {"measured": item} for name, item in corrections.items()})
    set_value("objects", "muon", "fields", value={"good": "correction.id(pt)"})
    set_value(
        "weights",
        value={
            "id": {"factor": "prod(muon.good)", "samples": ["dy"]},
            "tracks": {"factor": "correction.met(MET_pt)", "samples": ["dy"]},
        },
    )
    return check_run


EFFICIENCY: dict[str, Any] = {
    "kind": "efficiency",
    "samples": ["dy"],
    "pass": "charge > 0",
    "axes": {"pt": [20.0, 50.0, 500.0]},
}
