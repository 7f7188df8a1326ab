"""Branches that a query is about."""

from collections.abc import Sequence

from wollemi.expressions.syntax import MOMENTUM
from wollemi.queries.syntax import Query


def collections(known: Sequence[str]) -> list[str]:
    """Names before the last underscore of branches."""
    return list(dict.fromkeys(name.rpartition("_")[0] for name in known if "_" in name))


def branches_of(query: Query, known: Sequence[str]) -> list[str]:
    """Branches that a query may need: those that it names, and of collections that it names the
    fields that it names, with their four-momenta.

    Args:
        query: the query.
        known: branches of the file.
    """
    names = query.names
    fields = names | {part for parts in MOMENTUM.values() for part in parts}
    found = [
        name
        for name in known
        if name in names or (name.rpartition("_")[0] in names and name.rpartition("_")[2] in fields)
    ]
    return found or list(known[:1])
