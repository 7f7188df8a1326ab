"""Checks of the section `publication.about`. Standard library only, like `wollemi.loading.all`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis

# List → the key by which others know an entry.
IDENTITIES = {"authors": "orcid", "keywords": "", "funding": "", "related": "address"}


def check_about(analysis: Analysis) -> list[str]:
    """Problems of authors and date, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema.
    """
    about = analysis.publication.about if analysis.publication else None
    if not about:
        return []
    problems = [
        f"publication.about.authors.{number}.orcid: '{author.orcid}' is not an ORCID: its last "
        "character does not match the others; copy it from https://orcid.org"
        for number, author in enumerate(about.authors)
        if author.orcid and author.orcid[-1] != orcid_check_character(author.orcid[:-1])
    ]
    for key, identity in IDENTITIES.items():
        items = about.plain.get(key) or ()
        known = [(item.get(identity) or item) if identity else item for item in items]
        problems += [
            f"publication.about.{key}.{number}: '{item}' appears twice"
            for number, item in enumerate(known)
            if item in known[:number]
        ]
    try:
        date.fromisoformat(about.date)
    except ValueError:
        problems.append(f"publication.about.date: '{about.date}' is not in the calendar")
    return problems


def orcid_check_character(digits: str) -> str:
    """The last character of an ORCID: ISO/IEC 7064, MOD 11-2.

    Args:
        digits: The others, with or without hyphens.
    """
    total = 0
    for digit in digits.replace("-", ""):
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11]
