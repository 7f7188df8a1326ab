"""Bringing jobs of a store back into the working folder: products, records, logs, and Snakemake's
notes on them.
"""

import contextlib
import json
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from wollemi.base.whole_files import partial_path
from wollemi.history.keep import log_name
from wollemi.history.metadata import mark_unfinished, read_notes, remove_notes, write_notes
from wollemi.history.states import StoredJob
from wollemi.history.store import Store
from wollemi.provenance.chain import Job
from wollemi.provenance.present_state import PresentState


def is_in_place(stored: StoredJob, present: PresentState) -> bool:
    """Whether everything of a job is here already, and Snakemake knows it.

    Args:
        stored: the job.
        present: the working folder as it is now.
    """
    files = stored.files
    return all(present.digest(name) == digest for name, digest in files.items()) and (
        stored.notes is None or read_notes(files) is not None
    )


def bring_back(store: Store, stored: StoredJob) -> bool:
    """Bring one job back, whole or not at all.

    A kill in between leaves products that Snakemake takes for unfinished: it makes them again.

    Args:
        store: where it is kept.
        stored: the job.

    Returns:
        Whether it is here; not if a content of it is missing or damaged in the store.
    """
    wanted = {Path(name): digest for name, digest in stored.files.items()}
    notes = _notes(store, stored)
    try:
        for path, digest in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if not store.copy_to(digest, partial_path(path)):
                return False
        mark_unfinished(stored.files)
        for path in wanted:
            os.replace(partial_path(path), path)
    finally:
        for path in wanted:
            with contextlib.suppress(FileNotFoundError):
                partial_path(path).unlink()
    if stored.log:
        log = Path(stored.log_file)
        log.parent.mkdir(parents=True, exist_ok=True)
        store.copy_to(stored.log, log)
    if notes is None:
        remove_notes(stored.files)
    else:
        write_notes(notes)
    return True


def _notes(store: Store, stored: StoredJob) -> dict[str, str] | None:
    text = store.read(stored.notes) if stored.notes else None
    notes = json.loads(text) if text else None
    # What a file of others says is used only for the files of the job.
    return notes if notes is not None and notes.keys() == stored.files.keys() else None


def remove_job(job: Job) -> None:
    """Remove a job's products, record and log."""
    names = [*job.outputs, job.record]
    mark_unfinished(names)
    for name in (*names, log_name(job.record)):
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
    remove_notes(names)


def order_times(jobs: Iterable[Job], back: Iterable[str], present: PresentState) -> None:
    """Let no product be older than what it was made from, as Snakemake asks.

    Args:
        jobs: all jobs that are here and stay, each after those it depends on.
        back: records of those that came back.
        present: the working folder, which knows where files outside it lie.
    """
    now, returned = time.time_ns(), set(back)
    times: dict[str, int] = {}
    for job in jobs:
        names = [*job.outputs, job.record]
        read = [_time(name, job, present, times) for name in job.inputs]
        latest = max([now if job.record in returned else 0, *read])
        for name in names:
            found = _modified(name)
            times[name] = max(found, latest)
            if found < latest:
                os.utime(name, ns=(latest, latest))


def _time(name: str, job: Job, present: PresentState, times: Mapping[str, int]) -> int:
    if name in times:
        return times[name]
    if Path(name).is_file() or "/" in name or "analysis" not in job.content:
        return _modified(name)
    paths = present.files_outside(job.content["analysis"]).get(name, ())
    return max(map(_modified, paths), default=0)


def _modified(name: str) -> int:
    try:
        return Path(name).stat().st_mtime_ns
    except FileNotFoundError:
        return 0
