"""Texts of a HEPData submission: the model of `publication.hepdata` of an analysis file."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from wollemi.analysis.models.base import Name, Section

Text = Annotated[str, Field(min_length=1)]
Keywords = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=128)], ...], Field(min_length=1)
]


class HepDataTable(Section):
    """A table with more than a description."""

    description: Text = Field(description="content of the table, for readers of HEPData")
    location: str | None = Field(
        default=None,
        max_length=256,
        description="place in the publication, such as `Figure 4a`",
    )
    observables: Keywords | None = Field(
        default=None,
        description="observables of this table, instead of the `observables` of all tables",
    )


class HepData(Section):
    """Texts of a HEPData submission. Energies, units and numbers come from the analysis and its
    results.
    """

    abstract: Text = Field(description="abstract of the record; states that the data are simulated")
    reactions: Keywords = Field(
        description="reactions in HEPData notation, such as `P P --> Z0 < MU+ MU- > X`"
    )
    observables: Keywords = Field(
        description="observables in HEPData notation, such as `N`, `SIG`, `DN/DM`, `CLS`"
    )
    phrases: Keywords = Field(description="search phrases, such as `Proton-Proton Scattering`")
    tables: Mapping[Name, Text | HepDataTable] = Field(
        description=(
            "table → its description, for every table; docs/publication.md lists their names"
        )
    )
