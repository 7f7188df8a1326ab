"""Cross sections that the generator stores with its events, in the tree `Runs` of each file."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import uproot

from wollemi_likelihood.base.errors import WollemiError

# Allowed difference between the given and generated cross sections; beyond both, a warning.
TOLERANCE = 0.05
SIGMAS = 3


def generated_cross_section(folder: Path) -> tuple[float, float] | None:
    """Cross section of a generated dataset and its statistical error in pb; None if no part
    contains one.

    The parts are independent runs of equal size: the mean and its error.

    Args:
        folder: Folder with the files of the dataset.
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
    """The generator's cross section in pb, rounded to six digits, finer than its error.

    Args:
        where: Dataset in the file of signals, for the error.
        folder: Folder with the files of the dataset.

    Raises:
        WollemiError: The files do not contain a cross section.
    """
    found = generated_cross_section(folder)
    if found is None or not found[0] > 0:
        raise WollemiError(
            where,
            "the generator's files contain no cross section",
            "give cross_section_pb as a number",
        )
    return float(f"{found[0]:.6g}")


def describe_generated(entry: Mapping[str, Any], folder: Path) -> dict[str, Any] | None:
    """Compare the generator's cross section with the given one, which normalizes the events apart
    from the scale factor.

    Args:
        entry: Entry of the dataset in the analysis file.
        folder: Folder with the files of the dataset.
    """
    found = generated_cross_section(folder)
    if found is None or "cross_section_pb" not in entry:
        return None
    value, error = found
    given = float(entry["cross_section_pb"])
    far = abs(given - value) > max(TOLERANCE * value, SIGMAS * error)
    return {"given_pb": given, "generator_pb": value, "generator_error_pb": error, "differ": far}
