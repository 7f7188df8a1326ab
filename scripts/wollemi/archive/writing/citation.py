"""Authors, citation and license of the workflow: from `CITATION.cff` into the metadata of an
archive.
"""

from collections.abc import Mapping
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from wollemi.archive.writing.crate_parameters import one_or_many
from wollemi.base.citation import FILE, author_name


def add_citation(
    crate: ROCrate, citation: Mapping[str, Any], files: Mapping[str, Entity]
) -> list[Entity]:
    """Write authors, license, citation and date of publication into the crate.

    Args:
        crate: Crate of the archive.
        citation: Content of `CITATION.cff`.
        files: Entities by file name.

    Returns:
        Entities of the authors.
    """
    authors = [
        crate.add(_author(crate, number, item))
        for number, item in enumerate(citation["authors"], 1)
    ]
    url = f"https://spdx.org/licenses/{citation['license']}"
    about = {
        "@type": "CreativeWork",
        "name": str(citation["license"]),
        "description": "its text is in the file LICENSE",
    }
    license_entity = crate.add(ContextEntity(crate, url, properties=about))
    root = crate.root_dataset
    root["datePublished"] = str(citation["date-released"])
    root["license"] = license_entity
    root["author"], root["publisher"] = one_or_many(authors), authors[0]
    root["citation"] = files[FILE]
    if "keywords" in citation:
        root["keywords"] = ", ".join(citation["keywords"])
    for name in ("Snakefile", "LICENSE"):
        files[name]["license"] = license_entity
    files["Snakefile"]["author"] = one_or_many(authors)
    return authors


def _author(crate: ROCrate, number: int, item: Mapping[str, Any]) -> ContextEntity:
    """An entry with a family name is a person, anything else an organization."""
    identifier = item.get("orcid") or item.get("website") or f"#author-{number}"
    if "name" in item:
        return ContextEntity(
            crate, identifier, properties={"@type": "Organization", "name": item["name"]}
        )
    names = {
        "name": author_name(item),
        "givenName": item.get("given-names", ""),
        "familyName": item.get("family-names", ""),
    }
    return ContextEntity(
        crate,
        identifier,
        properties={"@type": "Person", **{key: text for key, text in names.items() if text}},
    )
