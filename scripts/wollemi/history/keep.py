"""Store a finished run: the intact jobs of its folder of results become one state of the store.
Standard library only, for the Snakefile.

A state contains no products: it refers to contents by their digests, so that content shared by two
states is stored once.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from wollemi.analysis.plain.addresses import public_values, signed_addresses
from wollemi.analysis.plain.commands import command_paths
from wollemi.base.user_commands import user_command
from wollemi.base.whole_files import whole_file
from wollemi.history.metadata import read_notes
from wollemi.history.prune import pruned
from wollemi.history.store import (
    FREE_BYTES,
    LIMIT_VARIABLE,
    SCHEMA,
    Store,
    free_bytes,
    is_full,
    limit_bytes,
    store_folder,
)
from wollemi_likelihood.base.errors import WollemiError

NAME_LENGTH = 10  # hexadecimal digits
CONFIG = "config"  # files of the analysis outside this folder are neither stored nor restored


class PlannedAnalysis(NamedTuple):
    """The analysis with which a run is planned.

    Args:
        analysis: Path of the analysis file.
        files: Content by path of the analysis file and the files it refers to: hooks, manifests.
        document: Analysis as plain values, fully expanded; None if the file has problems.
    """

    analysis: str
    files: Mapping[str, bytes]
    document: Mapping[str, Any] | None


def planned_analysis(
    path: str, document: Mapping[str, Any] | None, others: Iterable[str]
) -> PlannedAnalysis:
    """The present files of an analysis: later edits belong to the next run. Missing files are left
    out, and so are manifests and files of commands outside the configuration.

    Args:
        path: Path of the analysis file.
        document: Analysis as plain values, fully expanded; None if the file has problems.
        others: Paths of the files that it extends, hooks, and further files.
    """
    referred: list[str] = []
    if document is not None:
        datasets = document["datasets"].values()
        referred += [item["manifest"] for item in datasets if "manifest" in item]
        referred += [file for _, file in command_paths(document)]
    names = [path, *others, *(name for name in referred if is_inside(name, CONFIG))]
    files = {name: Path(name).read_bytes() for name in names if Path(name).is_file()}
    return PlannedAnalysis(path, files, document)


def copy_analysis(run: str, planned: PlannedAnalysis) -> None:
    """Copy the files of the analysis next to the logs of a run, with the commit and whether the
    checkout was clean; files that cannot be written are left out.

    Args:
        run: Name of the folder of results.
        planned: Analysis of the run.
    """
    folder = Path("results") / run / "logs/analysis"
    own = PurePosixPath(planned.analysis).parent.as_posix()
    state = json.dumps({"analysis": planned.analysis, **commit()}, indent=2) + "\n"
    contents = {"commit.json": state.encode()}
    for name, content in planned.files.items():
        # Addresses that give access are never copied.
        if not signed_addresses(content.decode("utf-8", "replace")):
            contents[name[len(own) + 1 :] if name.startswith(f"{own}/") else name] = content
    try:
        for name, content in contents.items():
            with whole_file(folder / name) as path:
                path.write_bytes(content)
    except OSError:
        return


def why_not_kept(run: str, planned: PlannedAnalysis, complete: bool) -> str:
    """Store a run if a store is set, and return why this failed; empty if it succeeded.

    Args:
        run: Name of the folder of results.
        planned: Analysis of the run.
        complete: Whether all jobs of the run succeeded.
    """
    folder = store_folder()
    if folder is None:
        return ""
    try:
        keep_run(Store(folder), run, planned, complete)
    except WollemiError as error:
        return f"\nThis run is not kept in the store {error}"
    except OSError as error:
        reason = "no space left" if is_full(error) else str(error)
        return f"\nThis run is not kept in the store {folder}: {reason}"
    return ""


def keep_run(
    store: Store, run: str, planned: PlannedAnalysis, complete: bool, without_jobs: bool = False
) -> str:
    """Add the intact jobs of a run to a store, and the state that they form.

    Args:
        store: Store that receives the state.
        run: Name of the folder of results.
        planned: Analysis of the run.
        complete: Whether all jobs of the run succeeded.
        without_jobs: Whether to store the files of the analysis even if no job is intact.

    Returns:
        Name of the state; empty if nothing was stored.

    Raises:
        WollemiError: The run exceeds the size limit of the store, or the free disk space.
        OSError: The store cannot be written.
    """
    records = dict(_records(Path("results") / run))
    _check_space(store, records.values())
    with store.locked():
        jobs = {
            name: job
            for name, (text, record) in records.items()
            for job in [_kept_job(store, name, text, record)]
            if job is not None
        }
        if not (jobs or without_jobs):
            return ""
        # Addresses that give access are never stored.
        files = {
            name: store.add_bytes(content)
            for name, content in sorted(planned.files.items())
            if not signed_addresses(content.decode("utf-8", "replace"))
        }
        name = state_name(files, jobs)
        whole = _is_one_run(records[job][1] for job in jobs)
        document = (
            json.dumps(public_values(planned.document)).encode() if planned.document else None
        )
        state = {
            "schema": SCHEMA,
            "run": run,
            "name": name,
            "when": _now(),
            "complete": complete and whole,
            **commit(),
            "snakemake": snakemake_version(),
            "headline": _headline(run) if jobs and whole else [],
            "analysis": planned.analysis,
            "files": files,
            "document": store.add_bytes(document) if document else None,
            "jobs": jobs,
        }
        store.write_state(run, name, _met_again(store.state_path(run, name), state))
    pruned(store, limit_bytes(), spared=[(run, name)], wait=False)
    return name


def state_name(files: Mapping[str, str], jobs: Mapping[str, Mapping[str, Any]]) -> str:
    """Name of a state: the same analysis with the same products has the same name.

    Args:
        files: SHA-256 by file of the analysis.
        jobs: Entry in the state by record.
    """
    text = json.dumps([files, {name: job["record"] for name, job in jobs.items()}], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:NAME_LENGTH]


def _met_again(path: Path, state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Merge with an equal stored state: its time, and notes of Snakemake that are lost now."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        jobs = {
            name: job if job["notes"] else known["jobs"][name]
            for name, job in state["jobs"].items()
        }
        complete = known["complete"] or state["complete"]
        return {**state, "when": known["when"], "complete": complete, "jobs": jobs}
    except (OSError, ValueError, KeyError, TypeError):
        return state


def _records(folder: Path) -> Iterable[tuple[str, tuple[bytes, dict[str, Any]]]]:
    """Text and content, by name, of the records that refer only to files of this run."""
    for path in sorted((folder / "records").rglob("*.json")):
        text = path.read_bytes()
        try:
            record = json.loads(text)
            sound = isinstance(record["inputs"], dict) and all(
                is_inside(name, folder.as_posix()) for name in record["outputs"]
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        if sound:
            yield path.as_posix(), (text, record)


def is_inside(name: str, folder: str) -> bool:
    """Whether a name from an untrusted file belongs to a file below a folder."""
    parts = PurePosixPath(name).parts
    return name.startswith(f"{folder}/") and ".." not in parts


def _check_space(store: Store, records: Iterable[tuple[bytes, Mapping[str, Any]]]) -> None:
    """Raise an error for a run that would fill the store or the disk."""
    sizes = {
        digest: path.stat().st_size
        for _, record in records
        for name, digest in record["outputs"].items()
        for path in [Path(name)]
        if path.is_file()
    }
    missing = sum(size for digest, size in sizes.items() if not store.has(digest))
    limit = limit_bytes()
    if sum(sizes.values()) > limit:
        problem = (
            f"the run has {sum(sizes.values()) / 1e9:.1f} GB, the store may have {limit / 1e9:g}"
        )
        raise WollemiError(str(store.root), problem, f"set {LIMIT_VARIABLE} to a larger number")
    if missing > free_bytes(store.root) - FREE_BYTES:
        problem = f"its {missing / 1e9:.1f} GB would leave less than 1 GB of the disk"
        raise WollemiError(
            str(store.root), problem, f"make room, or `{user_command('wollemi prune')}` to a size"
        )


def _kept_job(
    store: Store, name: str, text: bytes, record: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Entry of a job in the state; None if one of its products is missing or changed."""
    outputs = record["outputs"]
    if not all(store.add_file(Path(path), digest) for path, digest in outputs.items()):
        return None
    notes = read_notes([*outputs, name])
    log = Path(log_name(name))
    return {
        "record": store.add_bytes(text),
        "log": store.add_bytes(log.read_bytes()) if log.is_file() else None,
        "notes": store.add_bytes(json.dumps(notes, sort_keys=True).encode()) if notes else None,
    }


