"""A finished run with its analysis."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from wollemi.analysis.models.analysis import Analysis
from wollemi.loading.load import read_analysis
from wollemi.plan.plan import Plan
from wollemi_likelihood.base.errors import UnknownNameError, WollemiError
from wollemi_likelihood.base.nearest import did_you_mean


@dataclass(frozen=True)
class EventRun:
    """A finished run and its analysis.

    Args:
        folder: Folder of the results.
        plan: Plan of the run's products.
        analysis: Analysis of the run.
        hooks: Path of its `hooks.py`, or nothing.
    """

    folder: Path
    plan: Plan
    analysis: Analysis
    hooks: tuple[Path, ...]


def read_event_run(folder: Path, path: Path, preview: bool = False) -> EventRun:
    """Read a run with its analysis.

    Args:
        folder: Folder of the results.
        path: Path of the analysis file.
        preview: Whether the results may be from a preview.

    Raises:
        WollemiError: The results are missing, or from another analysis or a preview.
    """
    if not (folder / "histograms").is_dir():
        raise WollemiError(str(folder), "has no histograms", "run the analysis first")
    analysis = read_analysis(path)
    if folder.name not in (analysis.name, *([f"{analysis.name}_preview"] if preview else [])):
        problem = f"these are not the results of {analysis.name}"
        raise WollemiError(str(folder), problem, "name a whole run, and not a preview")
    hooks = path.with_name("hooks.py")
    return EventRun(
        folder, Plan(analysis, folder.name), analysis, (hooks,) if hooks.is_file() else ()
    )


@contextlib.contextmanager
def inside_project(project: Path) -> Iterator[None]:
    """Work in the folder of the project, to which the paths of event files are relative. For
    results copied elsewhere, the current folder is kept.
    """
    with contextlib.chdir(project) if (project / "config").is_dir() else contextlib.nullcontext():
        yield


def check_names(where: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Raise an error for unknown names.

    Raises:
        UnknownNameError: A name is unknown.
    """
    known = list(known)
    for name in names:
        if name not in known:
            problem = f"'{name}' is not there{did_you_mean(name, known)}"
            raise UnknownNameError(where, problem, f"there are {', '.join(known)}")
