"""Maps that are measured, as files of correctionlib, schema version 2."""

from collections.abc import Iterable, Mapping
from typing import Any

from wollemi.analysis.plain.measured import VARIATION
from wollemi.base.arrays import Floats

DESCRIPTION = "efficiency; up and down: 68.3 % interval of Wilson, statistics alone"


def axis_edges(measured: Mapping[str, Any]) -> dict[str, list[float]]:
    """Axis → its edges.

    Args:
        measured: the settings of the measurement.
    """
    return {
        name: [float(edge) for edge in (axis["edges"] if isinstance(axis, Mapping) else axis)]
        for name, axis in measured["axes"].items()
    }


def correction_map(
    name: str, measured: Mapping[str, Any], values: Mapping[str, Floats]
) -> dict[str, Any]:
    """A correction of correctionlib whose last input is the variation.

    Args:
        name: of the correction.
        measured: the settings of the measurement.
        values: variation → the value in each cell (cells,), the last axis fastest.
    """
    edges = axis_edges(measured)
    texts = {
        axis: str(item["expression"]) if isinstance(item, Mapping) else axis
        for axis, item in measured["axes"].items()
    }
    inputs = [{"name": axis, "type": "real", "description": texts[axis]} for axis in edges]
    maps = {
        variation: {
            "nodetype": "multibinning",
            "inputs": list(edges),
            "edges": list(edges.values()),
            "content": [float(value) for value in cells],
            "flow": measured.get("flow", "error"),
        }
        for variation, cells in values.items()
    }
    of_variation = {"name": VARIATION, "type": "string", "description": ", ".join(maps)}
    return {
        "name": name,
        "description": DESCRIPTION,
        "version": 1,
        "inputs": [*inputs, of_variation],
        "output": {"name": measured["kind"], "type": "real"},
        "data": {
            "nodetype": "category",
            "input": VARIATION,
            "content": [{"key": key, "value": value} for key, value in maps.items()],
        },
    }


def correction_file(corrections: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The content of a file with these corrections."""
    return {"schema_version": 2, "corrections": list(corrections)}
