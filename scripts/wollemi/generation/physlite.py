"""Generated events in the format of ATLAS DAOD_PHYSLITE: auxiliary containers in an RNTuple, with
energies in MeV.
"""

from typing import Any

import awkward as ak
import numpy as np

from wollemi.inputs.schemas import physlite_branch
from wollemi_engine.expressions.names import is_energy

TREE = "EventData"
MEV_PER_GEV = np.float32(1000)


def physlite_columns(events: ak.Array) -> dict[str, ak.Array]:
    """Fields of the RNTuple.

    ASSUME: PHYSLITE of generated events holds the final missing momentum as the container
        `AnalysisMET`; real files hold its soft
    term only.

    Args:
        events: Records (events,) under NanoAOD's names: numbers of the event, or collections as
            records (events, var); energies in GeV.

    Returns:
        Field (`AnalysisMuonsAuxDyn:pt` …) → values (events,) or (events, var); energies in MeV.
    """
    columns: dict[str, ak.Array] = {}
    for name in events.fields:
        values = events[name]
        collection, _, field = name.rpartition("_")
        if values.fields:
            columns |= {
                physlite_branch(name, item): _in_mev(item, values[item])
                for item in _stored_fields(name, values)
            }
        elif field == "pt" and f"{collection}_phi" in events.fields:
            columns |= _vector(collection, values, events[f"{collection}_phi"])
        elif name == "genWeight":
            columns["EventInfoAuxDyn:mcEventWeights"] = _one_each(values)
        elif not (field == "phi" and f"{collection}_pt" in events.fields):
            columns[physlite_branch(None, name)] = _in_mev(name, values)
    return columns


def _stored_fields(collection: str, values: Any) -> list[str]:
    """Stored fields: muons have no mass in PHYSLITE."""
    return [field for field in values.fields if (collection, field) != ("Muon", "mass")]


def _vector(collection: str, pt: ak.Array, phi: ak.Array) -> dict[str, ak.Array]:
    """Missing momentum as the components of its only, final term."""
    components = {"mpx": pt * np.cos(phi), "mpy": pt * np.sin(phi)}
    return {
        physlite_branch(collection, name): _one_each(_in_mev(name, values))
        for name, values in components.items()
    }


def _in_mev(name: str, values: ak.Array) -> ak.Array:
    return values * MEV_PER_GEV if is_energy(name) and "float" in str(values.type) else values


def _one_each(values: ak.Array) -> ak.Array:
    """Lists of variable length, shape (events, 1)."""
    return ak.from_regular(values[:, np.newaxis])
