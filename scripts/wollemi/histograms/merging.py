"""Normalize the merged histograms of a dataset, and check for lost events."""

import logging
from collections.abc import Mapping
from typing import Any

from wollemi.analysis.plain.weight_sets import is_member
from wollemi.analysis.settings import Settings
from wollemi.events.not_numbers import describe_losses
from wollemi.histograms.histogram import Histogram, write_histograms
from wollemi.histograms.produced_sums import add_missing_members, compare_declared, produced_line
from wollemi.histograms.weight_sets import both_sides, normalized_members
from wollemi.job.job import Job
from wollemi_likelihood.base.errors import WollemiError, counted

LOGGER = logging.getLogger("wollemi")


def sum_of_weights(settings: Settings, cutflow: dict[str, Any], entries: int | None) -> float:
    """Σw before any cut, of the produced events or as declared.

    Args:
        settings: Settings of the dataset.
        cutflow: Merged cutflow.
        entries: Number of events of all files, known in a preview.
    """
    declared = settings.dataset.sum_of_weights
    if declared is None:
        return float(cutflow.get("produced", cutflow["skim"][0])["sum_of_weights"])
    # ASSUME: the first events of a preview carry their share of the declared sum of weights.
    return declared * (cutflow["skim"][0]["events"] / entries if entries else 1.0)


def undo_skims(name: str, settings: Settings, cutflow: Mapping[str, Any]) -> dict[str, Any]:
    """Entries of the cutflow before the skim of the files, if Σw depends on them: `produced`,
    `member_sums`.

    Args:
        name: Name of the dataset for errors.
        settings: Settings of the dataset.
        cutflow: Merged cutflow.

    Raises:
        WollemiError: The files do not record enough, or contradict the declaration.
    """
    dataset, systematics = settings.dataset, settings.weight_set_systematics
    if settings.is_data or dataset.normalization == "none":
        return {}
    if dataset.sum_of_weights is None:
        line = produced_line(name, cutflow)
    else:
        line = compare_declared(name, dataset.sum_of_weights, systematics, cutflow)
    if line is None:
        return {}
    members = (
        {"member_sums": add_missing_members(name, cutflow, systematics)} if systematics else {}
    )
    return {"produced": line} | members


def check_certified(name: str, cutflow: Mapping[str, Any]) -> None:
    """Check that some events of a dataset are certified.

    Args:
        name: Name of the dataset for errors.
        cutflow: Merged cutflow.

    Raises:
        WollemiError: None of the dataset's events is certified.
    """
    if (
        "certified" in cutflow
        and not cutflow["certified"]["with_events"]
        and not cutflow["preview"]
    ):
        problem = (
            f"of its {counted(cutflow['skim'][0]['events'], 'event', ',')} none is in a certified "
            "luminosity block"
        )
        raise WollemiError(
            f"dataset {name}",
            problem,
            "check that the section certified names the file of this era",
        )


def with_member_sides(
    histograms: Mapping[str, Histogram], systematics: Mapping[str, Any], cutflow: Mapping[str, Any]
) -> tuple[dict[str, Histogram], dict[str, Histogram]]:
    """Histograms of a dataset with both sides of its weight-set systematics, and separately the
    histograms of the members.

    Args:
        histograms: All histograms, including members.
        systematics: Systematics of weight sets that act on the dataset.
        cutflow: Cutflow of the dataset.
    """
    members = {name: item for name, item in histograms.items() if is_member(name, systematics)}
    merged = {name: item for name, item in histograms.items() if name not in members}
    if systematics:
        total = cutflow.get("produced", cutflow["skim"][0])["sum_of_weights"]
        members = normalized_members(members, systematics, cutflow["member_sums"], total)
        merged |= both_sides(merged, members, systematics)
    return merged, members


def write_members(
    job: Job,
    systematics: Mapping[str, Any],
    histograms: Mapping[str, Histogram],
    cutflow: Mapping[str, Any],
) -> None:
    """Write the results of `with_member_sides`.

    Args:
        job: Job with the output paths.
        systematics: Systematics of weight sets that act on the dataset.
        histograms: All histograms.
        cutflow: Cutflow of the dataset.
    """
    both = with_member_sides(histograms, systematics, cutflow)
    for path, content in zip(job.outputs("merged"), both, strict=False):
        write_histograms(path, content)


def warn_of_not_numbers(name: str, cutflow: Mapping[str, Any]) -> None:
    """Warn of histograms of a dataset that lack entries with NaN values."""
    selected = {region: lines[-1]["events"] or 0 for region, lines in cutflow["regions"].items()}
    for line in describe_losses(cutflow["account"].get("not_numbers", {}), selected):
        LOGGER.warning("%s: %s", name, line)
