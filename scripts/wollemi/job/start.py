"""The start of a run: its settings, the locks of earlier runs, the plan that its jobs must follow.
Standard library only, for the Snakefile.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shlex
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.queries import as_list
from wollemi.analysis.plain.sections import section_digests
from wollemi.analysis.view import view_of
from wollemi.job.input_digests import shared_contents
from wollemi.job.source_code import source_files
from wollemi.loading.dataset_selections import as_written
from wollemi.loading.repeated_files import (
    check_repeated_files,
    check_repeated_histograms,
    declared_sizes,
    local_files,
)
from wollemi_likelihood.base.errors import ConfigurationError, WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

SETTINGS = ("analysis", "max_events", "mirrors", "image", "workflow_image")
# The environment variable in which batch jobs inherit the digest of the plan.
PLANNED = "WOLLEMI_PLANNED"


def check_settings(config: Mapping[str, Any]) -> None:
    """Refuse misspelled settings, which would be ignored silently: `max_event=100` would run the
    whole analysis.

    Raises:
        WollemiError: A setting is unknown.
    """
    problems = [
        f"{name}: there is no such setting{did_you_mean(str(name), SETTINGS)}"
        for name in config
        if name not in SETTINGS
    ]
    if problems:
        where, remedy = "--config, or config/config.yaml", f"there are {', '.join(SETTINGS)}"
        raise ConfigurationError(where, problems, remedy)


def whole_number(config: Mapping[str, Any], name: str) -> int:
    """A setting that is 0 or more.

    Raises:
        WollemiError: The setting has another value.
    """
    value = str(config[name])
    if not value.isdecimal():
        where, problem = f"--config {name}={value}", "not a whole number of 0 or more"
        raise WollemiError(where, problem, f"such as {name}=2000; 0 means all")
    return int(value)


def analysis_path(name: str) -> str:
    """Path of the file of the selected analysis.

    Raises:
        WollemiError: The analysis does not exist.
    """
    known = sorted(path.parent.name for path in Path("config/analyses").glob("*/analysis.yaml"))
    path = f"config/analyses/{name}/analysis.yaml"
    if name not in known:
        problem = f"there is no {path}{did_you_mean(name, known)}"
        remedy = f"choose one of {', '.join(known)}, or write that file"
        raise WollemiError(f"--config analysis={name}", problem, remedy)
    return path


def hook_files(analysis: str) -> list[str]:
    """The hooks of an analysis and the modules next to them that they import."""
    hooks = Path(analysis).with_name("hooks.py")
    return source_files(hooks) if hooks.is_file() else []


def quoted_folders(folders: str | list[str] | None) -> str:
    """Folders as words of a shell, which expands nothing in them any more."""
    # Path.expanduser raises an error for an unknown user.
    names = map(os.path.expandvars, map(os.path.expanduser, as_list(folders)))
    return " ".join(map(shlex.quote, names))


def forget_stale_locks() -> None:
    """Remove the locks left by a killed run, so that the same command can continue.

    A run also holds a kernel lock on `.snakemake`, which ends with its process in any case.
    """
    with contextlib.suppress(OSError):
        Path(".snakemake").mkdir(exist_ok=True)
        folder = os.open(".snakemake", os.O_RDONLY)
        # No other run holds it: Snakemake's own locks, which outlive their process, are stale.
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for lock in Path(".snakemake/locks").glob("*.lock"):
                lock.unlink()
        fcntl.flock(folder, fcntl.LOCK_SH | fcntl.LOCK_NB)


def correct_times(*folders: str | Path) -> None:
    """Set file times in the future to the present. After a clock that was ahead has been set, or
    an edit on such a machine, Snakemake would refuse every job that reads such a file until then.

    Args:
        folders: Folders with products and settings. Times of production files do not matter.
    """
    now = time.time()
    for path in (path for folder in folders for path in Path(folder).rglob("*")):
        with contextlib.suppress(OSError):  # gone, or of another user
            if path.stat().st_mtime > now:
                os.utime(path, (now, now))


def has_plan(is_main: bool) -> bool:
    """Whether this is a batch job that `keep_to_the_plan` compares with the plan of its run."""
    return not is_main and bool(os.environ.get(PLANNED))


def keep_to_the_plan(
    analysis: str, document: Mapping[str, Any], manifests: Mapping[str, Any], is_main: bool
) -> None:
    """Leave the digest of the plan to batch jobs; in a batch job, compare it.

    Args:
        analysis: Path of the analysis file.
        document: Analysis, expanded.
        manifests: Manifest → its content.
        is_main: Whether this process plans the run, instead of one batch job.

    Raises:
        WollemiError: The analysis file or a manifest has changed since the run was planned.
    """
    read = {"document": document, "manifests": manifests}
    digest = " ".join(section_digests(read).values())
    if is_main:
        os.environ[PLANNED] = digest
    elif os.environ.get(PLANNED, digest) != digest:
        where = " or ".join([analysis, *manifests])
        raise WollemiError(where, "changed since this run was planned", "run again")


def refuse_repeated_events(
    analysis: str, document: Mapping[str, Any], manifests: Mapping[str, Any]
) -> None:
    """End the run before any job if events would count twice: two names, links or copies of one
    file.

    Raises:
        WollemiError: Events would count twice.
    """
    view = view_of(document)
    contents = shared_contents(local_files(view, manifests), declared_sizes(view, manifests))
    problems = check_repeated_files(view, manifests, contents)
    problems += check_repeated_histograms(view, contents)
    if problems:
        raise ConfigurationError(analysis, as_written(view, problems))
