"""A new signal for an archived analysis: the model of the file that `reinterpret_signal` reads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError

from wollemi.errors import ConfigurationError
from wollemi.problems import describe_problems
from wollemi.section import Name, Section
from wollemi.strict_yaml import load_yaml

REMEDY = "mend these lines in the file of the signals; docs/reinterpretation.md has an example"
SOURCES = ("files", "manifest", "generate", "histograms")


class NewSignal(Section):
    """A signal sample that takes the place of those of the archive."""

    like: Name = Field(description="signal of the archive whose selection, systematics and settings it gets")
    point: float | None = Field(default=None, description="its place on the axis of the limit plot")
    datasets: Mapping[Name, Mapping[str, Any]] = Field(
        description="dataset of that signal → what differs: keys of `datasets` of an analysis file", min_length=1
    )
    luminosity_ifb: float | Mapping[str, float] | None = Field(
        default=None, description="the luminosity it was made for; another one of the archive is an error"
    )


NewSignals = Mapping[Name, NewSignal]
_SIGNALS: TypeAdapter[NewSignals] = TypeAdapter(NewSignals)


def read_signals(paths: list[Path]) -> dict[str, NewSignal]:
    """Read files of new signals: each a mapping of name → signal.

    Raises:
        ConfigurationError: with every problem of a file.
    """
    signals: dict[str, NewSignal] = {}
    for path in paths:
        document = load_yaml(path)
        try:
            found = _SIGNALS.validate_python(document)
        except ValidationError as error:
            raise ConfigurationError(str(path), describe_problems(error.errors(), document), REMEDY) from None
        repeated = sorted(signals.keys() & found.keys())
        if repeated:
            raise ConfigurationError(str(path), [f"{name}: is in another file, too" for name in repeated], REMEDY)
        signals |= {name: _with_files_beside(signal, path.parent) for name, signal in found.items()}
    if not signals:
        raise ConfigurationError(str(paths[0]), ["holds no signal"], REMEDY)
    return signals


def _with_files_beside(signal: NewSignal, folder: Path) -> NewSignal:
    """Relative paths of files are meant from the folder of the signal file."""
    datasets = {name: dict(changes) for name, changes in signal.datasets.items()}
    for changes in datasets.values():
        if isinstance(changes.get("files"), list):
            changes["files"] = [str((folder / file).absolute()) if isinstance(file, str) else file for file in changes["files"]]
    return signal.model_copy(update={"datasets": datasets})
