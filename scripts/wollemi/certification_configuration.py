"""Certified data: the model of the section `certified` of an analysis file."""

from pydantic import Field

from wollemi.dataset_configuration import RemoteFile
from wollemi.section import FilePath, Section


class Certification(Section):
    """Which luminosity blocks of the data are good, and how much luminosity was recorded in them."""

    blocks: FilePath | RemoteFile = Field(
        description='path, or public file: JSON, `{"run": [[first, last], ...]}`: data of other blocks are dropped'
    )
    luminosity: FilePath | RemoteFile | None = Field(
        default=None,
        description="CSV file of `brilcalc lumi --byls`: the luminosity recorded in the certified blocks is that of the era",
    )
