"""A model that somebody published, in place of datasets: the models of the section `workspace`."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from wollemi.analysis.models.base import Address, FilePath, Name, Number, Section
from wollemi.analysis.models.datasets import FileSize

# Labels and names as others choose them.
OtherName = Annotated[str, Field(min_length=1, max_length=200)]
# More coordinates has no grid of signals.
Values = Annotated[tuple[Number, ...], Field(min_length=1, max_length=10)]
Points = Annotated[Mapping[Name, Values], Field(min_length=1)]
PatchNames = Annotated[tuple[Name, ...], Field(min_length=1)]
Axes = Annotated[tuple[OtherName, ...], Field(min_length=2, max_length=2)]
Bounds = Annotated[tuple[Number, ...], Field(min_length=2, max_length=2)]


class PublishedFile(Section):
    """A file, or one in an archive (`.zip`, `.tar.gz`): exactly one of `path` and `url`."""

    path: FilePath | None = Field(default=None, description="the file, on this machine")
    url: Address | None = Field(default=None, description="public address of the file")
    size: FileSize | None = Field(default=None, description="bytes; with `url`")
    sha256: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 of the content; with `path` it is optional",
    )
    member: FilePath | None = Field(
        default=None,
        description=(
            "path of the file in an archive. Default: the only one named "
            "`BkgOnly.json` or `patchset.json`; without a patch set, all files `patch.NAME.json`"
        ),
    )


class PatchSet(PublishedFile):
    """The patch set of a published likelihood (pyhf): a patch is a signal. Without `path` and
    `url` it is in the archive of the workspace.
    """

    points: Points | PatchNames = Field(
        description=(
            "the signals: names of patches; or name → values of the patch, which is then found by "
            "its values if none has that name"
        )
    )
    axes: Axes | None = Field(
        default=None,
        description=(
            "labels of the two values in the contour plot. Default: the labels of the patch set"
        ),
    )


class Datacard(Section):
    """What a datacard of Combine leaves to the command line."""

    mass: Number | None = Field(
        default=None, description="value of `$MASS` in the paths of histograms, GeV"
    )
    bounds: Bounds = Field(
        default=(0.0, 20.0), description="bounds of the signal strengths, lower one first"
    )
    strengths: Mapping[OtherName, Name] = Field(
        default={}, description="signal process → name of its strength, where that is not `r`"
    )
    interpolation: Literal["combine"] | None = Field(
        default=None,
        description=(
            "`combine`: exactly the likelihood of Combine, its interpolation, limits of bins and "
            "statistics, which other programs for workspaces refuse. Default: HistFactory's"
        ),
    )


class ModelFile(PublishedFile):
    """A HistFactory model with its data that somebody else made: JSON of pyhf or HS3, the top-level
    XML of HistFactory, or a datacard of Combine.
    """

    measurement: OtherName | None = Field(
        default=None, description="name of the measurement. Default: the only one"
    )
    files: tuple[FilePath, ...] = Field(
        default=(),
        description=(
            "other files that an XML or a datacard names: XML of channels, ROOT files. An archive "
            "holds its own"
        ),
    )
    datacard: Datacard | None = Field(default=None, description="options for a datacard")


Inputs = Annotated[Mapping[Name, ModelFile], Field(min_length=2)]
Members = Annotated[tuple[OtherName, ...], Field(min_length=2)]


class Workspace(ModelFile):
    """A HistFactory model with its data, that somebody published, or the combination of several."""

    signal: Name = Field(
        default="signal", description="name of the signal; with `patches`, their names count"
    )
    patches: PatchSet | None = Field(
        default=None, description="patches that add the signals to a model of the backgrounds"
    )
    regions: tuple[Name, ...] = Field(
        default=(), description="channels that are plotted after the fit"
    )
    combine: Inputs | None = Field(
        default=None,
        description=(
            "models of several analyses instead of one file: name → model. Channels and "
            "parameters get the name in front, `<name>_`"
        ),
    )
    shared: Mapping[Name, Members] = Field(
        default={},
        description="shared parameters of `combine`: name → parameters, each `<name>.<parameter>`",
    )
    poi: Name | None = Field(
        default=None, description="parameter of interest of `combine`. Default: `mu`"
    )
