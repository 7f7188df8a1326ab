"""Number of events produced before a file was skimmed, and their sum of weights, as recorded in the
file itself.

NanoAOD has the tree `Runs`, PHYSLITE the `CutBookkeepers` in its tree `MetaData`. A skim leaves
both unchanged.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wollemi.analysis.models.datasets import Dataset
from wollemi.events.cutflow import Line
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
TOLERANCE = 1e-4  # of the sums: weights, and the sums of some skims, are in single precision
UNITY = 1e-4  # how far the mean of a nominal weight of 1 may be off


@dataclass(frozen=True)
class Produced:
    """What a file records of the events before any skim.

    Args:
        told_by: name of the record in the file.
        events: number of events.
        sum_of_weights: Σw of the generator weights.
        sum_of_weights_squared: Σw²; None if not recorded.
        members: list of weights, such as `LHEScaleWeight` → Σw of each of its members.
    """

    told_by: str
    events: int
    sum_of_weights: float
    sum_of_weights_squared: float | None
    members: Mapping[str, Sequence[float]]


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
    return Produced(
        "Runs.genEventSumw",
        int(np.sum(sums["genEventCount"])),
        float(np.sum(weights)),
        None if squares is None else float(np.sum(squares, dtype=np.float64)),
        {branch: values for branch, values in members.items() if values},
    )


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
    return Produced(
        "CutBookkeepers.sumOfEventWeights", int(events), float(weights), float(squares), {}
    )


def _last_cycle(books: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The bookkeeper of an entry that counts the produced events, if there is one."""
    known = [book for book in books if book[:2] == ("AllExecutedEvents", "StreamAOD")]
    return [max(known, key=lambda book: book[2])] if known else []


_READERS = {"nanoaod": _read_runs, "physlite": _read_bookkeepers}


def tell_produced(
    told: Produced | None, weight: str | None, own: Line, file: Mapping[str, Any]
) -> dict[str, Any]:
    """The cutflow's entry on the events before the skim of a file.

    Args:
        told: the file's record.
        weight: of the dataset.
        own: the events that were read.
        file: its `entries`, and the range from `start` to `stop`.

    Returns:
        Nothing, if the file holds all produced events; else `produced`: events, Σw and Σw² (None if
        not those of `weight`), the sums over the events read (`read`), `told_by`, and the
        contradiction, if any (`flaw`). None if the file has no record.
    """
    if told is None:
        # ASSUME: files of which none tells what was produced before a skim hold all of it.
        return {"produced": None}
    whole = file["start"] == 0 and (file["stop"] is None or file["stop"] >= file["entries"])
    flaw = find_flaw(told, weight, own, file["entries"], whole)
    if told.events == file["entries"] and not flaw:
        return {}
    sums: dict[str, float | None] = {"sum_of_weights": None, "sum_of_weights_squared": None}
    if weight == "genWeight":
        # ASSUME: where a file does not tell Σw², the weights of the produced events are equal.
        squares = (
            told.sum_of_weights**2 / max(told.events, 1)
            if told.sum_of_weights_squared is None
            else told.sum_of_weights_squared
        )
        sums = {"sum_of_weights": told.sum_of_weights, "sum_of_weights_squared": squares}
    elif weight is None:
        sums = dict.fromkeys(sums, float(told.events))
    read = {key: own[key] for key in sums}
    told_by = told.told_by if weight else told.told_by.replace("genEventSumw", "genEventCount")
    return {
        "produced": {"events": told.events, **sums, "read": read, "told_by": told_by, "flaw": flaw}
    }


def find_flaw(
    told: Produced, weight: str | None, own: Line, entries: int, whole: bool
) -> str | None:
    """Why a file's events cannot be a subset of its recorded produced events.

    By the Cauchy–Schwarz inequality, (Σw)² <= N Σw² of the events that are missing.

    Args:
        told: the file's record.
        weight: of the dataset.
        own: the events that were read.
        entries: events of the file.
        whole: whether all of them were read.
    """
    missing = told.events - entries
    if missing < 0:
        return f"counts {told.events:,} events that were produced, and the file holds {entries:,}"
    if weight != "genWeight" or not whole:
        return None
    difference = told.sum_of_weights - own["sum_of_weights"]
    squares = (
        own["sum_of_weights_squared"]
        if told.sum_of_weights_squared is None
        else told.sum_of_weights_squared
    )
    allowed = (
        np.inf
        if missing and told.sum_of_weights_squared is None
        else missing * (squares - own["sum_of_weights_squared"])
    )
    if not difference**2 <= allowed + TOLERANCE**2 * max(
        told.events * squares, entries * own["sum_of_weights_squared"]
    ):
        sums = f"says that Σw is {told.sum_of_weights:.9g} of {told.events:,} events"
        return f"{sums}, and the {entries:,} of the file have {own['sum_of_weights']:.9g}"
    return None


def produced_members(
    told: Produced | None, settings: Mapping[str, Any], own: Sequence[float], nominal: float
) -> list[float] | None:
    """Σw of the members of a weight set over all produced events, if the file records them.

    Args:
        told: the file's record.
        settings: `weights`, `members` and `nominal` of the systematic.
        own: Σw of the members over the events that were read.
        nominal: nominal Σw of those events.

    Returns:
        Sums in the order of `members`; None if the file does not record them, or not in the same
        units as the events.
    """
    sums = told.members.get(settings["weights"], ()) if told else ()
    needed = [*settings["members"], *([] if settings["nominal"] is None else [settings["nominal"]])]
    if told is None or len(sums) <= max(needed):
        return None
    if (
        settings["nominal"] is not None
        and abs(sums[settings["nominal"]] / told.sum_of_weights - 1) > UNITY
    ):
        # weights relative to a nominal weight that is not 1: their sum is not a ratio of sums
        return None
    found = [sums[member] for member in settings["members"]]
    pairs = (
        [
            (total / told.sum_of_weights, part / nominal)
            for total, part in zip(found, own, strict=True)
        ]
        if nominal
        else []
    )
    return found if all(0.5 < ratio / other < 2 for ratio, other in pairs if other) else None
