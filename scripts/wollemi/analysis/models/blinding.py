"""Data that nobody looks at yet: the model of the section `blinding` of an analysis file."""

from collections.abc import Mapping

from pydantic import Field

from wollemi.analysis.models.base import Name, Names, Number, Section


class Blinding(Section):
    """What of the data is hidden in every product. To unblind, remove the section, or a part of it:
    docs/blinding.md.
    """

    regions: Names = Field(
        default=(), description="regions whose data are neither histogrammed nor counted"
    )
    windows: Mapping[Name, tuple[Number, Number]] = Field(
        default={},
        description="variable → lower and upper end, in its unit: data events with a value there count "  # noqa: E501
        "nowhere. "
        "Whole bins are hidden; a window that reaches the end of the axis includes what is beyond",
    )


class Hidden(Blinding):
    """What is hidden of a dataset of the data."""

    derived: Names = Field(
        default=(), description="regions derived from these: they have their events, and others"
    )
