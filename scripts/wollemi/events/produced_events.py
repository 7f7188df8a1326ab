"""Number of events produced before a file was skimmed, and their sum of weights, as recorded in the
file itself.

NanoAOD has the tree `Runs`, PHYSLITE the `CutBookkeepers` in its tree `MetaData`. A skim leaves
both unchanged.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from wollemi.analysis.models.datasets import Dataset
from wollemi.base.numbers import plain_number
from wollemi.events.account import Produced
from wollemi.inputs.root_trees import open_root, reading
from wollemi.inputs.tables import TABLES

LOGGER = logging.getLogger("wollemi")
# Set of weights → name of their sums in `Runs`, in units of genEventSumw.
MEMBER_SUMS = {
    f"{kind}Weight": f"{kind}Sumw" for kind in ("LHEScale", "LHEPdf", "LHEReweighting", "PS")
}
BOOKKEEPER = re.compile(r"(?:.*/)?CutBookkeepersAux[.:]+(?P<field>\w+)")
BOOKKEEPER_FIELDS = (
    "name",
    "inputStream",
    "cycle",
    "nAcceptedEvents",
    "sumOfEventWeights",
    "sumOfEventWeightsSquared",
)


def is_asked(dataset: Dataset, is_data: bool) -> bool:
    """Whether the files of a dataset may record this: files that the workflow generates are whole,
    data have no weights.
    """
    return not is_data and dataset.generate is None and dataset.event_schema in _READERS


def read_produced(path: Path, schema: str) -> Produced | None:
    """What a file records of the events before any skim.

    Args:
        path: the file.
        schema: `nanoaod` or `physlite`.

    Returns:
        The record; None if there is none.

    Raises:
        WollemiError: it cannot be read.
    """
    if path.suffix in TABLES:
        return None
    with reading(path), open_root(path) as file:
        return _READERS[schema](path, file)


def _read_runs(path: Path, file: Any) -> Produced | None:
    """Sums over the entries of `Runs`: one per run and merged file. In some versions the names end
    with an underscore.
    """
    if "Runs" not in file.keys(cycle=False):
        return None
    tree = file["Runs"]
    found = {name.rstrip("_"): name for name in tree.keys() if re.match("genEvent|LHE|PS", name)}  # noqa: SIM118
    if not {"genEventCount", "genEventSumw"} <= found.keys():
        return None
    sums = {
        name: tree[found[name]].array(library="np") for name in found if name.startswith("genEvent")
    }
    weights = np.asarray(sums["genEventSumw"], np.float64)
    squares = sums.get("genEventSumw2")
    members = {
        branch: _member_sums(weights, tree[found[name]].array().to_list())
        for branch, name in MEMBER_SUMS.items()
        if name in found
    }
    return _checked(
        path,
        Produced(
            "Runs.genEventSumw",
            np.sum(sums["genEventCount"]).item(),
            float(np.sum(weights)),
            None if squares is None else float(np.sum(squares, dtype=np.float64)),
            # Sums of members that are not finite count as not recorded.
            {name: sums for name, sums in members.items() if sums and np.isfinite(sums).all()},
        ),
    )


def _checked(path: Path, found: Produced) -> Produced:
    """Refuse numbers that no sum over events can have.

    Raises:
        WollemiError: a sum is not finite, or the number of events or of their squares is negative.
    """
    where, name = str(path), found.told_by
    events = plain_number(where, f"the number of events of {name}", found.events, 0, whole=True)
    plain_number(where, name, found.sum_of_weights)
    if found.sum_of_weights_squared is not None:
        plain_number(where, f"the sum of squares of {name}", found.sum_of_weights_squared, 0)
    return replace(found, events=int(events))


def _member_sums(weights: Any, shares: Sequence[Sequence[float]]) -> list[float]:
    """Σw of each member that all runs with weights have.

    Args:
        weights: Σw of each run (runs,).
        shares: for each run, the sums of the members in units of it.
    """
    filled = [(weight, values) for weight, values in zip(weights, shares, strict=True) if weight]
    number = min((len(values) for _, values in filled), default=0)
    return [
        float(sum(weight * values[member] for weight, values in filled)) for member in range(number)
    ]


def _read_bookkeepers(path: Path, file: Any) -> Produced | None:
    """Sums over all events that a derivation has read: `AllExecutedEvents` of its last cycle over
    AOD.

    In Athena's EventBookkeeperTools the cycle counts the jobs; the first ones, such as generation,
    had other inputs.
    """
    if "MetaData" not in file.keys(cycle=False):
        return None
    tree = file["MetaData"]
    matches = {
        match["field"]: name
        for name in tree.keys()  # noqa: SIM118
        if (match := BOOKKEEPER.fullmatch(name))
    }
    if not set(BOOKKEEPER_FIELDS) <= matches.keys():
        LOGGER.warning(
            "%s: has MetaData, but no CutBookkeepers that can be read: it is taken for a "
            "file without a skim",
            path,
        )
        return None
    columns = [tree[matches[name]].array().to_list() for name in BOOKKEEPER_FIELDS]
    chosen = [
        book
        for entry in zip(*columns, strict=True)
        for book in _last_cycle(list(zip(*entry, strict=True)))
    ]
    if not chosen:
        return None
    events, weights, squares = (sum(book[field] for book in chosen) for field in (3, 4, 5))
    return _checked(
        path,
        Produced("CutBookkeepers.sumOfEventWeights", events, float(weights), float(squares), {}),
    )


def _last_cycle(books: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The bookkeeper of an entry that counts the produced events, if there is one."""
    known = [book for book in books if book[:2] == ("AllExecutedEvents", "StreamAOD")]
    return [max(known, key=lambda book: book[2])] if known else []


_READERS = {"nanoaod": _read_runs, "physlite": _read_bookkeepers}
