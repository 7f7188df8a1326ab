"""Units in the labels of axes and in the headers of tables. Standard library only."""

from __future__ import annotations

import re

NONE = "1"  # the unit of dimensionless quantities
# Unit without regard to case → kind of quantity, size.
_UNITS = {
    NONE: (NONE, 1.0),
    "ev": ("energy", 1e-9),
    "kev": ("energy", 1e-6),
    "mev": ("energy", 1e-3),
    "gev": ("energy", 1.0),
    "tev": ("energy", 1e3),
    "ab": ("cross section", 1e-6),
    "fb": ("cross section", 1e-3),
    "pb": ("cross section", 1.0),
    "nb": ("cross section", 1e3),
    "μb": ("cross section", 1e6),
    "mb": ("cross section", 1e9),
    "ps": ("time", 1e-3),
    "ns": ("time", 1.0),
    "s": ("time", 1e9),
    "μm": ("length", 1e-6),
    "mm": ("length", 1e-3),
    "cm": ("length", 1e-2),
    "m": ("length", 1.0),
}
_LABEL = re.compile(r"\[(?P<unit>[^\[\]]+)\]\s*$")
# Of TeX, and powers of c: GeV/c² equals GeV.
_BESIDE = re.compile(r"\\rm|\\mathrm|[\s${}~]|/c((\^|\*\*)?2|²)?$")


def unit_of_label(label: str) -> str | None:
    """The unit in brackets at the end of a label; None without one."""
    match = _LABEL.search(label)
    return match["unit"] if match else None


def parsed_unit(unit: str) -> tuple[str, float]:
    """Kind of quantity and size of a unit; an unknown unit is a separate kind."""
    plain = re.sub(r"[\s${}~]", "", unit)
    key = _BESIDE.sub("", plain).casefold().replace("\\mu", "μ")
    return _UNITS.get(key, (key, 1.0))
