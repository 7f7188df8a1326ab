"""The states of a store, and the jobs in them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from wollemi.base.digests import file_digest
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
        job: its record, not judged.
        record: SHA-256 of the record.
        log: SHA-256 of its log, if that is kept.
        notes: SHA-256 of Snakemake's notes on what it made, if they are kept.
        state: name of the state.
    """

    job: Job
    record: str
    log: str | None
    notes: str | None
    state: str

    @property
    def files(self) -> dict[str, str]:
        """Everything that Snakemake knows of the job: file → SHA-256, the record last."""
        return {**self.job.outputs, self.job.record: self.record}

    @property
    def log_file(self) -> str:
        """Where its log belongs."""
        return log_name(self.job.record)


@dataclass(frozen=True)
class State:
    """What a run was once.

    Args:
        store: where its contents are.
        content: its file.
    """

    store: Store
    content: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its name: the first digits of a digest."""
        return str(self.content["name"])

    @property
    def run(self) -> str:
        """Folder of results, such as `results/zprime`."""
        return f"results/{self.content['run']}"

    @property
    def when(self) -> str:
        """When it was first met: date and time, UTC."""
        return str(self.content["when"])

    @property
    def records(self) -> dict[str, str]:
        """Record → SHA-256 of its content."""
        return {name: job["record"] for name, job in self.content["jobs"].items()}

    @cached_property
    def document(self) -> dict[str, Any] | None:
        """The analysis as plain values, written out; None if it is not kept."""
        digest = self.content["document"]
        text = self.store.read(digest) if digest else None
        return json.loads(text) if text else None

    @cached_property
    def jobs(self) -> dict[str, StoredJob]:
        """Record → job, of those whose records are still sound."""
        return {stored.job.record: stored for stored in self._jobs()}

    def _jobs(self) -> Iterator[StoredJob]:
        for name, entry in self.content["jobs"].items():
            text = self.store.read(entry["record"])
            job = sound_job(name, text) if text else None
            names = [name, *job.outputs] if job else []
            if job and all(is_inside(path, self.run) for path in names):
                yield StoredJob(job, entry["record"], entry["log"], entry["notes"], self.name)


def read_states(store: Store, run: str) -> list[State]:
    """All states of a run, the oldest first; unreadable ones are left out.

    Args:
        store: the store.
        run: name of the folder of results.
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
    """The state of a name, or of its first digits.

    Raises:
        WollemiError: there is none, or several.
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
    raise WollemiError(name, f"there is no such state{near}", "see `wollemi history` for the names")


def present_state(states: Sequence[State]) -> str | None:
    """Name of the state that the results of a run are now, by their records; the last of several.

    Args:
        states: the states of the run.
    """
    if not states:
        return None
    here = {
        path.as_posix(): file_digest(path)
        for path in (Path(states[0].run) / "records").rglob("*.json")
    }
    return next((state.name for state in reversed(states) if state.records == here), None)
