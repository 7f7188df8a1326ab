"""How an analysis is published: the model of the section `publication` of an analysis file."""

from pydantic import Field

from wollemi.analysis.models.base import Section
from wollemi.analysis.models.hepdata import HepData
from wollemi.analysis.models.recast import Recast
from wollemi.analysis.models.smodels import Smodels


class Publication(Section):
    """What a publication of the results says beside them."""

    inspire_id: str | None = Field(
        default=None,
        pattern=r"^ins[0-9]{7}$",
        description="record in INSPIRE, such as `ins1124338`; none: not published",
    )
    hepdata: HepData | None = Field(
        default=None, description="texts of a submission to HEPData; none: there is none"
    )
    smodels: Smodels | None = Field(
        default=None, description="efficiency maps for SModelS; none: they are not written"
    )
    recast: Recast | None = Field(
        default=None, description="what the entry in a catalogue of RECAST has beside"
    )
