"""The account of a file that was skimmed before this workflow reads it: the produced events and
their sum of weights, as recorded in the file, next to the events read.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wollemi.events.account import Produced
from wollemi.events.cutflow import Line

LOGGER = logging.getLogger("wollemi")
TOLERANCE = 1e-4  # of the sums: weights, and the sums of some skims, are in single precision
UNITY = 1e-4  # allowed deviation from 1 of the mean of a nominal weight


def with_produced(
    record: Produced | None,
    weight: str | None,
    weight_sets: Mapping[str, Any],
    own: Line,
    members: Mapping[str, Sequence[float]],
    file: Mapping[str, Any],
) -> dict[str, Any]:
    """The account of a file, with its own record of the events before any skim.

    Args:
        record: Record of the file.
        weight: Weight of the dataset.
        weight_sets: Systematic → its weights and members.
        own: Cutflow line of the events read.
        members: Systematic → Σw of each of its members over the same events.
        file: Account of the events read.
    """
    found = describe_produced(record, weight, own, file)
    if found.get("produced"):
        found["produced"]["read"]["members"] = members
        found["produced"]["members"] = {
            name: produced_members(record, item, members[name], own["sum_of_weights"])
            if weight == "genWeight"
            else None
            for name, item in weight_sets.items()
        }
        LOGGER.info(
            "%s: holds %d of %d events that were produced",
            file["path"],
            file["entries"],
            found["produced"]["events"],
        )
    return {**file, **found}


def describe_produced(
    record: Produced | None, weight: str | None, own: Line, file: Mapping[str, Any]
) -> dict[str, Any]:
    """The cutflow's entry on the events of a file before any skim.

    Args:
        record: Record of the file.
        weight: Weight of the dataset.
        own: Cutflow line of the events read.
        file: Account of the file: `entries`, and the range from `start` to `stop`.

    Returns:
        Nothing, if the file holds all produced events; otherwise `produced`: events, Σw and Σw²
        (None if they do not belong to `weight`), the sums over the events read (`read`), `told_by`,
        and the contradiction, if any (`flaw`). None if the file has no record.
    """
    if record is None:
        # ASSUME: if no file records the events before a skim, the files hold all produced events.
        return {"produced": None}
    whole = file["start"] == 0 and (file["stop"] is None or file["stop"] >= file["entries"])
    flaw = find_flaw(record, weight, own, file["entries"], whole)
    if record.events == file["entries"] and not flaw:
        return {}
    sums: dict[str, float | None] = {"sum_of_weights": None, "sum_of_weights_squared": None}
    if weight == "genWeight":
        # ASSUME: if a file does not record Σw², its produced events have equal weights.
        squares = (
            record.sum_of_weights**2 / max(record.events, 1)
            if record.sum_of_weights_squared is None
            else record.sum_of_weights_squared
        )
        sums = {"sum_of_weights": record.sum_of_weights, "sum_of_weights_squared": squares}
    elif weight is None:
        sums = dict.fromkeys(sums, float(record.events))
    read = {key: own[key] for key in sums}
    told_by = record.told_by if weight else record.told_by.replace("genEventSumw", "genEventCount")
    return {
        "produced": {
            "events": record.events,
            **sums,
            "read": read,
            "told_by": told_by,
            "flaw": flaw,
        }
    }


def find_flaw(
    record: Produced, weight: str | None, own: Line, entries: int, whole: bool
) -> str | None:
    """Why a file's events cannot be a subset of its recorded produced events.

    By the Cauchy–Schwarz inequality, (Σw)² <= N Σw² of the missing events.

    Args:
        record: Record of the file.
        weight: Weight of the dataset.
        own: Cutflow line of the events read.
        entries: Number of events in the file.
        whole: Whether all events of the file were read.
    """
    missing = record.events - entries
    if missing < 0:
        return f"counts {record.events:,} events that were produced, and the file holds {entries:,}"
    if weight != "genWeight" or not whole:
        return None
    difference = record.sum_of_weights - own["sum_of_weights"]
    squares = (
        own["sum_of_weights_squared"]
        if record.sum_of_weights_squared is None
        else record.sum_of_weights_squared
    )
    allowed = (
        np.inf
        if missing and record.sum_of_weights_squared is None
        else missing * (squares - own["sum_of_weights_squared"])
    )
    if not difference**2 <= allowed + TOLERANCE**2 * max(
        record.events * squares, entries * own["sum_of_weights_squared"]
    ):
        sums = f"says that Σw is {record.sum_of_weights:.9g} of {record.events:,} events"
        return f"{sums}, and the {entries:,} of the file have {own['sum_of_weights']:.9g}"
    return None


def produced_members(
    record: Produced | None, settings: Mapping[str, Any], own: Sequence[float], nominal: float
) -> list[float] | None:
    """Σw of the members of a weight set over all produced events, if the file records them.

    Args:
        record: Record of the file.
        settings: `weights`, `members` and `nominal` of the systematic.
        own: Σw of the members over the events that were read.
        nominal: Nominal Σw of the same events.

    Returns:
        Sums in the order of `members`; None if the file does not record them, or records them in
        units other than the units of the events.
    """
    sums = record.members.get(settings["weights"], ()) if record else ()
    needed = [*settings["members"], *([] if settings["nominal"] is None else [settings["nominal"]])]
    if record is None or len(sums) <= max(needed):
        return None
    if (
        settings["nominal"] is not None
        and abs(sums[settings["nominal"]] / record.sum_of_weights - 1) > UNITY
    ):
        # Weights relative to a nominal weight other than 1: their sum is not a ratio of sums.
        return None
    found = [sums[member] for member in settings["members"]]
    pairs = (
        [
            (total / record.sum_of_weights, part / nominal)
            for total, part in zip(found, own, strict=True)
        ]
        if nominal
        else []
    )
    return found if all(0.5 < ratio / other < 2 for ratio, other in pairs if other) else None
