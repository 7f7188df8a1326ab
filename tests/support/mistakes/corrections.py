"""Mistakes with corrections and with weights of generators."""

from collections.abc import Callable
from functools import partial
from inspect import isfunction
from pathlib import Path

import awkward as ak
import numpy as np

from support.events.correction_files import use_corrections, write_all
from support.events.weight_sets import SYSTEMATICS, read_events, use_weight_sets
from support.mistakes.inputs import SIMULATION
from support.tiny.analysis import edit_analysis
from support.tiny.events import write_root
from support.tiny.mistakes import Run, check_run, set_value, skim_run
from support.tiny.steps import fill


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


def member_numbers() -> Run:
    set_value(
        "systematics",
        "pdf",
        value=SYSTEMATICS["pdf"] | {"members": ["10-1", 12, 12], "method": "hessian_asymmetric"},
    )
    set_value(
        "systematics",
        "scale",
        value=SYSTEMATICS["scale"] | {"samples": ["dyy"], "weights": "LHEScaleWeight["},
    )
    return check_run


CASES: dict[str, Callable[[], Run]] = {
    name: item
    for name, item in list(vars().items())
    if isfunction(item) and item.__module__ == __name__ and name[0] != "_"
}