def log_name(record: str) -> str:
    """The log of the job that wrote a record.

    Args:
        record: Path of the record, such as `results/zprime/records/fit_model.json`.
    """
    run, _, name = record.partition("/records/")
    return f"{run}/logs/{name[: -len('.json')]}.log"


def _now() -> str:
    """Date and time in UTC, with microseconds, so that states of the same second have an order."""
    seconds, rest = divmod(time.time_ns() // 1000, 1_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest:06d}Z"


def snakemake_version() -> str:
    """Version of the installed Snakemake, whose notes are stored; empty if it is not installed."""
    try:
        return version("snakemake")
    except PackageNotFoundError:
        return ""


def _is_one_run(records: Iterable[Mapping[str, Any]]) -> bool:
    """Whether all jobs read what the other jobs made; not after runs of some targets."""
    jobs = list(records)
    made = {name: digest for job in jobs for name, digest in job["outputs"].items()}
    return all(
        made.get(name, digest) == digest for job in jobs for name, digest in job["inputs"].items()
    )


def _headline(run: str) -> list[str]:
    try:
        summary = json.loads(Path(f"results/{run}/summary.json").read_text(encoding="utf-8"))
        return [str(line) for line in summary["headline"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


# Ingredients of a run: other files of the user next to them change nothing.
OF_A_RUN = ("Snakefile", "config", "envs", "profiles", "scripts", "uv.lock", "workflow")


def commit() -> dict[str, Any]:
    """The commit of the checkout, and whether the ingredients of a run are unchanged since; None
    without git.
    """
    try:
        _git("ls-files", "--error-unmatch", "Snakefile")
        changed = _git("status", "--porcelain", "--", *OF_A_RUN)
        return {"commit": _git("rev-parse", "HEAD"), "clean": not changed}
    except (OSError, subprocess.CalledProcessError):
        return {"commit": None, "clean": None}


def _git(*arguments: str) -> str:
    return subprocess.run(  # noqa: S603
        ["git", *arguments],  # noqa: S607
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ).stdout.strip()
