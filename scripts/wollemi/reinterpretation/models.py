"""A new signal for an archived analysis: the model of the file that `reinterpret_signal` reads."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from wollemi.analysis.models.base import Fraction, Name, NonNegative, Number, Positive, Section
from wollemi.analysis.models.problems import describe_problems
from wollemi.base.errors import ConfigurationError, WollemiError, listed
from wollemi.base.yaml import load_yaml
from wollemi.reinterpretation.grid import GRID, expand_grids

REMEDY = "fix these lines in the file of the signals; docs/reinterpretation.md has an example"
SOURCES = ("files", "manifest", "generate", "histograms")
EFFICIENCIES = ("efficiencies", "systematics")  # keys of a dataset beside those of an analysis file
FROM_GENERATOR = "generator"  # as `cross_section_pb`
SHOWN_PROBLEMS = 12

Relative = Annotated[Number, Field(ge=-1)]


class RegionEfficiencies(Section):
    """Which part of the produced events each bin of a region gets."""

    values: Fraction | tuple[Fraction, ...] = Field(
        description="one number a bin of the region's variable, or one for all"
    )
    statistical: NonNegative | tuple[NonNegative, ...] | None = Field(
        default=None, description="their statistical uncertainties"
    )


class VariedEfficiencies(Section):
    """Efficiencies under a systematic, where they are not told as relative changes."""

    values: Fraction | tuple[Fraction, ...] = Field(
        description="one number a bin of the region's variable, or one for all"
    )


Change = Relative | tuple[Relative, ...] | VariedEfficiencies


class EfficiencyChange(Section):
    """What a systematic does to the efficiencies: region → relative change, one per bin or one for
    all, or new `values`.
    """

    up: Mapping[Name, Change] = Field(description="at +1σ; 0.02 is two percent more")
    down: Mapping[Name, Change] | Literal["symmetrize"] = Field(
        description="the same at -1σ, or `symmetrize`"
    )


class Efficiencies(Section):
    """A signal of which no events are there, but the part of them that each bin gets."""

    efficiencies: Mapping[Name, RegionEfficiencies | Fraction | tuple[Fraction, ...]] = Field(
        description="region → efficiencies of its bins", min_length=1
    )
    systematics: Mapping[Name, EfficiencyChange] = Field(
        default={}, description="name → change; other names than the archive's are new"
    )

    @property
    def regions(self) -> dict[str, RegionEfficiencies]:
        """Region → efficiencies, written out."""
        plain = self.efficiencies.items()
        return {
            name: item if isinstance(item, RegionEfficiencies) else RegionEfficiencies(values=item)
            for name, item in plain
        }


class MadeFor(Section):
    """What the signal was made for: with another archive, nothing runs."""

    analysis: str | None = Field(default=None, description="name of the analysis")
    wollemi: str | None = Field(
        default=None, description="version of Wollemi that the archive is of"
    )
    archive_sha256: str | None = Field(
        default=None, pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the archive, a zip"
    )


class NewSignal(Section):
    """A signal sample that takes the place of those of the archive: exactly one of `datasets` and
    `patch`.
    """

    like: Name | None = Field(
        default=None,
        description=(
            "signal of the archive whose selection, systematics and settings it gets; with "
            "`datasets`"
        ),
    )
    point: Number | Mapping[str, Number] | None = Field(
        default=None,
        description="its place on the axis of the limit plot; or on two axes: label with unit → value",  # noqa: E501
    )
    datasets: Mapping[Name, Mapping[str, Any]] | None = Field(
        default=None,
        description=(
            "dataset of that signal → what differs: keys of `datasets` of an analysis file, or "
            "`efficiencies`"
        ),
        min_length=1,
    )
    patch: str | None = Field(
        default=None, description="JSON Patch of `likelihood/BkgOnly.json`, or a patch set of pyhf"
    )
    patch_name: str | None = Field(
        default=None, description="which patch of the patch set; none: that of the signal's name"
    )
    cross_section_pb: Positive | None = Field(
        default=None,
        description=(
            "of a patch: what µ = 1 stands for, in pb, before `limits.cross_section_fraction`; "
            "none: no limits in pb"
        ),
    )
    luminosity_ifb: Number | Mapping[str, Number] | None = Field(
        default=None,
        description="the luminosity it was made for; another one of the archive is an error",
    )
    made_for: MadeFor = Field(
        default=MadeFor(), description="the archive it was made for; another one is an error"
    )


NewSignals = Mapping[Name, NewSignal]
_SIGNALS: TypeAdapter[NewSignals] = TypeAdapter(NewSignals)


def read_signals(paths: list[Path]) -> dict[str, NewSignal]:
    """Read files of new signals: each a mapping of name → signal, or of a pattern → signal with a
    `grid` of points.

    Raises:
        ConfigurationError: with every problem of a file.
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
    """An error of the file of signals; only the first of the many problems of a grid.

    Args:
        where: the file.
        problems: one line per problem.
    """
    if len(problems) <= SHOWN_PROBLEMS:
        return ConfigurationError(str(where), problems, REMEDY)
    return WollemiError(
        str(where), f"{len(problems)} problems{listed(problems, SHOWN_PROBLEMS)}", REMEDY
    )


def _own_problems(name: str, signal: NewSignal) -> Iterator[str]:
    if (signal.datasets is None) == (signal.patch is None):
        yield (
            f"{name}: give exactly one of datasets (events, or efficiencies) and patch (of the "
            "likelihood)"
        )
    if signal.datasets is not None and signal.like is None:
        yield f"{name}.like: is missing; name the signal of the archive that it is most like"
    for key in ("patch_name", "cross_section_pb"):
        if signal.patch is None and getattr(signal, key) is not None:
            where = "; give it to the dataset, below datasets" if key == "cross_section_pb" else ""
            yield f"{name}.{key}: belongs to a patch, and this signal has none{where}"
    if isinstance(signal.point, Mapping) and len(signal.point) != 2:
        yield (
            f"{name}.point: {len(signal.point)} axes; give one number, or two axes as `label: "
            "number`"
        )


def _with_files_beside(signal: NewSignal, folder: Path) -> NewSignal:
    """Relative paths of files refer to the folder of the signal file."""
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
