"""Find jobs of a store that the next run can reuse: equal settings, code, environment, packages and
inputs, back to the production files.

`verify_results` applies the same criteria to the present jobs; here they apply to all stored jobs.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wollemi.history.restore import bring_back, is_in_place, order_times
from wollemi.history.states import State, StoredJob
from wollemi.history.store import Store
from wollemi.job.input_digests import input_digest
from wollemi.provenance.chain import Job
from wollemi.provenance.present_state import PresentState
from wollemi.provenance.verify import sound_job, work_reasons


class PlannedState(PresentState):
    """The working folder as seen by a run: large files that have not changed are not read again."""

    def _digest(self, name: str) -> str | None:
        path = Path(name)
        return input_digest(path) if path.is_file() else None


@dataclass(frozen=True)
class Reuse:
    """The jobs that a run can reuse.

    Args:
        valid: Job with an unchanged result by record, each after its dependencies.
        missing: Stored jobs among them that are not in place.
    """

    valid: Mapping[str, Job]
    missing: Sequence[StoredJob]

    @property
    def products(self) -> int:
        """Number of products to be restored."""
        return sum(len(stored.job.outputs) for stored in self.missing)

    @property
    def states(self) -> list[str]:
        """Names of the states that contain the missing jobs."""
        return list(dict.fromkeys(stored.state for stored in self.missing))


def find_reuse(run: str, states: Sequence[State], present: PresentState) -> Reuse:
    """Find the jobs that need not run, and the jobs among them to be restored.

    Args:
        run: Folder of results, such as `results/zprime`.
        states: Stored states of this run, the oldest first.
        present: Present state of the working folder.

    Raises:
        WollemiError: The analysis file is missing or has problems.
    """
    stored = _versions(states)
    here = _jobs_here(Path(run), present)
    choice = _Choice(run, here, stored, present)
    for record in sorted(here.keys() | stored.keys()):
        choice.of(record)
    valid = _of_one_plan({record: job for record, job in choice.found.items() if job is not None})
    missing = [
        found
        for record, job in valid.items()
        for found in [_stored_of(job, stored.get(record, ()))]
        if found is not None and not is_in_place(found, present)
    ]
    return Reuse(valid, missing)


def take_back(store: Store, reuse: Reuse, present: PresentState) -> list[StoredJob]:
    """Restore the jobs that need not run, except jobs that depend on lost contents.

    Args:
        store: Store with the contents.
        reuse: Jobs that can be reused.
        present: State of the working folder before.

    Returns:
        Restored jobs.
    """
    lost: set[str] = set()
    back = []
    for stored in reuse.missing:
        if lost.isdisjoint(stored.job.inputs) and bring_back(store, stored):
            back.append(stored)
        else:
            lost.update(stored.files)
    jobs = [job for record, job in reuse.valid.items() if record not in lost]
    order_times(jobs, [stored.job.record for stored in back], present)
    return back


def with_notes_for(states: Iterable[State], planner: str) -> list[State]:
    """The states with notes readable by the installed Snakemake: states of its major version."""
    major = planner.partition(".")[0]
    return [state for state in states if state.content["snakemake"].partition(".")[0] == major]


class _Choice:
    """Choice of the job with an unchanged result for each record, cached."""

    def __init__(
        self,
        run: str,
        here: Mapping[str, Job],
        stored: Mapping[str, Sequence[StoredJob]],
        present: PresentState,
    ) -> None:
        self.run, self.present = run, present
        self.candidates = {
            record: [
                *([here[record]] if record in here else []),
                *(version.job for version in stored.get(record, ())),
            ]
            for record in sorted(here.keys() | stored.keys())
        }
        self.makers: dict[str, set[str]] = {}
        for record, jobs in self.candidates.items():
            for name in {record, *(name for job in jobs for name in job.outputs)}:
                self.makers.setdefault(name, set()).add(record)
        self.digests = {
            record: {version.job.content["digest"]: version.record for version in versions}
            for record, versions in stored.items()
        }
        self.found: dict[str, Job | None] = {}
        self._asked: set[str] = set()

    def of(self, record: str) -> Job | None:
        """The reusable job of a record; None if it does not exist or depends on itself."""
        if record not in self.found:
            if record in self._asked:
                return None
            self._asked.add(record)
            fitting = filter(self._fits, self.candidates[record])
            # Nested calls come first: each job follows its dependencies.
            self.found[record] = next(fitting, None)
        return self.found[record]

    def _fits(self, job: Job) -> bool:
        if any(work_reasons(job, self.present)):
            return False
        analysis = job.content.get("analysis")
        for name, digest in job.inputs.items():
            if name in self.makers:
                found = self._made(name)
            elif name.startswith(f"{self.run}/"):
                return False  # its origin is unknown
            else:
                found = self.present.input_digest(name, digest, analysis)
            if found != digest:
                return False
        return True

    def _made(self, name: str) -> str | None:
        makers = [job for job in map(self.of, sorted(self.makers[name])) if job is not None]
        if len(makers) != 1:
            return None
        (job,) = makers
        if name == job.record:
            return self.digests.get(name, {}).get(job.content["digest"]) or self.present.digest(
                name
            )
        return job.outputs.get(name)


def _of_one_plan(jobs: Mapping[str, Job]) -> dict[str, Job]:
    """The jobs that share no product with another job: only Snakemake knows which of two plans
    applies.
    """
    counts = Counter(name for job in jobs.values() for name in job.outputs)
    return {
        record: job
        for record, job in jobs.items()
        if all(counts[name] == 1 for name in job.outputs)
    }


def _versions(states: Sequence[State]) -> dict[str, list[StoredJob]]:
    """Distinct jobs of all states by record, the latest first; only jobs with Snakemake's notes,
    from which it recognizes a later edit.
    """
    found: dict[str, dict[str, StoredJob]] = {}
    for state in reversed(states):
        for record, stored in state.jobs.items():
            if stored.notes is not None:
                found.setdefault(record, {}).setdefault(stored.record, stored)
    return {record: list(versions.values()) for record, versions in found.items()}


def _jobs_here(run: Path, present: PresentState) -> dict[str, Job]:
    """Jobs by record, for jobs whose products are present and unchanged."""
    found = {}
    for path in sorted((run / "records").rglob("*.json")):
        job = sound_job(path.as_posix(), path.read_bytes())
        if job is not None and all(
            present.digest(name) == digest for name, digest in job.outputs.items()
        ):
            found[job.record] = job
    return found


def _stored_of(job: Job, versions: Iterable[StoredJob]) -> StoredJob | None:
    """The stored version of a job; None if it is not stored."""
    digest = job.content["digest"]
    return next((stored for stored in versions if stored.job.content["digest"] == digest), None)
