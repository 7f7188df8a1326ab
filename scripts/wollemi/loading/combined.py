"""Systematics that change the event weight together with objects or columns: the weight gets
another factor, a column that is nominally 1 and that they change. Standard library only, on the
plain YAML values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.queries import as_list
from wollemi.analysis.plain.systematic_kinds import kind_of
from wollemi_engine.expressions.names import weight_column

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

NO_CHANGE = "1"


def expand_combined(document: Document) -> dict[str, Any]:
    """The analysis with the columns and factors of these systematics, after its own.

    Args:
        document: Analysis accepted by the schema, with one systematic for each value of a
            placeholder.
    """
    samples: dict[str, list[str]] = {}
    for name, item in (document.get("systematics") or {}).items():
        if kind_of(item).changes_weight(item):
            known = samples.setdefault(weight_column(item.get("variation", name)), [])
            known += [sample for sample in as_list(item["samples"]) if sample not in known]
    if not samples:
        return dict(document)
    factors = {name: {"factor": name, "samples": names} for name, names in samples.items()}
    return {
        **document,
        "columns": _with(document.get("columns"), dict.fromkeys(samples, NO_CHANGE)),
        "weights": _with(document.get("weights"), factors),
    }


def _with(section: Mapping[str, Any] | None, further: Mapping[str, Any]) -> dict[str, Any]:
    """A section with additional entries at the end; existing entries take precedence."""
    own = section or {}
    return {**own, **{key: further[key] for key in further if key not in own}}
