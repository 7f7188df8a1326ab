"""Authors, citation and license of the analysis and of the workflow in the metadata of an
archive.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from wollemi.archive.writing.crate_parameters import one_or_many
from wollemi.base.citation import DOI, FILE, author_name


def add_citation(
    crate: ROCrate,
    workflow: Mapping[str, Any],
    analysis: Mapping[str, Any],
    files: Mapping[str, Entity],
    about: Mapping[str, Any],
) -> list[Entity]:
    """Write authors, license, citation and date of publication into the crate.

    Args:
        crate: Crate of the archive.
        workflow: Content of the `CITATION.cff` of the workflow.
        analysis: Content of the `CITATION.cff` of the analysis, or again of the workflow.
        files: Entities by file name.
        about: Content of `publication.about`, for the funders; empty if it is missing.

    Returns:
        Entities of the authors of the analysis.
    """
    root = crate.root_dataset
    authors = _authors(crate, analysis)
    root["author"], root["publisher"] = one_or_many(authors), authors[0]
    root["datePublished"] = str(analysis["date-released"])
    root["license"] = _license(crate, analysis["license"])
    root["citation"] = files[FILE]
    if "keywords" in analysis:
        root["keywords"] = ", ".join(analysis["keywords"])
    if "doi" in analysis:
        root["identifier"] = f"{DOI}{analysis['doi']}"
    if about.get("funding"):
        root["funding"] = [
            _add(crate, f"#grant-{number}", {"@type": "Grant", "name": text})
            for number, text in enumerate(about["funding"], 1)
        ]
    if analysis.get("references"):
        root["isBasedOn"] = [_reference(crate, item) for item in analysis["references"]]
    code = _license(crate, workflow["license"])
    code["description"] = "its text is in the file LICENSE"
    for name in ("Snakefile", "LICENSE"):
        files[name]["license"] = code
    files["Snakefile"]["author"] = one_or_many(_authors(crate, workflow))
    return authors


def _add(crate: ROCrate, identifier: str, properties: Mapping[str, Any]) -> Entity:
    known = crate.dereference(identifier)
    return known or crate.add(ContextEntity(crate, identifier, properties=dict(properties)))


def _license(crate: ROCrate, name: str) -> Entity:
    url = f"https://spdx.org/licenses/{name}"
    return _add(crate, url, {"@type": "CreativeWork", "name": str(name)})


def _reference(crate: ROCrate, item: Mapping[str, Any]) -> Entity:
    about = {"@type": "CreativeWork", "name": item["title"]}
    about["creditText"] = author_name(item["authors"][0])
    if "license" in item:
        about["license"] = _license(crate, item["license"])
    return _add(crate, item.get("url") or f"{DOI}{item['doi']}", about)


def _authors(crate: ROCrate, citation: Mapping[str, Any]) -> list[Entity]:
    return [_author(crate, item) for item in citation["authors"]]


def _author(crate: ROCrate, item: Mapping[str, Any]) -> Entity:
    """An entry with a family name is a person, anything else an organization."""
    name, place = author_name(item), item.get("affiliation")
    # Two people may have one name.
    local = f"#author/{quote(name)}" + (f"/{quote(place)}" if place else "")
    identifier = item.get("orcid") or item.get("website") or local
    names = {
        "@type": "Organization" if "name" in item else "Person",
        "name": name,
        "givenName": item.get("given-names"),
        "familyName": item.get("family-names"),
    }
    author = _add(crate, identifier, {key: text for key, text in names.items() if text})
    if place:
        author["affiliation"] = _add(
            crate, f"#{quote(place)}", {"@type": "Organization", "name": place}
        )
    return author
