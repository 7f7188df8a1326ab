"""Published curves on the plots of limits: the models of the section `overlays`."""

from typing import Annotated, Literal

from pydantic import Field

from wollemi.analysis.models.base import FilePath
from wollemi.analysis.models.workspace import OtherName, PublishedFile

Unit = Annotated[str, Field(pattern=r"^[^\[\]]{1,50}$")]


class Overlay(PublishedFile):
    """A curve on the limit plot or the contour plot, from a file: numbers of such a plot of
    another run (`plots/limits.json`, `plots/contour.json`), its `limits.json`, or a table of
    HEPData (YAML, JSON or CSV).
    """

    label: OtherName = Field(description="its name in the legend")
    member: FilePath | None = Field(
        default=None,
        description=(
            "path of the file in an archive. Default: the only one named `limits.json`, or "
            "`contour.json` for a contour"
        ),
    )
    curve: Literal["observed", "expected"] = Field(
        default="observed", description="curve to take, for a file of a run"
    )
    x: OtherName | None = Field(
        default=None, description="column of the x axis in a table. Default: the first one"
    )
    y: OtherName | None = Field(
        default=None, description="column of the y axis in a table. Default: the only other"
    )
    x_unit: Unit | None = Field(
        default=None, description="unit of x, if the file does not say it; `1`: x has none"
    )
    y_unit: Unit | None = Field(default=None, description="the same of y")
    color: str | None = Field(
        default=None, description="a matplotlib color. Default: one of the palette"
    )
    line: Literal["solid", "dashed", "dotted", "dashdot"] = Field(
        default="solid", description="its style"
    )
