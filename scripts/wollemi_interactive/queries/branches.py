"""Branches that a query is about."""

from collections.abc import Sequence

from wollemi_interactive.queries.syntax import Query
from wollemi_likelihood.expressions.syntax import MOMENTUM


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

    def is_field(name: str) -> bool:
        """Of a collection; names of fields may have underscores, as pfRelIso04_all."""
        parts = name.split("_")
        pairs = (("_".join(parts[:end]), "_".join(parts[end:])) for end in range(1, len(parts)))
        return any(collection in names and field in fields for collection, field in pairs)

    found = [name for name in known if name in names or is_field(name)]
    return found or list(known[:1])
