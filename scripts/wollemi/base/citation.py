"""The authors of the workflow: the content of `CITATION.cff` (Citation File Format 1.2.0)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wollemi.base.yaml import load_yaml
from wollemi_likelihood.base.errors import WollemiError

FILE = "CITATION.cff"
NEEDED = ("title", "authors", "license", "date-released")


def read_citation(path: Path = Path(FILE)) -> dict[str, Any]:
    """Content of `CITATION.cff`.

    Args:
        path: Path of the file.

    Raises:
        WollemiError: The file cannot be read or is incomplete.
    """
    content = load_yaml(path)
    missing = [key for key in NEEDED if not content.get(key)]
    if missing:
        raise WollemiError(
            FILE,
            f"{', '.join(missing)} is missing, and every archive states it",
            "add it, such as `date-released: 2030-01-31`",
        )
    return dict(content)


def author_name(item: Mapping[str, Any]) -> str:
    """Name of a person (an entry with a family name) or of an organization."""
    return str(
        item.get("name") or f"{item.get('given-names', '')} {item.get('family-names', '')}".strip()
    )
