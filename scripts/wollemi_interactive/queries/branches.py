"""Branches needed by a query."""

from collections.abc import Sequence

from wollemi_interactive.queries.syntax import Query
from wollemi_likelihood.expressions.syntax import MOMENTUM


def collections(known: Sequence[str]) -> list[str]:
    """Parts of branch names before the last underscore."""
    return list(dict.fromkeys(name.rpartition("_")[0] for name in known if "_" in name))


def branches_of(query: Query, known: Sequence[str]) -> list[str]:
    """Branches that a query may need: branches that it names, and, for collections that it names,
    the named fields and the four-momenta.

    Args:
        query: Query to answer.
        known: Branches of the file.
    """
    names = query.names
    fields = names | {part for parts in MOMENTUM.values() for part in parts}

    def is_field(name: str) -> bool:
        """Whether a branch is a needed field; fields may have underscores, as pfRelIso04_all."""
        parts = name.split("_")
        pairs = (("_".join(parts[:end]), "_".join(parts[end:])) for end in range(1, len(parts)))
        return any(collection in names and field in fields for collection, field in pairs)

    found = [name for name in known if name in names or is_field(name)]
    return found or list(known[:1])
