"""A new signal for an archived analysis: the model of the file that `reinterpret_signal` reads."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from wollemi.analysis.models.base import Closed, Fraction, Name, NonNegative, Number, Positive
from wollemi.analysis.models.problems import describe_problems
from wollemi.analysis.models.workspace import OtherName
from wollemi.base.yaml import load_yaml
from wollemi.reinterpretation.grid import GRID, expand_grids
from wollemi_likelihood.base.errors import ConfigurationError, WollemiError, counted, listed

REMEDY = "fix these lines in the file of the signals; docs/reinterpretation.md has an example"
SOURCES = ("files", "manifest", "generate", "command", "histograms")
EFFICIENCIES = ("efficiencies", "systematics")  # dataset keys besides the keys of an analysis file
FROM_GENERATOR = "generator"  # as `cross_section_pb`
SHOWN_PROBLEMS = 12

Relative = Annotated[Number, Field(ge=-1)]


class RegionEfficiencies(Closed):
    """The fraction of the produced events that each bin of a region gets."""

    values: Fraction | tuple[Fraction, ...] = Field(
        description="one number per bin of the region's variable, or one for all"
    )
    statistical: NonNegative | tuple[NonNegative, ...] | None = Field(
        default=None, description="their statistical uncertainties"
    )


class VariedEfficiencies(Closed):
    """Efficiencies under a systematic, if not given as relative changes."""

    values: Fraction | tuple[Fraction, ...] = Field(
        description="one number per bin of the region's variable, or one for all"
    )


Change = Relative | tuple[Relative, ...] | VariedEfficiencies


class EfficiencyChange(Closed):
    """The effect of a systematic on the efficiencies: region → relative change, one per bin or one
    for all, or new `values`.
    """

    up: Mapping[Name, Change] = Field(description="at +1σ; 0.02 is two percent more")
    down: Mapping[Name, Change] | Literal["symmetrize"] = Field(
        description="the same at -1σ, or `symmetrize`"
    )


class Efficiencies(Closed):
    """A signal without events, given by its efficiency in each bin."""

    efficiencies: Mapping[Name, RegionEfficiencies | Fraction | tuple[Fraction, ...]] = Field(
        description="region → efficiencies of its bins", min_length=1
    )
    systematics: Mapping[Name, EfficiencyChange] = Field(
        default={}, description="name → change; names that are not in the archive are new"
    )

    @property
    def regions(self) -> dict[str, RegionEfficiencies]:
        """Efficiencies by region, fully expanded."""
        plain = self.efficiencies.items()
        return {
            name: item if isinstance(item, RegionEfficiencies) else RegionEfficiencies(values=item)
            for name, item in plain
        }


class ChannelYields(Closed):
    """Events of a signal in a channel of a published model, at a signal strength of 1."""

    values: NonNegative | tuple[NonNegative, ...] = Field(
        description="one number per bin; a single one for a channel of one bin, or 0"
    )
    statistical: NonNegative | tuple[NonNegative, ...] | None = Field(
        default=None, description="their statistical uncertainties, in events"
    )


class VariedYields(Closed):
    """Yields under a systematic, if not given as relative changes."""

    values: NonNegative | tuple[NonNegative, ...] = Field(
        description="one number per bin; a single one for a channel of one bin, or 0"
    )


class YieldChange(Closed):
    """The effect of a systematic on the yields: channel → relative change of all bins or of each,
    or new `values`.
    """

    up: Mapping[OtherName, Relative | tuple[Relative, ...] | VariedYields] = Field(
        description="at +1σ; 0.02 is two percent more"
    )
    down: (
        Mapping[OtherName, Relative | tuple[Relative, ...] | VariedYields] | Literal["symmetrize"]
    ) = Field(description="the same at -1σ, or `symmetrize`")


class MadeFor(Closed):
    """The archive that the signal was made for: with any other, nothing runs."""

    analysis: str | None = Field(default=None, description="name of the analysis")
    wollemi: str | None = Field(
        default=None, description="version of Wollemi that made the archive"
    )
    archive_sha256: str | None = Field(
        default=None, pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the archive (zip file)"
    )


class NewSignal(Closed):
    """A signal sample that replaces the archived signals: exactly one of `datasets`, `patch` and
    `yields`.
    """

    like: Name | None = Field(
        default=None,
        description=(
            "signal of the archive whose selection, systematics and settings it inherits; with "
            "`datasets` and `yields`"
        ),
    )
    point: Number | Mapping[str, Number] | None = Field(
        default=None,
        description=(
            "its position on the axis of the limit plot; or on two axes: label with unit → value"
        ),
    )
    datasets: Mapping[Name, Mapping[str, Any]] | None = Field(
        default=None,
        description=(
            "dataset of that signal → what changes: keys of `datasets` in an analysis file, or "
            "`efficiencies`"
        ),
        min_length=1,
    )
    patch: str | None = Field(
        default=None, description="JSON Patch of `likelihood/BkgOnly.json`, or a patch set of pyhf"
    )
    patch_name: str | None = Field(
        default=None,
        description="patch of the patch set; default: the one with the name of the signal",
    )
    yields: Mapping[OtherName, ChannelYields | NonNegative | tuple[NonNegative, ...]] | None = (
        Field(
            default=None,
            description="channel of a published model → events of its bins at µ = 1",
            min_length=1,
        )
    )
    systematics: Mapping[OtherName, YieldChange] = Field(
        default={},
        description="of `yields`: parameter → change; those that the model does not have are new",
    )
    cross_section_pb: Positive | None = Field(
        default=None,
        description=(
            "cross section of a patch or yields at µ = 1 in pb, before "
            "`limits.cross_section_fraction`; if missing, limits in pb are left out"
        ),
    )
    luminosity_ifb: Number | Mapping[str, Number] | None = Field(
        default=None,
        description="luminosity it was made for; a different one in the archive is an error",
    )
    made_for: MadeFor = Field(
        default=MadeFor(), description="archive it was made for; any other is an error"
    )

    @property
    def channels(self) -> dict[str, ChannelYields]:
        """Yields by channel, fully expanded."""
        plain = (self.yields or {}).items()
        return {
            name: item if isinstance(item, ChannelYields) else ChannelYields(values=item)
            for name, item in plain
        }


NewSignals = Mapping[Name, NewSignal]
_SIGNALS: TypeAdapter[NewSignals] = TypeAdapter(NewSignals)


def read_signals(paths: list[Path]) -> dict[str, NewSignal]:
    """Read files of new signals: each is a mapping of name → signal, or of pattern → signal with a
    `grid` of points.

    Raises:
        ConfigurationError: A file has problems; the message lists all of them.
    """
    signals: dict[str, NewSignal] = {}
    for path in paths:
        document = load_yaml(path)
        if not isinstance(document, Mapping) or not document:
            raise ConfigurationError(
                str(path), ["holds no signal: a signal is a name with its settings below"], REMEDY
            )
        found = _validated(path, expand_grids(path, document))
        repeated = sorted(signals.keys() & found.keys())
        if repeated:
            raise ConfigurationError(
                str(path), [f"{name}: is in another file, too" for name in repeated], REMEDY
            )
        signals |= {name: _with_files_beside(signal, path.parent) for name, signal in found.items()}
    return signals


def _validated(path: Path, document: Mapping[str, Any]) -> NewSignals:
    try:
        found = _SIGNALS.validate_python(document)
    except ValidationError as error:
        raise problems_of(
            path, describe_problems(error.errors(), document, NewSignals, {1: [GRID]})
        ) from None
    problems = [
        problem for name, signal in found.items() for problem in _own_problems(name, signal)
    ]
    if problems:
        raise problems_of(path, problems)
    return found


def problems_of(where: Path | str, problems: list[str]) -> WollemiError:
    """An error in the file of signals; for the many problems of a grid, only the first ones.

    Args:
        where: Path of the file.
        problems: Problems, one line each.
    """
    if len(problems) <= SHOWN_PROBLEMS:
        return ConfigurationError(str(where), problems, REMEDY)
    return WollemiError(
        str(where), f"{counted(len(problems), 'problem')}{listed(problems, SHOWN_PROBLEMS)}", REMEDY
    )


def _own_problems(name: str, signal: NewSignal) -> Iterator[str]:
    given = [key for key in ("datasets", "patch", "yields") if getattr(signal, key) is not None]
    if len(given) != 1:
        yield (
            f"{name}: give exactly one of datasets (events, or efficiencies), patch (of the "
            "likelihood) and yields (of a published model)"
        )
    if signal.like is None and {"datasets", "yields"} & set(given):
        yield f"{name}.like: is missing; name the signal of the archive that it is most like"
    if signal.patch is None and signal.patch_name is not None:
        yield f"{name}.patch_name: belongs to a patch, and this signal has none"
    if signal.yields is None and signal.systematics:
        yield (
            f"{name}.systematics: belong to yields, and this signal has none; "
            "systematics of efficiencies are in the dataset"
        )
    if given == ["datasets"] and signal.cross_section_pb is not None:
        yield (
            f"{name}.cross_section_pb: belongs to a patch or yields, and this signal has none; "
            "give it to the dataset, below datasets"
        )
    if isinstance(signal.point, Mapping) and len(signal.point) != 2:
        yield (
            f"{name}.point: {len(signal.point)} axes; give one number, or two axes as `label: "
            "number`"
        )


def _with_files_beside(signal: NewSignal, folder: Path) -> NewSignal:
    """The signal with its relative paths resolved in the folder of the signal file."""
    update: dict[str, Any] = {}
    if signal.patch is not None:
        update["patch"] = str((folder / signal.patch).absolute())
    datasets = {name: dict(changes) for name, changes in (signal.datasets or {}).items()}
    for changes in datasets.values():
        if isinstance(changes.get("files"), list):
            changes["files"] = [
                str((folder / file).absolute()) if isinstance(file, str) else file
                for file in changes["files"]
            ]
    return signal.model_copy(update=update | ({"datasets": datasets} if datasets else {}))
