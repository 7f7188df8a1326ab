"""The states of a store, and the jobs in them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from wollemi.base.digests import file_digest
from wollemi.base.user_commands import user_command
from wollemi.history.keep import is_inside, log_name
from wollemi.history.store import SCHEMA, Store
from wollemi.provenance.chain import Job
from wollemi.provenance.verify import sound_job
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean


@dataclass(frozen=True)
class StoredJob:
    """A job of a state.

    Args:
        job: Record of the job, not checked.
        record: SHA-256 of its record.
        log: SHA-256 of its log, if stored.
        notes: SHA-256 of Snakemake's notes on its products, if stored.
        state: Name of the state.
    """

    job: Job
    record: str
    log: str | None
    notes: str | None
    state: str

    @property
    def files(self) -> dict[str, str]:
        """SHA-256 by file of the job's outputs known to Snakemake, the record last."""
        return {**self.job.outputs, self.job.record: self.record}

    @property
    def log_file(self) -> str:
        """Path of its log."""
        return log_name(self.job.record)


@dataclass(frozen=True)
class State:
    """A stored state of a run.

    Args:
        store: Store with its contents.
        content: Content of its file.
    """

    store: Store
    content: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name: the first digits of a digest."""
        return str(self.content["name"])

    @property
    def run(self) -> str:
        """Folder of results, such as `results/zprime`."""
        return f"results/{self.content['run']}"

    @property
    def when(self) -> str:
        """Date and time in UTC when the state was first stored."""
        return str(self.content["when"])

    @property
    def records(self) -> dict[str, str]:
        """SHA-256 by record."""
        return {name: job["record"] for name, job in self.content["jobs"].items()}

    @cached_property
    def document(self) -> dict[str, Any] | None:
        """The analysis as plain values, fully expanded; None if not stored."""
        digest = self.content["document"]
        text = self.store.read(digest) if digest else None
        return json.loads(text) if text else None

    @cached_property
    def jobs(self) -> dict[str, StoredJob]:
        """Jobs by record, for jobs whose records are intact."""
        return {stored.job.record: stored for stored in self._jobs()}

    def _jobs(self) -> Iterator[StoredJob]:
        for name, entry in self.content["jobs"].items():
            text = self.store.read(entry["record"])
            job = sound_job(name, text) if text else None
            names = [name, *job.outputs] if job else []
            if job and all(is_inside(path, self.run) for path in names):
                yield StoredJob(job, entry["record"], entry["log"], entry["notes"], self.name)


def read_states(store: Store, run: str) -> list[State]:
    """All states of a run, the oldest first; unreadable states are left out.

    Args:
        store: Store with the states.
        run: Name of the folder of results.
    """
    states = [_read_state(store, path) for path in (store.states / run).glob("*.json")]
    return sorted(
        (state for state in states if state is not None), key=lambda state: (state.when, state.name)
    )


def _read_state(store: Store, path: Path) -> State | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        known = content["schema"] == SCHEMA and content["name"] == path.stem
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return State(store, content) if known else None


def find_state(store: Store, name: str) -> State:
    """Find a state by its name or the first digits.

    Raises:
        WollemiError: No state or several states have the name.
    """
    runs = sorted(path.name for path in store.states.glob("*"))
    states = [state for run in runs for state in read_states(store, run)]
    found = [state for state in states if state.name.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        problem = f"{len(found)} states begin with '{name}'"
        raise WollemiError(name, problem, "give more digits of its name")
    near = did_you_mean(name, [state.name for state in states])
    raise WollemiError(
        name, f"unknown state{near}", f"`{user_command('wollemi history')}` lists the states"
    )


def present_state(states: Sequence[State]) -> str | None:
    """Name of the latest state with the same records as the present results.

    Args:
        states: States of the run.
    """
    if not states:
        return None
    here = {
        path.as_posix(): file_digest(path)
        for path in (Path(states[0].run) / "records").rglob("*.json")
    }
    return next((state.name for state in reversed(states) if state.records == here), None)
