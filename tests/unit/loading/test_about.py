"""Authors, license and date of an analysis: what is refused, and where."""

import pytest
from pydantic import ValidationError

from wollemi.analysis.models.about import About
from wollemi.analysis.view import view_of
from wollemi.loading.about import check_about, orcid_check_character

ABOUT = {
    "authors": [{"name": "Noether, Emmy", "orcid": "0000-0002-1825-0097"}],
    "license": "CC-BY-4.0",
    "date": "2026-02-28",
}


# Examples of https://support.orcid.org/hc/en-us/articles/360006897674
@pytest.mark.parametrize(
    "orcid", ["0000-0002-1825-0097", "0000-0001-5109-3700", "0000-0002-1694-233X"]
)
def test_check_characters_of_published_identifiers(orcid):
    assert orcid_check_character(orcid[:-1]) == orcid[-1]
    # A single wrong digit and two exchanged neighbors are always found (ISO/IEC 7064).
    digits = orcid.replace("-", "")[:-1]
    for place in range(len(digits)):
        other = digits[:place] + str((int(digits[place]) + 1) % 10) + digits[place + 1 :]
        assert orcid_check_character(other) != orcid[-1]


def problems(**changes):
    return check_about(view_of({"publication": {"about": ABOUT | changes}}))


def test_a_mistyped_orcid_and_a_day_that_does_not_exist():
    assert problems() == []
    (orcid,) = problems(
        authors=[*ABOUT["authors"], {"name": "Curie, M.", "orcid": "0000-0002-1825-0079"}]
    )
    assert orcid.startswith(
        "publication.about.authors.1.orcid: '0000-0002-1825-0079' is not an ORCID"
    )
    assert problems(date="2026-02-30") == [
        "publication.about.date: '2026-02-30' is not in the calendar"
    ]
    assert check_about(view_of({})) == check_about(view_of({"publication": {}})) == []


@pytest.mark.parametrize("key", ["authors", "keywords", "funding", "related"])
def test_what_is_given_twice(key):
    item = {"name": "Noether, Emmy"} if key == "authors" else "the same"
    if key == "related":
        item = {"title": "Data", "authors": "CMS", "address": "10.7483/A.B"}
    (problem,) = problems(**{key: [item, item]})
    assert problem.startswith(f"publication.about.{key}.1: ")


def test_one_orcid_or_address_under_two_names():
    """In the crate the second would be the first without a word."""
    orcid = {"orcid": "0000-0002-1825-0097"}
    people = [{"name": "Noether, Emmy"} | orcid, {"name": "Curie, Marie"} | orcid]
    (problem,) = problems(authors=people)
    assert problem == "publication.about.authors.1: '0000-0002-1825-0097' appears twice"
    works = [{"title": title, "authors": "CMS", "address": "10.7483/A.B"} for title in "ab"]
    (problem,) = problems(related=works)
    assert problem == "publication.about.related.1: '10.7483/A.B' appears twice"
    assert problems(authors=[{"name": "Wang, Y.", "affiliation": place} for place in "ab"]) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("authors", []),
        ("authors", [{"name": "Noether,"}]),
        ("authors", [{"name": "Noether, Emmy", "orcid": "https://orcid.org/0000-0002-1825-0097"}]),
        ("authors", [{"name": "Noether, Emmy", "institute": "Göttingen"}]),
        ("license", "CC BY 4.0"),
        ("date", "28.02.2026"),
        ("doi", "https://doi.org/10.5281/zenodo.1"),
        ("related", [{"title": "Data", "authors": "CMS"}]),
        ("related", [{"title": "Data", "authors": "CMS", "address": "ftp://example.org"}]),
    ],
)
def test_what_the_schema_refuses(key, value):
    About.model_validate(ABOUT)
    with pytest.raises(ValidationError, match=key):
        About.model_validate(ABOUT | {key: value})
