"""Names of an analysis file that point to nothing. Standard library only, as `wollemi.analysis.checks.all`."""

from __future__ import annotations

from collections.abc import Iterable

from wollemi.expressions.syntax import did_you_mean


def unknown_names(path: str, names: Iterable[str], known: Iterable[str], what: str) -> list[str]:
    """A problem for each name that is not known.

    Args:
        path: where the names stand.
        names: what was written.
        known: what exists.
        what: what they should be, such as `sample`.
    """
    known = list(known)
    article = "an" if what[0] in "aeiou" else "a"
    return [f"{path}: '{name}' is not {article} {what}{did_you_mean(name, known)}" for name in names if name not in known]
