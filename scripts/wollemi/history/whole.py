"""A state brought back whole: its results, and the files of its analysis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from wollemi.analysis.load import read_analysis
from wollemi.analysis.plain.commands import command_paths
from wollemi.analysis.plain.composition import composed_files
from wollemi.base.errors import WollemiError
from wollemi.base.whole_files import partial_path
from wollemi.history.keep import Told, is_inside, keep_run
from wollemi.history.restore import bring_back, is_in_place, order_times, remove_job
from wollemi.history.states import State, StoredJob
from wollemi.history.store import Store
from wollemi.job.source_code import source_files
from wollemi.provenance.present_state import PresentState
from wollemi.provenance.verify import sound_job

CONFIG = "config"  # a state brings back no file of an analysis outside this folder


@dataclass(frozen=True)
class Restored:
    """What was done.

    Args:
        jobs: number of jobs that came back.
        removed: number of jobs that the state does not have.
        files: files of the analysis that were written.
        kept: name of the state that was there before; empty if there were no results.
    """

    jobs: int
    removed: int
    files: Sequence[str]
    kept: str


def restore_state(store: Store, state: State) -> Restored:
    """Replace the results of a run, and the files of its analysis, by those of a state.

    What is there now is kept before, so that nothing is lost.

    Args:
        store: the store.
        state: the state.

    Raises:
        WollemiError: contents of the state are missing or damaged, or what is there now cannot be
            kept: nothing has changed then.
    """
    run, present = Path(state.run), PresentState()
    jobs = _ordered(state.jobs)
    _check_sound(store, state)
    here = jobs_here(run)
    kept = keep_run(store, run.name, told_now(state.content["analysis"]), False) if here else ""
    removed = [job for record, job in here.items() if record not in state.jobs]
    for job in removed:
        remove_job(job)
    back = [stored for stored in jobs if not is_in_place(stored, present)]
    for stored in back:
        if not bring_back(store, stored):
            raise WollemiError(
                stored.job.record,
                "a content of this job was lost while it was brought back",
                f"run again, or `wollemi restore {kept}` for what was there before",
            )
    order_times([stored.job for stored in jobs], [stored.job.record for stored in back], present)
    return Restored(len(back), len(removed), _write_files(store, state), kept)


def jobs_here(run: Path) -> dict[str, Any]:
    """Record → job, of all sound records of a folder of results."""
    found = (
        sound_job(path.as_posix(), path.read_bytes())
        for path in sorted((run / "records").rglob("*.json"))
    )
    return {job.record: job for job in found if job is not None}


def told_now(analysis: str) -> Told:
    """The files of an analysis as they are now, with problems or without.

    Args:
        analysis: path of the analysis file.
    """
    path = Path(analysis)
    hooks = path.with_name("hooks.py")
    document: Mapping[str, Any] | None = None
    names: list[str] = []
    try:
        _, plain = read_analysis(path)
        manifests = [
            dataset["manifest"]
            for dataset in plain["datasets"].values()
            if "manifest" in dataset and is_inside(dataset["manifest"], CONFIG)
        ]
        of_commands = [file for _, file in command_paths(plain) if is_inside(file, CONFIG)]
        document, names = plain, [*composed_files(path), *manifests, *of_commands]
    except WollemiError:
        pass  # it is kept with its problems
    names += [analysis, *(source_files(hooks) if hooks.is_file() else [])]
    files = {name: Path(name).read_bytes() for name in names if Path(name).is_file()}
    return Told(analysis, files, document)


def _check_sound(store: Store, state: State) -> None:
    """Every content of the state is still what it was."""
    wanted = {
        name: digest for stored in state.jobs.values() for name, digest in stored.files.items()
    }
    wanted |= state.content["files"]
    lost = sorted(name for name, digest in wanted.items() if not store.is_sound(digest))
    lost += sorted(state.content["jobs"].keys() - state.jobs.keys())
    if lost:
        problem = f"{len(lost)} of its files are lost or damaged in {store.root}: {lost[0]}"
        raise WollemiError(f"state {state.name}", problem, "run its commit and settings again")


def _ordered(jobs: Mapping[str, StoredJob]) -> list[StoredJob]:
    """Jobs, each after those it depends on."""
    makers = {name: record for record, stored in jobs.items() for name in stored.files}
    graph = {
        record: {makers[name] for name in stored.job.inputs if name in makers}
        for record, stored in jobs.items()
    }
    try:
        return [jobs[record] for record in TopologicalSorter(graph).static_order()]
    except CycleError:  # no run is circular
        return list(jobs.values())


def _write_files(store: Store, state: State) -> list[str]:
    """Bring back the files of the analysis that differ; returns their names."""
    written = []
    for name, digest in state.content["files"].items():
        path, content = Path(name), store.read(digest)
        if not is_inside(name, CONFIG) or content is None:
            continue
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial_path(path).write_bytes(content)
            partial_path(path).replace(path)
            written.append(name)
    return written
