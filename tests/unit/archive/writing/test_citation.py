from pathlib import Path

import pytest
from rocrate.rocrate import ROCrate

from wollemi.archive.writing.citation import add_citation
from wollemi.base.citation import read_citation
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
    person, organization = add_citation(crate, read_citation(), files)
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


def test_a_missing_date_is_named(here):
    Path("CITATION.cff").write_text(CITATION.replace("date-released", "date"))
    with pytest.raises(WollemiError, match="date-released is missing"):
        read_citation()
