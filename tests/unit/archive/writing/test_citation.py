from pathlib import Path

import pytest
from rocrate.rocrate import ROCrate

from wollemi.archive.writing.citation import add_citation
from wollemi.base.citation import (
    analysis_citation,
    citation_text,
    read_citation,
    workflow_file,
)
from wollemi_likelihood.base.errors import WollemiError

CITATION = """\
title: An analysis
license: MIT
date-released: 2030-01-31
keywords: [a, b]
authors:
  - {family-names: Noether, given-names: Emmy, orcid: "https://orcid.org/0000-0000-0000-0001"}
  - {name: The collaboration, website: "https://example.org"}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("CITATION.cff").write_text(CITATION)


def test_authors_license_and_date(here):
    crate = ROCrate(version="1.1")
    files = {
        name: crate.add_file(dest_path=name) for name in ("CITATION.cff", "Snakefile", "LICENSE")
    }
    person, organization = add_citation(crate, read_citation(), read_citation(), files, {})
    assert (person.id, person.type, person["name"]) == (
        "https://orcid.org/0000-0000-0000-0001",
        "Person",
        "Emmy Noether",
    )
    assert (organization.type, organization["name"]) == ("Organization", "The collaboration")
    root = crate.root_dataset
    assert root["datePublished"] == "2030-01-31"
    assert root["license"].id == "https://spdx.org/licenses/MIT"
    assert [author.id for author in root["author"]] == [person.id, organization.id]
    assert root["citation"].id == "CITATION.cff"


ABOUT = {
    "authors": [
        {"name": "Curie, Marie", "orcid": "0000-0002-1825-0097", "affiliation": "Sorbonne"},
        {"name": "The radium group", "affiliation": "Sorbonne"},
    ],
    "license": "CC-BY-4.0",
    "date": "2026-11-30",
    "doi": "10.5281/zenodo.1",
    "keywords": ["radium", "Z boson"],
    "funding": ["A fund, grant 1"],
    "related": [
        {"title": "Data", "authors": "CMS", "address": "10.7483/A.B", "license": "CC0-1.0"},
        {"title": "A page", "authors": "Noether, E.", "address": "https://example.org/page"},
    ],
}


def test_an_analysis_has_its_own_authors_and_the_workflow_keeps_its(here):
    crate = ROCrate(version="1.1")
    files = {
        name: crate.add_file(dest_path=name) for name in ("CITATION.cff", "Snakefile", "LICENSE")
    }
    citation = analysis_citation("Radium", ABOUT)
    person, group = add_citation(crate, read_citation(), citation, files, ABOUT)
    assert (person.id, person["name"]) == ("https://orcid.org/0000-0002-1825-0097", "Marie Curie")
    assert person["affiliation"] is group["affiliation"]
    root = crate.root_dataset
    assert root["author"] == [person, group]
    assert (root["datePublished"], root["identifier"]) == (
        "2026-11-30",
        "https://doi.org/10.5281/zenodo.1",
    )
    assert root["license"].id == "https://spdx.org/licenses/CC-BY-4.0"
    assert [item["name"] for item in root["funding"]] == ["A fund, grant 1"]
    assert [item.id for item in root["isBasedOn"]] == [
        "https://doi.org/10.7483/A.B",
        "https://example.org/page",
    ]
    assert root["isBasedOn"][0]["license"].id == "https://spdx.org/licenses/CC0-1.0"
    assert [item["name"] for item in files["Snakefile"]["author"]] == [
        "Emmy Noether",
        "The collaboration",
    ]
    assert files["LICENSE"]["license"].id == "https://spdx.org/licenses/MIT"


def test_two_people_of_one_name_stay_two(here):
    crate = ROCrate(version="1.1")
    files = {
        name: crate.add_file(dest_path=name) for name in ("CITATION.cff", "Snakefile", "LICENSE")
    }
    about = ABOUT | {"authors": [{"name": "Wang, Y.", "affiliation": place} for place in "AB"]}
    citation = analysis_citation("Radium", about)
    one, other = add_citation(crate, read_citation(), citation, files, about)
    assert (one["affiliation"]["name"], other["affiliation"]["name"]) == ("A", "B")


def test_a_citation_of_an_analysis_is_read_as_one_of_a_workflow(here):
    """So an unpacked archive is archived again; its workflow is cited by a file of its own."""
    assert workflow_file() == Path("CITATION.cff")
    Path("CITATION_WORKFLOW.cff").write_text(CITATION)
    Path("CITATION.cff").write_text(citation_text(analysis_citation("Radium", ABOUT)))
    assert read_citation() == analysis_citation("Radium", ABOUT)
    assert read_citation(workflow_file())["title"] == "An analysis"


def test_a_missing_date_is_named(here):
    Path("CITATION.cff").write_text(CITATION.replace("date-released", "date"))
    with pytest.raises(WollemiError, match="date-released is missing"):
        read_citation()
