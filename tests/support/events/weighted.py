"""Small files of simulated events in the usual layouts, each with a weight of a given name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pyarrow
import pyarrow.csv
import pyarrow.parquet
import uproot

from support.tiny.events import write_root
from wollemi_likelihood.base.arrays import Floats

EVENTS = 400
# Content of a weight → its values (events,).
CONTENTS: dict[str, Callable[[np.random.Generator], Floats]] = {
    "constant": lambda random: np.full(EVENTS, 0.0125),
    "generated": lambda random: np.where(random.random(EVENTS) < 0.2, -1.0, 1.0),
    "one size": lambda random: np.where(random.random(EVENTS) < 0.1, -36.7, 36.7),
    "corrected": lambda random: random.normal(1.0, 0.3, EVENTS) * 0.02,
    "unity": lambda random: np.ones(EVENTS),
}


def kinematics(random: np.random.Generator) -> dict[str, Any]:
    """Quantities that are not weights, although some have negative values or one size."""
    return {
        "mass": random.normal(91.2, 8.0, EVENTS),
        "met": random.exponential(30.0, EVENTS),
        "eta": random.normal(0.0, 1.5, EVENTS),
        "phi": random.uniform(-np.pi, np.pi, EVENTS),
        "charge": random.choice([-1.0, 1.0], EVENTS),
        "helicity": random.choice([-0.5, 0.5], EVENTS),
        "quark_charge": random.choice([-1 / 3, 1 / 3], EVENTS).astype(np.float32),
        "bdt": random.uniform(-1.0, 1.0, EVENTS),
        "field": np.full(EVENTS, 3.8),
        "channel": np.full(EVENTS, 410470),
        "unset": random.choice([-999.0, 999.0], EVENTS),
        "puWeight": random.normal(1.0, 0.1, EVENTS),
        "weight_leptonSF": random.normal(1.0, 0.1, EVENTS),
        "weight_up": random.normal(1.0, 0.1, EVENTS),
        "sumWeights": np.full(EVENTS, 1234.5),
        "nWeights": np.full(EVENTS, 9),
    }


def _one_each(values: Floats) -> ak.Array:
    return ak.unflatten(ak.Array(values), 1)


def _flat(path: Path, name: str, weights: Floats, more: dict[str, Any]) -> str:
    write_root(path, {**more, name: weights}, "ntuple")
    return name


def _lists(path: Path, name: str, weights: Floats, more: dict[str, Any]) -> str:
    """Leptons as vectors, and several weights of an event, of which the first counts."""
    several = np.stack([weights, 1.1 * weights, 0.9 * weights], axis=1)
    jets = ak.unflatten(ak.Array(np.ones(3 * EVENTS)), 3)
    columns = {**more, name: ak.from_regular(ak.Array(several)), "jet_weight": jets}
    write_root(path, columns, "ntuple")
    return f"{name}[0]"


def _delphes(path: Path, name: str, weights: Floats, more: dict[str, Any]) -> str:
    several = ak.from_regular(ak.Array(np.stack([weights, 2 * weights], axis=1)))
    events = {name: _one_each(weights) for name in ("Event.Weight", "EventLHEF.Weight")}
    columns = {**more, **events, "Weight.Weight": several}
    write_root(path, columns, "Delphes")
    return "Event_Weight[0]"


def _edm4hep(path: Path, name: str, weights: Floats, more: dict[str, Any]) -> str:
    particles = _one_each(np.ones(EVENTS))  # that a vertex is associated with
    columns = {"EventHeader.weight": _one_each(weights), "PrimaryVertices.weight": particles}
    write_root(path, {**more, **columns}, "events")
    return "EventHeader_weight[0]"


def _nanoaod(path: Path, name: str, weights: Floats, more: dict[str, Any]) -> str:
    numbers = np.arange(EVENTS)
    also = {"Generator_weight": weights, "LHEWeight_originalXWGTUP": 3 * weights}
    scales = ak.from_regular(ak.Array(np.ones((EVENTS, 9))))
    columns = {**more, "genWeight": weights, **also, "LHEScaleWeight": scales}
    write_root(path, {"run": numbers, "event": numbers, **columns}, "Events")
    return "genWeight"


def _physlite(path: Path, name: str, weights: Floats, more: dict[str, Any]) -> str:
    several = ak.from_regular(ak.Array(np.stack([weights, 2 * weights], axis=1)))
    in_mev = {key: 1000 * more[key] for key in ("mass", "met")}
    columns = {f"EventInfoAuxDyn:{key}": item for key, item in {**more, **in_mev}.items()}
    with uproot.recreate(path) as file:
        file.mkrntuple("EventData", {**columns, "EventInfoAuxDyn:mcEventWeights": several})
    return "genWeight"


def _parquet(path: Path, name: str, weights: Floats, more: dict[str, Any]) -> str:
    pyarrow.parquet.write_table(pyarrow.table({**more, name: weights}), path)
    return name


def _csv(path: Path, name: str, weights: Floats, more: dict[str, Any]) -> str:
    pyarrow.csv.write_csv(pyarrow.table({**more, name: weights}), path)
    return name


# Layout → suffix, and what writes a file and returns the weight as an analysis file has it.
Writer = Callable[[Path, str, Floats, dict[str, Any]], str]
LAYOUTS: dict[str, tuple[str, Writer]] = {
    "flat": (".root", _flat),
    "lists": (".root", _lists),
    "delphes": (".root", _delphes),
    "edm4hep": (".root", _edm4hep),
    "nanoaod": (".root", _nanoaod),
    "physlite": (".root", _physlite),
    "parquet": (".parquet", _parquet),
    "csv": (".csv", _csv),
}
# Names of their own are found in these layouts alone.
NAMED = ("flat", "lists", "parquet", "csv")
NAMES = (
    *("genWeight", "mcWeight", "eventWeight", "weight", "weight_total", "Weight", "EventWeight"),
    *("totalEventWeight", "mcEventWeights", "mc_eventweight", "evtWgt", "w", "evt_w", "wt"),
)
