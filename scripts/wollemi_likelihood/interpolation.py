"""Interpolation between the templates and yields at ±1σ, with pyhf's names of the codes of
HistFactory (CERN-OPEN-2012-016).

In a workspace of the pyhf 1.0.0 specification, only the names of measurements have room for the
codes: ``zprime {normsys: code1, histosys: code0}``. Without them pyhf's defaults apply.

In Combine's interpolation (arXiv:2404.06614, sec. 2.3), each sample has a modifier of type
``combine``, which pyhf rejects, with the limits of `wollemi_likelihood.parameters.Cropping`. A
staterror is an additive parameter: a spread of `wollemi_likelihood.kernels.factor_kernels`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.matrices import product

# Type of the modifier that marks each sample of a model with Combine's interpolation, so that other
# programs reject it.
COMBINE = "combine"
FLOOR = 1e-9  # minimum of a bin, as a fraction of events, or in events with statistical parameters
RANGE = 7.0  # range of Combine's statistical and log-normal parameters in sigmas
CODES = {"normsys": ("code4", "code1"), "histosys": ("code4p", "code0")}
_SETTINGS = re.compile(r" ?\{((?:normsys|histosys): [^{}]*)\}")

# Inverse of the six matching conditions of interpolation code 4 at alpha = 1 and alpha = -1
# (CERN-OPEN-2012-016; the same numbers as in pyhf.interpolators.code4).
CODE4_INVERSE = (
    np.array(
        [
            [15, -15, -7, -7, 1, -1],
            [24, 24, -9, 9, 1, 1],
            [-10, 10, 10, 10, -2, 2],
            [-24, -24, 14, -14, -2, -2],
            [3, -3, -3, -3, 1, -1],
            [8, 8, -5, 5, 1, 1],
        ]
    )
    / 16
)


class Interpolation(NamedTuple):
    """Interpolation codes of a model.

    Attributes:
        normsys: Code for factors on the yield: ``code4``, a polynomial inside ±1σ and exponential
            outside, or ``code1``, exponential everywhere.
        histosys: Code for templates: ``code4p``, a polynomial inside ±1σ and linear outside, or
            ``code0``, linear on each side.
    """

    normsys: str = "code4"
    histosys: str = "code4p"

    @property
    def settings(self) -> dict[str, dict[str, str]]:
        """Argument ``modifier_settings`` of pyhf's models."""
        return {kind: {"interpcode": code} for kind, code in self._asdict().items()}

    @property
    def flags(self) -> dict[str, Any]:
        """Fields of a model."""
        return {
            "exponential": {"code4": 0, "code1": 1, COMBINE: 2}[self.normsys],
            "linear": int(self.histosys == "code0"),
        }

    def named(self, measurement: str) -> str:
        """Name of a measurement with the codes that differ from pyhf's defaults."""
        if self == Interpolation():
            return measurement
        codes = ", ".join(f"{kind}: {code}" for kind, code in self._asdict().items())
        return f"{measurement} {{{codes}}}"


AS_COMBINE = Interpolation(COMBINE, COMBINE)


def statistical_ranges(events: np.ndarray, errors: np.ndarray) -> list[list[float]]:
    """Range of a ``staterror`` as in Combine, ±7 widths; bins without an error keep pyhf's range.

    Args:
        events: Sum of the samples that share the parameter, at least the floor, shape (bins,).
        errors: Statistical error of the sum in events, shape (bins,).
    """
    widths = RANGE * errors / events
    return [[1 - width, 1 + width] if width else [1e-10, 10.0] for width in widths.tolist()]


def combine_mark(**limits: Any) -> dict[str, Any]:
    """Modifier that marks each sample of a model with Combine's interpolation.

    Args:
        limits: Fields of `wollemi_likelihood.parameters.Cropping`; None if missing.
    """
    none: dict[str, Any] = {"floor": None, "total": None, "bin_floor": None, "regions": {}}
    return {"name": COMBINE, "type": COMBINE, "data": none | limits}


def interpolation_of(measurement: str) -> Interpolation:
    """Read the interpolation codes from a measurement's name.

    Args:
        measurement: Name of the measurement.

    Raises:
        WollemiError: A code is unknown.
    """
    found = _SETTINGS.search(measurement)
    codes = dict(item.strip().split(": ", 1) for item in found[1].split(",")) if found else {}
    for kind, code in codes.items():
        if code not in CODES.get(kind, ()):
            known = "; ".join(f"{name}: {', '.join(items)}" for name, items in CODES.items())
            problem = f"the interpolation {kind}: {code} is unknown"
            raise WollemiError(f"measurement {measurement}", problem, f"use one of {known}")
    return Interpolation(**codes)


def workspace_interpolation(workspace: Mapping[str, Any]) -> Interpolation:
    """Interpolation codes of a workspace: Combine's, or the codes of its first measurement."""
    if any(
        item["type"] == COMBINE
        for channel in workspace["channels"]
        for sample in channel["samples"]
        for item in sample["modifiers"]
    ):
        return AS_COMBINE
    return interpolation_of(workspace["measurements"][0]["name"])


def require_default(workspace: Mapping[str, Any], format_: str) -> None:
    """Refuse a workspace whose codes differ from pyhf's defaults.

    Args:
        workspace: Workspace of pyhf.
        format_: Name of the output format, for the message.

    Raises:
        WollemiError: The codes differ.
    """
    if workspace_interpolation(workspace) == AS_COMBINE:
        problem = f"{format_} does not have Combine's interpolation: it would be another likelihood"
        remedy = "convert the card, or make the model, without interpolation: combine"
        raise WollemiError("workspace", problem, remedy)
    for item in workspace["measurements"]:
        if interpolation_of(item["name"]) != Interpolation():
            raise WollemiError(
                f"measurement {item['name']}",
                f"{format_} has no such interpolation: it would be another likelihood",
                "give pyhf's JSON with the modifier_settings of its name, or remove "
                "model.interpolation",
            )


def flat_normsys(factors: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """Compute the model fields of normsys: logarithms of the factors, and coefficients of code 4.

    Args:
        factors: Factors on the yield at -1σ and +1σ.
    """
    logs = np.log(np.array(factors, dtype=float).reshape(-1, 2)).T
    return {
        "normsys_logs": logs.ravel(),
        "normsys_coefficients": _code4_coefficients(logs).ravel(),
    }


def _code4_coefficients(logs: np.ndarray) -> np.ndarray:
    down, up = logs
    powers_up, powers_down = np.exp(up), np.exp(down)
    conditions = np.array(
        [
            powers_up - 1,
            powers_down - 1,
            up * powers_up,
            -down * powers_down,
            up**2 * powers_up,
            down**2 * powers_down,
        ]
    )
    return product(CODE4_INVERSE, conditions)
