"""Certified data: the model of the section `certified` of an analysis file."""

from pydantic import Field

from wollemi.analysis.models.base import FilePath, Section
from wollemi.analysis.models.datasets import RemoteFile


class Certification(Section):
    """Certified luminosity blocks of the data, and the luminosity recorded in them."""

    blocks: FilePath | RemoteFile = Field(
        description=(
            'path or public file, JSON: `{"run": [[first, last], ...]}`; data of other blocks are '
            "dropped"
        )
    )
    luminosity: FilePath | RemoteFile | None = Field(
        default=None,
        description=(
            "CSV file from `brilcalc lumi --byls`: the luminosity of the era is that recorded in "
            "the certified blocks"
        ),
    )
