"""Blinded data: the model of the section `blinding` of an analysis file."""

from collections.abc import Mapping

from pydantic import Field

from wollemi.analysis.models.base import Name, Names, Number, Section


class Blinding(Section):
    """Which data are hidden in every product. To unblind, remove all or part of the section:
    docs/data_taking.md.
    """

    regions: Names = Field(
        default=(), description="regions whose data are neither histogrammed nor counted"
    )
    windows: Mapping[Name, tuple[Number, Number]] = Field(
        default={},
        description=(
            "variable → lower and upper end, in its unit: data events in this window are counted "
            "nowhere. Whole bins are hidden; a window that reaches the end of the axis includes "
            "everything beyond"
        ),
    )


class Hidden(Blinding):
    """Hidden regions and ranges of a dataset of the data."""

    derived: Names = Field(
        default=(), description="regions derived from these, which contain their events and more"
    )
    axes: Mapping[Name, Names] = Field(
        default={}, description="variable of several axes → its axes, if one has a window"
    )
