"""Suggestions for unknown names in an analysis file. Standard library only."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def unknown_names(path: str, names: Iterable[str], known: Iterable[str], what: str) -> list[str]:
    """List a problem for each unknown name.

    Args:
        path: Configuration key that contains the names.
        names: Names in the analysis.
        known: Existing names.
        what: Kind of the names, such as `sample`.
    """
    known = list(known)
    article = "an" if what[0] in "aeiou" else "a"
    return [
        f"{path}: '{name}' is not {article} {what}{did_you_mean(name, known)}"
        for name in names
        if name not in known
    ]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'ttbar'?` for the nearest known name, or an empty string.

    Args:
        name: Name in the analysis.
        known: Existing names.
    """
    return suggestion(nearest_name(name, known))


def suggestion(meant: str) -> str:
    """`; did you mean 'ttbar'?` for a name, or an empty string without one."""
    return f"; did you mean '{meant}'?" if meant else ""


def nearest_name(name: str, known: Iterable[str]) -> str:
    """The known name closest to a misspelled name, or an empty string."""
    # In a name of two letters, one may be wrong.
    return next(
        iter(
            difflib.get_close_matches(
                name, sorted(known), n=1, cutoff=0.5 if len(name) <= 2 else 0.6
            )
        ),
        "",
    )
