"""Write measured maps as files of correctionlib, schema version 2."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wollemi.analysis.plain.measured import is_pileup
from wollemi.analysis.plain.measured_maps import VARIATION, axis_edges, axis_text
from wollemi.results.correction_maps import MARKED_BY
from wollemi_likelihood.base.arrays import Floats

_STATISTICS = "up and down: 68.3 % interval, statistics alone"
_PROMPT = "prompt_up and prompt_down: more and less prompt simulation subtracted"
_PILEUP = "data / simulation, each normalized to 1; up and down: of other distributions of data"


def map_edges(measured: Mapping[str, Any]) -> dict[str, list[float]]:
    """Edges of each axis.

    Args:
        measured: Settings of the measurement.
    """
    return {
        name: [float(edge) for edge in axis_edges(axis)] for name, axis in measured["axes"].items()
    }


def cell_texts(measured: Mapping[str, Any], cells: Iterable[int]) -> list[str]:
    """Describe cells in words, such as `pt 20 to 30, eta 0 to 1.5`.

    Args:
        measured: Settings of the measurement.
        cells: Indices of the cells.
    """
    bins = [
        [f"{name} {low:g} to {high:g}" for low, high in itertools.pairwise(edges)]
        for name, edges in map_edges(measured).items()
    ]
    texts = [", ".join(parts) for parts in itertools.product(*bins)]
    return [texts[cell] for cell in cells]


def correction_map(
    name: str, measured: Mapping[str, Any], values: Mapping[str, Floats]
) -> dict[str, Any]:
    """Build a correction of correctionlib whose last input is the variation.

    Args:
        name: Name of the correction.
        measured: Settings of the measurement.
        values: Variation → value in each cell, shape (cells,), the last axis fastest.
    """
    edges = map_edges(measured)
    texts = {axis: axis_text(axis, item) for axis, item in measured["axes"].items()}
    inputs = [{"name": axis, "type": "real", "description": texts[axis]} for axis in edges]
    flow = measured.get("flow", "error")
    maps = {
        variation: {
            **_bins(edges),
            "content": [float(value) for value in cells],
            "flow": flow,
        }
        for variation, cells in values.items()
    }
    of_variation = {"name": VARIATION, "type": "string", "description": ", ".join(maps)}
    return {
        "name": name,
        "description": _description(measured),
        "version": 1,
        "inputs": [*inputs, of_variation],
        "output": {"name": "value", "type": "real"},
        "data": {
            "nodetype": "category",
            "input": VARIATION,
            "content": [{"key": key, "value": value} for key, value in maps.items()],
        },
    }


def _description(measured: Mapping[str, Any]) -> str:
    """Description of the variations."""
    if is_pileup(measured):
        return _PILEUP
    return f"{_STATISTICS}; {_PROMPT}" if measured.get("prompt_uncertainty") else _STATISTICS


def _bins(edges: Mapping[str, list[float]]) -> dict[str, Any]:
    """Binning of correctionlib for one axis, as in published pile-up weights, or for several."""
    if len(edges) == 1:
        ((name, only),) = edges.items()
        return {"nodetype": "binning", "input": name, "edges": only}
    return {"nodetype": "multibinning", "inputs": list(edges), "edges": list(edges.values())}


def correction_file(
    corrections: Iterable[Mapping[str, Any]], marks: Sequence[str] = ()
) -> dict[str, Any]:
    """Build the content of a file with corrections.

    Args:
        corrections: Corrections from `correction_map`.
        marks: Marks of the histograms that were used, such as PREVIEW.
    """
    description = {"description": MARKED_BY.join(marks)} if marks else {}
    return {"schema_version": 2, **description, "corrections": list(corrections)}
