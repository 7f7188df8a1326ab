"""The history of a run as text, one paragraph per state."""

from collections.abc import Iterator, Sequence

from wollemi.base.user_commands import user_command
from wollemi.history.causes import Work, find_causes
from wollemi.history.reuse import Reuse
from wollemi.history.states import State
from wollemi.history.whole import Restored
from wollemi_likelihood.base.errors import counted


def work_of(state: State) -> Work:
    """The ingredients of a state."""
    records = {record: stored.job.content for record, stored in state.jobs.items()}
    return Work(state.run, records, state.document, state.content["commit"])


def history_text(states: Sequence[State], present: str | None) -> str:
    """All states of a run, the latest first.

    Args:
        states: States of the run, the oldest first.
        present: Name of the state that equals the present results; None without such a state.
    """
    before = [None, *states[:-1]]
    paragraphs = [
        "\n".join(_state_lines(state, last, present))
        for state, last in reversed(list(zip(states, before, strict=True)))
    ]
    return "\n\n".join(paragraphs) + "\n"


def _state_lines(state: State, before: State | None, present: str | None) -> Iterator[str]:
    content = state.content
    commit = f"commit {content['commit'][:8]}" if content["commit"] else "no commit"
    marks = [
        commit + (" with changes" if content["clean"] is False else ""),
        counted(len(content["jobs"]), "job"),
        *([] if content["complete"] else ["not complete"]),
        *(["these are the present results"] if state.name == present else []),
    ]
    yield f"{state.name}  {state.when.replace('T', ' ')[:16]}  {', '.join(marks)}"
    if before is not None:
        causes = find_causes(work_of(before), work_of(state))
        yield from (f"    differs in {cause.text}" for cause in causes)
        if not causes:
            yield "    made with the same as the one before"
    # The place of the page is not a result.
    yield from (f"    {line}" for line in content["headline"] if not line.startswith("open "))


def reuse_text(reuse: Reuse, states: Sequence[State], back: int | None) -> str:
    """Describe the jobs restored from the store instead of being run; empty without such jobs.

    Args:
        reuse: Jobs that need not run.
        states: Stored states.
        back: Number of restored jobs; None for a dry run.
    """
    if not reuse.missing or back == 0:
        return ""
    when = {state.name: state.when.replace("T", " ")[:16] for state in states}
    named = ", ".join(f"{name} ({when[name]})" for name in reuse.states[:3])
    more = f" and {len(reuse.states) - 3} more" if len(reuse.states) > 3 else ""
    number = len(reuse.missing) if back is None else back
    jobs = f"{number} job{'' if number == 1 else 's'}"
    if back is None:
        return f"{jobs} would come back from state {named}{more} instead of running:\n"
    return f"{jobs} came back from state {named}{more}\n"


def restored_text(state: State, done: Restored) -> str:
    """Describe the result of restoring a state, and the next steps.

    Args:
        state: Restored state.
        done: Result of restoring it.
    """
    lines = [f"{state.run} is state {state.name} of {state.when.replace('T', ' ')[:16]}"]
    lines.append(
        f"  {counted(done.jobs, 'job')} came back, {done.removed} that it does not have "
        "were removed"
    )
    lines += [f"  {name} (written)" for name in done.files]
    lines += [f"  {name} (removed: the state has none)" for name in done.gone]
    if done.kept:
        lines.append(
            f"  what was here is state {done.kept}: {user_command('wollemi restore')} {done.kept}"
        )
    if state.content["commit"]:
        lines.append(f"  it was made with the code of commit {state.content['commit'][:8]}")
    return "\n".join(
        [*lines, f"  {user_command('wollemi verify')} {state.content['run']} judges it", ""]
    )
