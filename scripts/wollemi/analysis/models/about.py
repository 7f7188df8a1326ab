"""Who made an analysis, and how to cite it: the model of `about` in the section `publication` of an
analysis file.
"""

from typing import Annotated

from pydantic import Field

from wollemi.analysis.models.base import Section

Text = Annotated[str, Field(min_length=1, max_length=1000)]
License = Annotated[str, Field(pattern=r"^[A-Za-z0-9.+-]{1,60}$")]
# A DOI as in ISO 26324, without the resolver, or a web page.
Place = Annotated[str, Field(max_length=2000, pattern=r"^(10\.[0-9]{4,9}/|https?://)[^\s\"<>]+$")]


class Author(Section):
    """A person, or a group such as a collaboration."""

    name: Text = Field(
        pattern=r"^[^,\s](.*[^,\s])?$",
        description="family name, comma, given names, as in INSPIRE; a group has no comma",
    )
    orcid: str | None = Field(
        default=None,
        pattern=r"^[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]$",
        description="ORCID, such as `0000-0002-1825-0097`",
    )
    affiliation: Text | None = Field(default=None, description="institute")


class Related(Section):
    """Data, an analysis or a paper that this analysis is based on."""

    title: Text = Field(description="its title")
    authors: Text = Field(description="its authors, as they are cited")
    address: Place = Field(description="DOI, such as `10.7483/OPENDATA.CMS.JKB8.RR42`, or URL")
    license: License | None = Field(default=None, description="SPDX identifier of its license")


class About(Section):
    """Authors, license and date of the analysis: in its archive, its site, HEPData and RECAST."""

    authors: tuple[Author, ...] = Field(min_length=1, description="authors, in their order")
    license: License = Field(
        description="SPDX identifier of the license of the results, such as `CC-BY-4.0`"
    )
    date: str = Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="date of this version: YYYY-MM-DD"
    )
    doi: str | None = Field(
        default=None,
        max_length=200,
        pattern=r"^10\.[0-9]{4,9}/[^\s\"<>]+$",
        description="DOI of the archive, reserved before it is deposited",
    )
    keywords: tuple[Text, ...] = Field(default=(), description="keywords")
    funding: tuple[Text, ...] = Field(
        default=(), description="funders, each with the number of its grant"
    )
    related: tuple[Related, ...] = Field(
        default=(), description="data, analyses and papers that it is based on"
    )
