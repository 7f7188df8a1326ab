"""Authors, license and date as in `CITATION.cff` (Citation File Format 1.2.0): of the workflow, and
of an analysis with `publication.about`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from wollemi.base.yaml import load_yaml
from wollemi_likelihood.base.errors import WollemiError

FILE = "CITATION.cff"
WORKFLOW_FILE = "CITATION_WORKFLOW.cff"  # in the archive of an analysis with its own authors
ORCID, DOI = "https://orcid.org/", "https://doi.org/"
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


def workflow_file() -> Path:
    """`CITATION.cff` of the workflow in this folder, which may be an unpacked archive."""
    archived = Path(WORKFLOW_FILE)
    return archived if archived.exists() else Path(FILE)


def analysis_citation(title: str, about: Mapping[str, Any]) -> dict[str, Any]:
    """Content of the `CITATION.cff` of an analysis.

    Args:
        title: Title of the analysis.
        about: Content of `publication.about`.
    """
    return {
        "cff-version": "1.2.0",
        "message": "Please cite this analysis as below.",
        "type": "dataset",
        "title": title,
        "authors": [_citation_author(item) for item in about["authors"]],
        "license": about["license"],
        "date-released": about["date"],
        **{key: about[key] for key in ("doi", "keywords") if about.get(key)},
        "references": [
            {
                "type": "generic",
                "title": item["title"],
                "authors": [{"name": item["authors"]}],
                "url" if "://" in item["address"] else "doi": item["address"],
                **({"license": item["license"]} if item.get("license") else {}),
            }
            for item in about.get("related") or ()
        ],
    }


def citation_text(content: Mapping[str, Any]) -> str:
    """Text of a `CITATION.cff`."""
    return yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True)


def _citation_author(item: Mapping[str, Any]) -> dict[str, str]:
    family, comma, given = (part.strip() for part in item["name"].partition(","))
    name = {"family-names": family, "given-names": given} if comma else {"name": family}
    orcid = {"orcid": f"{ORCID}{item['orcid']}"} if item.get("orcid") else {}
    affiliation = {"affiliation": item["affiliation"]} if item.get("affiliation") else {}
    return name | orcid | affiliation


def author_name(item: Mapping[str, Any]) -> str:
    """Name of a person (an entry with a family name) or of an organization."""
    return str(
        item.get("name") or f"{item.get('given-names', '')} {item.get('family-names', '')}".strip()
    )
