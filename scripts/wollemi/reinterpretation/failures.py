"""Explain the failure of a run to the author of the file of signals."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wollemi.base.json_files import read_json
from wollemi.job.messages import errors_of
from wollemi.reinterpretation.models import REMEDY
from wollemi_likelihood.base.errors import WollemiError

SHARED = (
    "import_workspaces",
    "build_workspace",
    "throw_toys",
    "compute_limits",
    "write_likelihood",
    "plot_limits",
)
OF_SIGNALS = ("throw_toys",)  # one job per signal, which may have a dataset's name
TOO_LOW = "it is above the upper bound of"  # from a message of `wollemi_likelihood.limits`


def explained(where: str, samples: Mapping[str, list[str]], results: Path) -> WollemiError | None:
    """The failure as an error in the file of signals; None if it has another cause.

    Args:
        where: Name of the file of signals.
        samples: Names of the datasets by signal.
        results: Folder of results of the run.
    """
    for name, datasets in samples.items():
        for program, message in _errors_of_datasets(results, datasets):
            return WollemiError(f"{where}: {name}", f"{program} stopped: {_plain(message)}", REMEDY)
    for name, datasets in samples.items():
        produced = _without_selected_events(results, datasets)
        if produced is not None:
            problem = (
                f"none of its {produced} events is in a region of the model after the selection"
            )
            remedy = (
                "compare its events with the selections of the analysis, or generate more of them"
            )
            return WollemiError(f"{where}: {name}", problem, remedy)
    for program in SHARED:
        logs = [results / f"logs/{program}.log", *sorted(results.glob(f"logs/{program}/*.log"))]
        for message in (message for log in logs for message in _errors(log)):
            return WollemiError(where, f"{program} stopped: {_plain(message)}", REMEDY)
    return None


def limit_is_above_bounds(results: Path) -> bool:
    """Whether the limits failed because a limit is above the upper bound of the parameter of
    interest.
    """
    return any(TOO_LOW in message for message in _errors(results / "logs/compute_limits.log"))


def _plain(message: str) -> str:
    """A program's message without its own remedy, which refers to the analysis file."""
    return message.split("\n  → ")[0].strip()


def _errors(log: Path) -> list[str]:
    return errors_of(log.read_text(encoding="utf-8")) if log.is_file() else []


def _errors_of_datasets(results: Path, datasets: list[str]) -> Iterator[tuple[str, str]]:
    """Program and message of each step of a dataset that failed."""
    for dataset in datasets:
        logs = [
            *results.glob(f"logs/*/{dataset}.log"),
            *results.glob(f"logs/*/{dataset}_[0-9]*.log"),
        ]
        for log in sorted(log for log in logs if log.parent.name not in OF_SIGNALS):
            yield from ((log.parent.name, message) for message in _errors(log))


def _without_selected_events(results: Path, datasets: list[str]) -> int | None:
    """Events of a signal from which no region selects any; None if some are selected, or if
    cutflows are missing.
    """
    paths = [results / f"cutflow/{dataset}.json" for dataset in datasets]
    if not paths or not all(path.is_file() for path in paths):
        return None
    cutflows: list[dict[str, Any]] = [read_json(path) for path in paths]
    last = [lines[-1] for cutflow in cutflows for lines in cutflow["regions"].values()]
    if any(line["sum_of_weights"] != 0 for line in last):
        return None
    return sum(int(cutflow["skim"][0]["events"]) for cutflow in cutflows if cutflow["skim"])
