"""How a model interpolates between the templates and yields at ±1σ, by pyhf's names of the codes of
HistFactory (CERN-OPEN-2012-016).

A workspace of the pyhf 1.0.0 specification has no place for it but the names of its measurements:
``zprime {normsys: code1, histosys: code0}``. Without it the codes are pyhf's own.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from wollemi.base.errors import WollemiError

CODES = {"normsys": ("code4", "code1"), "histosys": ("code4p", "code0")}
_SETTINGS = re.compile(r" ?\{((?:normsys|histosys): [^{}]*)\}")


class Interpolation(NamedTuple):
    """The codes of a model.

    Attributes:
        normsys: of factors on the yield: ``code4``, a polynomial inside ±1σ and exponential
            outside, or ``code1``, exponential everywhere.
        histosys: of templates: ``code4p``, a polynomial inside ±1σ and linear outside, or
            ``code0``, linear at each side.
    """

    normsys: str = "code4"
    histosys: str = "code4p"

    @property
    def settings(self) -> dict[str, dict[str, str]]:
        """Argument ``modifier_settings`` of pyhf's models."""
        return {kind: {"interpcode": code} for kind, code in self._asdict().items()}

    def named(self, measurement: str) -> str:
        """The name of a measurement, with codes that are not pyhf's own."""
        if self == Interpolation():
            return measurement
        told = ", ".join(f"{kind}: {code}" for kind, code in self._asdict().items())
        return f"{measurement} {{{told}}}"


def interpolation_of(measurement: str) -> Interpolation:
    """The codes of a measurement.

    Args:
        measurement: its name.

    Raises:
        WollemiError: a code is unknown.
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
    """The codes of a workspace: those of its first measurement."""
    return interpolation_of(workspace["measurements"][0]["name"])


def require_default(workspace: Mapping[str, Any], format_: str) -> None:
    """Refuse a workspace with other codes than pyhf's own.

    Args:
        workspace: of pyhf.
        format_: what it is to be written as, for the message.

    Raises:
        WollemiError: it has others.
    """
    for item in workspace["measurements"]:
        if interpolation_of(item["name"]) != Interpolation():
            raise WollemiError(
                f"measurement {item['name']}",
                f"{format_} has no such interpolation: it would be another likelihood",
                "give pyhf's JSON with the modifier_settings of its name, or remove "
                "model.interpolation",
            )
