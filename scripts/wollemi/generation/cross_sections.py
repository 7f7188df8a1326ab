"""Cross sections computed by the generator with its events, in the tree `Runs` of each file."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import uproot

from wollemi_likelihood.base.errors import WollemiError

# Between the given and the generator's cross section: more is worth a warning.
TOLERANCE = 0.05
SIGMAS = 3


def generated_cross_section(folder: Path) -> tuple[float, float] | None:
    """Cross section and its statistical error in pb, of all parts of a generated dataset; None if
    no part records one.

    The parts are independent runs of equal size: the mean, and its error.

    Args:
        folder: with the files of the dataset.
    """
    found = [pair for path in sorted(folder.glob("part*.root")) for pair in _of_file(path)]
    if not found:
        return None
    values, errors = zip(*found, strict=True)
    return math.fsum(values) / len(found), math.hypot(*errors) / len(found)


def _of_file(path: Path) -> list[tuple[float, float]]:
    with uproot.open(path) as file:
        if "Runs" not in file or "crossSection_pb" not in file["Runs"].keys():  # noqa: SIM118 (a tree is not a mapping)
            return []
        columns = file["Runs"].arrays(["crossSection_pb", "crossSectionError_pb"], library="np")
    return [(float(columns["crossSection_pb"][0]), float(columns["crossSectionError_pb"][0]))]


def rounded_cross_section(where: str, folder: Path) -> float:
    """The generator's cross section in pb, to six digits: more than its error makes meaningful.

    Args:
        where: dataset in the file of signals, for the error.
        folder: with the files of the dataset.

    Raises:
        WollemiError: no file records one.
    """
    found = generated_cross_section(folder)
    if found is None or not found[0] > 0:
        raise WollemiError(
            where,
            "the generator's files tell no cross section",
            "give cross_section_pb as a number",
        )
    return float(f"{found[0]:.6g}")


def describe_generated(entry: Mapping[str, Any], folder: Path) -> dict[str, Any] | None:
    """The generator's cross section next to that of a dataset, to which its events are scaled apart
    from the scale factor.

    Args:
        entry: of the dataset in the analysis file.
        folder: with its files.
    """
    found = generated_cross_section(folder)
    if found is None or "cross_section_pb" not in entry:
        return None
    value, error = found
    given = float(entry["cross_section_pb"])
    far = abs(given - value) > max(TOLERANCE * value, SIGMAS * error)
    return {"given_pb": given, "generator_pb": value, "generator_error_pb": error, "differ": far}
