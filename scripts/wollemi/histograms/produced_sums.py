"""Determine Σw of a dataset before its files were skimmed, from records in each file."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from wollemi.analysis.plain.weight_sets import add_sums
from wollemi.events.cutflow import Line
from wollemi_likelihood.base.errors import WollemiError, listed

LOGGER = logging.getLogger("wollemi")
MOST_NAMED = 20
DIGITS = 0.005  # largest relative error of a number with three digits
KEYS = ("sum_of_weights", "sum_of_weights_squared")
REMEDY = "give datasets.{}.sum_of_weights: the sum of its weight over all events before the skim"


def skimmed_files(cutflow: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Files of a dataset that record other events before a skim than they contain."""
    return [file for file in cutflow["files"] if file.get("produced")]


def produced_line(name: str, cutflow: Mapping[str, Any]) -> Line | None:
    """Events, Σw and Σw² of a dataset before the skim of its files; None without skimmed files.

    Args:
        name: Name of the dataset for errors.
        cutflow: Merged cutflow.

    Raises:
        WollemiError: The records are inconsistent, refer to another weight, or are missing for some
            files.
    """
    files = skimmed_files(cutflow)
    if not files:
        return None
    _require(name, files, lambda record: record["flaw"], REMEDY)
    _require(
        name,
        files,
        lambda record: (
            "is skimmed, and does not tell the sum of this `weight` before"
            if record["sum_of_weights"] is None
            else None
        ),
        "give it `weight: genWeight`, with all other factors under `weights`; or " + REMEDY,
    )
    silent = [file["path"] for file in cutflow["files"] if file.get("produced", file) is None]
    if silent:
        problem = (
            f"{files[0]['path']} is skimmed: it holds {files[0]['entries']:,} of "
            f"{files[0]['produced']['events']:,} events. "
        )
        problem += (
            f"Of {len(silent)} other files nothing tells what they held "
            f"before{listed(silent, MOST_NAMED)}"
        )
        raise WollemiError(f"dataset {name}", problem, REMEDY.format(name))
    line = _add_missing(cutflow, files)
    told_by = sorted({file["produced"]["told_by"] for file in files})
    LOGGER.info(
        "dataset %s: %d of %d files are skimmed. Σw is that of the %d events before (%s): "
        "%.9g; the %d events here have %.9g",
        *(
            name,
            len(files),
            len(cutflow["files"]),
            line["events"],
            ", ".join(told_by),
            line["sum_of_weights"],
        ),
        *(cutflow["skim"][0]["events"], cutflow["skim"][0]["sum_of_weights"]),
    )
    return line | {"told_by": told_by}


def _require(name: str, files: Sequence[Mapping[str, Any]], find: Any, remedy: str) -> None:
    found = [f"{file['path']}: {problem}" for file in files if (problem := find(file["produced"]))]
    if found:
        problem = f"its sum of weights before any cut is not known{listed(found, MOST_NAMED)}"
        raise WollemiError(f"dataset {name}", problem, remedy.format(name))


def _add_missing(cutflow: Mapping[str, Any], files: Sequence[Mapping[str, Any]]) -> Line:
    """Cutflow line of all produced events."""
    line = {key: cutflow["skim"][0][key] for key in ("events", *KEYS)}
    for file in files:
        produced, share = file["produced"], preview_share(cutflow, file)
        line["events"] += round(share * produced["events"]) - file["events"]
        for key in KEYS:
            line[key] += share * produced[key] - produced["read"][key]
    return line


def preview_share(cutflow: Mapping[str, Any], file: Mapping[str, Any]) -> float:
    """Fraction of a file's events that a preview reads; 1 if all are read.

    ASSUME: the first events of a preview carry their share of the produced sums.
    """
    if file["stop"] is None:
        return 1.0
    counted = (
        file
        if file["entries"]
        else {key: sum(item[key] for item in cutflow["files"]) for key in ("events", "entries")}
    )
    return float(counted["events"] / counted["entries"]) if counted["entries"] else 1.0


def add_missing_members(
    name: str, cutflow: Mapping[str, Any], systematics: Mapping[str, Any]
) -> dict[str, list[float]]:
    """Σw of each weight-set member before the skim of the files, by systematic.

    Args:
        name: Name of the dataset for errors.
        cutflow: Merged cutflow.
        systematics: Systematics of weight sets; the sums are needed if `normalization` is `remove`.

    Raises:
        WollemiError: A skimmed file lacks a sum that is needed.
    """
    sums = dict(cutflow["member_sums"])
    needed = removes_normalization(systematics)
    for file in skimmed_files(cutflow):
        produced, share = file["produced"], preview_share(cutflow, file)
        for key in needed:
            if produced["members"][key] is None:
                problem = (
                    f"{file['path']} is skimmed, and does not tell the sums of the weights of "
                    f"{key} before"
                )
                remedy = (
                    f"set systematics.{key}.normalization: include, or give files that are not "
                    "skimmed"
                )
                raise WollemiError(f"dataset {name}", problem, remedy)
            missing = [
                share * all_of - part
                for all_of, part in zip(
                    produced["members"][key], produced["read"]["members"][key], strict=True
                )
            ]
            sums |= add_sums([{key: sums[key]}, {key: missing}])
    return sums


def removes_normalization(systematics: Mapping[str, Any]) -> list[str]:
    """Weight-set systematics whose sums of weights are needed because their effect on the cross
    section is removed.
    """
    return [key for key, item in systematics.items() if item["normalization"] == "remove"]


def compare_declared(
    name: str, declared: float, systematics: Mapping[str, Any], cutflow: Mapping[str, Any]
) -> Line | None:
    """Cutflow line of all events before the skim, if the files record it, for a declared Σw.

    Args:
        name: Name of the dataset for errors.
        declared: Declared `sum_of_weights`.
        systematics: Systematics of weight sets.
        cutflow: Merged cutflow.

    Raises:
        WollemiError: The files record another sum, or lack one that a systematic needs.
    """
    try:
        found = produced_line(name, cutflow)
    except WollemiError as error:
        if needed := removes_normalization(systematics):
            remedy = (
                f"set systematics.{needed[0]}.normalization: include, or give files that are "
                "not skimmed"
            )
            raise WollemiError(error.where, error.problem, remedy) from None
        LOGGER.info("dataset %s: Σw is the declared sum_of_weights; %s", name, error.problem)
        return None
    if (
        found
        and not cutflow["preview"]
        and abs(declared - found["sum_of_weights"]) > DIGITS * abs(declared)
    ):
        problem = (
            f"sum_of_weights is {declared:.9g}, but the files say {found['sum_of_weights']:.9g} "
            f"({', '.join(found['told_by'])})"
        )
        raise WollemiError(
            f"dataset {name}", problem, f"remove datasets.{name}.sum_of_weights, or correct it"
        )
    return found
