"""Restore a complete state: its results, and the files of its analysis."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path, PurePosixPath
from typing import Any

from wollemi.analysis.plain.addresses import signed_addresses
from wollemi.base.user_commands import user_command
from wollemi.base.whole_files import partial_path
from wollemi.history.keep import CONFIG, PlannedAnalysis, is_inside, keep_run, planned_analysis
from wollemi.history.restore import bring_back, is_in_place, order_times, remove_job
from wollemi.history.states import State, StoredJob
from wollemi.history.store import Store
from wollemi.job.start import hook_files
from wollemi.loading.composition import composed_files
from wollemi.loading.load import read_analysis
from wollemi.provenance.present_state import PresentState
from wollemi.provenance.verify import sound_job
from wollemi_likelihood.base.errors import WollemiError


@dataclass(frozen=True)
class Restored:
    """Result of restoring a state.

    Args:
        jobs: Number of restored jobs.
        removed: Number of removed jobs, which the state does not contain.
        files: Names of the written files of the analysis.
        gone: Names of the removed files of the analysis.
        kept: Name of the stored previous state; empty if there was nothing to lose.
    """

    jobs: int
    removed: int
    files: Sequence[str]
    gone: Sequence[str]
    kept: str


def restore_state(store: Store, state: State) -> Restored:
    """Replace the results of a run, and the files of its analysis, with the content of a state.

    The present content is stored first, so that nothing is lost.

    Args:
        store: Store with the contents.
        state: State to restore.

    Raises:
        WollemiError: Contents of the state are missing or damaged, or the present content cannot be
            stored; nothing has changed in this case.
    """
    run, present = Path(state.run), PresentState()
    jobs = _ordered(state.jobs)
    _check_sound(store, state)
    here, files = jobs_here(run), _other_files(store, state)
    replaced = [name for name in files if Path(name).is_file()]
    analysis = present_analysis(state.content["analysis"], replaced)
    _check_can_be_kept(analysis, replaced)
    kept = keep_run(store, run.name, analysis, False, bool(replaced)) if here or replaced else ""
    removed = [job for record, job in here.items() if record not in state.jobs]
    for job in removed:
        remove_job(job)
    back = [stored for stored in jobs if not is_in_place(stored, present)]
    for stored in back:
        if not bring_back(store, stored):
            raise WollemiError(
                stored.job.record,
                "a file of this job was lost from the store during the restore",
                "run again, or return to the previous state: "
                f"`{user_command('wollemi restore')} {kept}`",
            )
    order_times([stored.job for stored in jobs], [stored.job.record for stored in back], present)
    _write_files(files)
    written = [name for name, content in files.items() if content is not None]
    gone = [name for name in files if name not in written]
    return Restored(len(back), len(removed), written, gone, kept)


def jobs_here(run: Path) -> dict[str, Any]:
    """Jobs by record, for all valid records in a folder of results."""
    found = (
        sound_job(path.as_posix(), path.read_bytes())
        for path in sorted((run / "records").rglob("*.json"))
    )
    return {job.record: job for job in found if job is not None}


def present_analysis(analysis: str, more: Iterable[str]) -> PlannedAnalysis:
    """Read the present files of an analysis, even if it has problems.

    Args:
        analysis: Path of the analysis file.
        more: Paths of further files, which the analysis may no longer refer to.
    """
    others = [*hook_files(analysis), *more]
    try:
        document = read_analysis(Path(analysis)).plain
    except WollemiError:  # it is stored despite its problems
        return planned_analysis(analysis, None, others)
    return planned_analysis(analysis, document, [*composed_files(analysis), *others])


def _check_sound(store: Store, state: State) -> None:
    """Check that all contents of the state are unchanged."""
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
    """Jobs, each after its dependencies."""
    makers = {name: record for record, stored in jobs.items() for name in stored.files}
    graph = {
        record: {makers[name] for name in stored.job.inputs if name in makers}
        for record, stored in jobs.items()
    }
    try:
        return [jobs[record] for record in TopologicalSorter(graph).static_order()]
    except CycleError:  # does not happen in a run
        return list(jobs.values())


def _other_files(store: Store, state: State) -> dict[str, bytes | None]:
    """Stored content by name of files of the analysis that differ now; None for hooks that the
    state does not have, since they would act on it.
    """
    files = state.content["files"]
    contents = {name: store.read(digest) for name, digest in files.items()}
    hooks = PurePosixPath(state.content["analysis"]).with_name("hooks.py").as_posix()
    # Hooks with an address that gives access were used but are in no state: they stay.
    read = {name for stored in state.jobs.values() for name in stored.job.inputs}
    without = {} if hooks in read else {hooks: None}
    return {
        name: content
        for name, content in {**without, **contents}.items()
        if is_inside(name, CONFIG)
        and content != (Path(name).read_bytes() if Path(name).is_file() else None)
    }


def _check_can_be_kept(analysis: PlannedAnalysis, replaced: Iterable[str]) -> None:
    """Check files to be replaced: those with addresses that give access are not stored."""
    for name in replaced:
        if signed_addresses(analysis.files[name].decode("utf-8", "replace")):
            problem = "has an address that gives access, so it is not kept, and would be replaced"
            raise WollemiError(name, problem, "move the file away first")


def _write_files(files: Mapping[str, bytes | None]) -> None:
    """Restore files of the analysis, and remove files without content."""
    for name, content in files.items():
        path = Path(name)
        if content is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial_path(path).write_bytes(content)
            partial_path(path).replace(path)
