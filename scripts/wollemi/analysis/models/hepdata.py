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

    description: Text = Field(description="what it holds, for readers of HEPData")
    location: str | None = Field(
        default=None,
        max_length=256,
        description="where the publication has it, such as `Figure 4a`",
    )
    observables: Keywords | None = Field(
        default=None, description="what it gives, in the place of `observables` of all tables"
    )


class HepData(Section):
    """Texts of a HEPData submission. Energies, units and numbers come from the analysis and its
    results.
    """

    abstract: Text = Field(description="of the record; says what is simulated")
    reactions: Keywords = Field(
        description="in the words of HEPData, such as `P P --> Z0 < MU+ MU- > X`"
    )
    observables: Keywords = Field(
        description="in the words of HEPData, such as `N`, `SIG`, `DN/DM`, `CLS`"
    )
    phrases: Keywords = Field(
        description="what people search for, such as `Proton-Proton Scattering`"
    )
    tables: Mapping[Name, Text | HepDataTable] = Field(
        description="table → its description, for each table: docs/publication.md has their names"
    )
