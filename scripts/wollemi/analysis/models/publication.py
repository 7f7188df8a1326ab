"""How an analysis is published: the model of the section `publication` of an analysis file."""

from pydantic import Field

from wollemi.analysis.models.about import About
from wollemi.analysis.models.base import OneOrMoreNames, Section
from wollemi.analysis.models.hepdata import HepData
from wollemi.analysis.models.recast import Recast
from wollemi.analysis.models.smodels import Smodels


class Paper(Section):
    """A folder with figures and tables for a paper."""

    figures: OneOrMoreNames | None = Field(
        default=None, description="plots, by the names of their files; if missing, all"
    )
    tables: OneOrMoreNames | None = Field(
        default=None, description="tables, by the names of their files; if missing, all"
    )


class Publication(Section):
    """What a publication of the results contains besides them."""

    about: About | None = Field(
        default=None,
        description="authors, license and date; if missing, `CITATION.cff` gives them",
    )
    inspire_id: str | None = Field(
        default=None,
        pattern=r"^ins[0-9]{7}$",
        description="INSPIRE record, such as `ins1124338`; if missing, not published",
    )
    hepdata: HepData | None = Field(
        default=None, description="texts of a HEPData submission; if missing, none is written"
    )
    smodels: Smodels | None = Field(
        default=None, description="efficiency maps for SModelS; if missing, they are not written"
    )
    paper: Paper | None = Field(
        default=None,
        description="a folder with figures and tables for a paper; if missing, none is written",
    )
    recast: Recast | None = Field(
        default=None, description="additions to the entry in a RECAST catalog"
    )
