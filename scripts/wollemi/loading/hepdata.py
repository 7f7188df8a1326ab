"""Checks of the tables' descriptions for HEPData. Standard library only, like `loading.all`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.publication import (
    hepdata_tables,
    hepdata_texts,
    table_title,
    unfitted_tables,
)
from wollemi.analysis.plain.queries import as_list
from wollemi_likelihood.base.nearest import did_you_mean

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis

LONGEST_NAME = 64  # characters of a table's name (hepdata-validator 0.3.6)
_PLACEHOLDER = re.compile(
    r"\b(TODO|TBD|FIXME|XXX+|lorem ipsum|example description)\b", re.IGNORECASE
)


def check_hepdata(analysis: Analysis) -> list[str]:
    """Problems of `publication.hepdata`, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    texts = hepdata_texts(analysis)
    if texts is None:
        return []
    path, described = "publication.hepdata.tables", texts["tables"]
    known = hepdata_tables(analysis)
    problems = [
        f"{path}: '{name}' has no description; say there what this table holds"
        for name in known
        if name not in described
    ]
    possible = list(dict.fromkeys([*known, *unfitted_tables(analysis)]))
    unknown = [name for name in described if name not in possible]
    problems += [
        f"{path}: '{name}' is not a table of this analysis{did_you_mean(name, possible)}"
        for name in unknown
    ]
    if unknown:
        problems[-1] += f" (its tables: {', '.join(possible)})"
    long = [name for name in known if len(table_title(name)) > LONGEST_NAME]
    problems += [
        (
            f"{path}: '{name}' is longer than the {LONGEST_NAME} characters of HEPData; shorten "
            "the region"
        )
        for name in long
    ]
    return problems + _placeholders(texts)


def _placeholders(texts: Mapping[str, Any]) -> list[str]:
    """Problems of placeholder texts that still have to be replaced."""
    path = "publication.hepdata"
    found = {
        f"{path}.{key}": " ".join(as_list(texts[key]))
        for key in ("abstract", "reactions", "observables", "phrases")
    }
    for name, item in texts["tables"].items():
        found[f"{path}.tables.{name}"] = (
            item if isinstance(item, str) else " ".join(map(str, item.values()))
        )
    matches = {where: _PLACEHOLDER.search(text) for where, text in found.items()}
    return [
        f"{where}: '{match.group()}' is not text for readers; write it"
        for where, match in matches.items()
        if match
    ]
