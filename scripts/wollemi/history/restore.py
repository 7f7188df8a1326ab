"""Restore jobs from a store into the working folder: products, records, logs, and Snakemake's notes
on them.
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
    """Whether all files of a job are in place and known to Snakemake.

    Args:
        stored: Stored job.
        present: Present state of the working folder.
    """
    files = stored.files
    return all(present.digest(name) == digest for name, digest in files.items()) and (
        stored.notes is None or read_notes(files) is not None
    )


def bring_back(store: Store, stored: StoredJob) -> bool:
    """Restore one job, completely or not at all.

    If it is interrupted, Snakemake considers the products unfinished and makes them again.

    Args:
        store: Store with the contents.
        stored: Stored job.

    Returns:
        Whether the job was restored; False if a content is missing or damaged.
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
    # Notes from an untrusted file are used only for the files of the job.
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
    """Set modification times so that no product is older than its inputs, as Snakemake requires.

    Args:
        jobs: Jobs in the working folder, each after its dependencies.
        back: Records of the restored jobs.
        present: State of the working folder, including the paths of files outside.
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
