"""Labels of measured corrections on plots and in tables, separate from the measurement.

Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.measured_maps import axis_text, measured_corrections

if TYPE_CHECKING:
    from wollemi.base.yaml import Document


def axis_label(name: str, axis: Any) -> str:
    """Label of an axis on plots."""
    given = axis.get("label") if isinstance(axis, Mapping) else None
    return str(given) if given else axis_text(name, axis)


def unlabeled_corrections(document: Document) -> dict[str, Any]:
    """Correction → its measurement, without labels: a changed label repeats no measurement."""
    return {
        name: {
            **item,
            "axes": {
                key: {part: value for part, value in axis.items() if part != "label"}
                if isinstance(axis, Mapping)
                else axis
                for key, axis in item["axes"].items()
            },
        }
        for name, item in measured_corrections(document).items()
    }


def shown_corrections(document: Document) -> dict[str, Any]:
    """Correction → settings for its plot and table in addition to the map: its kind, labels of its
    axes, and its era, if it has one.
    """
    return {
        name: {
            "kind": item["kind"],
            "axes": {key: axis_label(key, axis) for key, axis in item["axes"].items()},
            **({"era": str(item["era"])} if item.get("era") is not None else {}),
        }
        for name, item in measured_corrections(document).items()
    }
