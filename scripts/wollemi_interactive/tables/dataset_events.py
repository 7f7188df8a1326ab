"""The events of a finished run, read again with the expressions and weights of the run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from wollemi.analysis.models.analysis import Analysis
from wollemi.analysis.plain.corrections import correction_files, local_path
from wollemi.analysis.settings import Settings
from wollemi.base.archived_files import present_path
from wollemi.base.json_files import read_json
from wollemi.event_loop.filler import visible_events
from wollemi.event_loop.listed_events import ENTRY, with_entries
from wollemi.events.certified import Certifier
from wollemi.events.event_models import load_event_model
from wollemi.finished.event_run import EventRun
from wollemi.inputs.event_files import read_batches
from wollemi.inputs.identifiers import COLUMNS
from wollemi.inputs.schemas import Layout
from wollemi_engine.events.model import EventModel
from wollemi_likelihood.base.errors import MissingBranchError, WollemiError
from wollemi_likelihood.expressions.syntax import ExpressionError, used_names


@dataclass(frozen=True)
class DatasetEvents:
    """The events of a dataset, as read by the run.

    Args:
        settings: Settings of a step on the dataset.
        model: Objects and columns.
        cutflow: Event counts of the run.
        certified: Files of the certified luminosity blocks.
    """

    settings: Settings
    model: EventModel
    cutflow: Mapping[str, Any]
    certified: tuple[Path, ...]

    @property
    def normalization(self) -> float:
        """Factor on the weights."""
        return float(self.cutflow["normalization"])

    def batches(self, more: Iterable[str] = ()) -> Iterator[tuple[Path, ak.Array]]:
        """Each file with batches of its events, with the event numbers of the file and the entry
        number; uncertified and blinded events are left out.

        Args:
            more: Branches to read in addition, if the file has them.

        Raises:
            WollemiError: A file no longer exists.
        """
        settings = self.settings
        more = [*settings.stored_kinematics, *COLUMNS, *more]
        certifier = Certifier(self.certified, [*settings.branches, *more, ENTRY])
        for item in self.cutflow["files"]:
            path = Path(present_path(item["path"]))
            if not path.is_file():
                raise WollemiError(str(path), "is not there any more", "run the analysis again")
            layout, first = Layout.of(settings.dataset), item["start"]
            batches = read_batches(path, layout, settings.branches, first, item["stop"], more=more)
            for batch in with_entries(batches, first):
                kept, _, _ = certifier.keep(batch, np.ones(len(batch)), str(path))
                for visible in visible_events(settings, self.model, [kept]):
                    yield path, visible


def open_dataset(run: EventRun, dataset: str, settings: Settings) -> DatasetEvents:
    """The events of a dataset.

    Args:
        run: Finished run.
        dataset: Name of the dataset.
        settings: Settings with the expressions to evaluate.
    """
    return DatasetEvents(
        settings,
        load_event_model(settings, run.hooks, correction_paths(run, settings)),
        read_json(run.folder / "cutflow" / f"{dataset}.json"),
        tuple(map(Path, run.plan.certified_blocks(dataset))),
    )


def correction_paths(run: EventRun, settings: Settings) -> list[Path]:
    """Paths of the files of a step's corrections, in the order of `correction_files`."""
    files = correction_files(settings.needed_corrections)
    return [Path(local_path(run.folder.name, file)) for file in files]


def refuse_axes(analysis: Analysis, where: str, name: str) -> None:
    """Raise an error for a variable with several axes where a single value is needed.

    Raises:
        WollemiError: The variable has several axes.
    """
    axes = analysis.variables[name].axes if name in analysis.variables else ()
    if axes:
        problem = f"'{name}' has several axes, which no single value is on"
        raise WollemiError(where, problem, f"take one of {', '.join(axes)}")


def check_expressions(texts: Iterable[str], where: str = "--values") -> None:
    """Raise an error for values that are not expressions.

    Args:
        texts: Values to check.
        where: Source of the values, for the error message.

    Raises:
        WollemiError: A value is not an expression.
    """
    for text in texts:
        try:
            used_names(text)
        except ExpressionError as error:
            remedy = "name variables, columns, branches, or fields of objects"
            raise WollemiError(where, str(error), remedy) from None


def named_values(
    error: MissingBranchError, dataset: str, texts: Sequence[str], where: str = "--values"
) -> WollemiError:
    """The error, attributed to the chosen values if they need the missing branch.

    Args:
        error: Error raised when reading the files.
        dataset: Name of their dataset.
        texts: Chosen values.
        where: Source of the values.
    """
    if not error.nearest.keys() & set().union(*map(used_names, texts)):
        return error
    remedy = "name variables, columns, branches, or fields of objects"
    return WollemiError(where, f"{dataset} {error.problem}", remedy)
