"""What plots and tables show of corrections that a run measures, apart from how they are measured.

Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.measured_maps import axis_text, measured_corrections

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def axis_label(name: str, axis: Any) -> str:
    """How plots call the value on an axis."""
    given = axis.get("label") if isinstance(axis, Mapping) else None
    return str(given) if given else axis_text(name, axis)


def unlabeled_corrections(document: Document) -> dict[str, Any]:
    """Correction → how it is measured, without labels: another one measures nothing again."""
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
    """Correction → what its plot and its table need besides the map: its kind, labels of its axes,
    and its era, if it is of one.
    """
    return {
        name: {
            "kind": item["kind"],
            "axes": {key: axis_label(key, axis) for key, axis in item["axes"].items()},
            **({"era": str(item["era"])} if item.get("era") is not None else {}),
        }
        for name, item in measured_corrections(document).items()
    }
