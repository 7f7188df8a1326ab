"""The verdict on a run, as text and as values."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wollemi.provenance.chain import BROKEN, INTACT, STALE, Chain, Job
from wollemi.provenance.snakemake import Difference
from wollemi_likelihood.base.errors import counted
from wollemi_likelihood.base.progress import time_text

WIDTH = 130
_LONGEST = 3  # most programs with times in the report


def report_text(
    chain: Chain, difference: Difference | str | None, cpu_s: Mapping[str, float] | None = None
) -> str:
    """The verdict as text: counts, the cost of remaking stale and broken products, then each cause
    with the products it affects.

    Args:
        chain: Chain of the run.
        difference: Differences from Snakemake's own answer, the reason why it is missing, or None
            if Snakemake was not asked.
        cpu_s: CPU time in seconds of the latest execution, by name of the job, if known.
    """
    counts = Counter(chain.products.values())
    numbers = ", ".join(f"{counts[status]} {status}" for status in (INTACT, STALE, BROKEN))
    lines = [
        f"{chain.run}: {counted(len(chain.products), 'product')} of "
        f"{counted(len(chain.jobs), 'job')}: {numbers}"
    ]
    lines += _cost(chain, cpu_s or {})
    for status in (BROKEN, STALE):
        lines += _direct(chain, status)
    lines += _indirect(chain)
    if chain.unmade:
        lines += ["", "not made yet", *_wrapped("datasets: ", chain.unmade)]
    lines += [line for text in chain.failed for line in ("", f"not made yet: {text}")]
    lines += ["", "not watched", *(f"  {text}" for text in chain.unseen)] if chain.unseen else []
    lines += _snakemake_lines(difference)
    return "\n".join(lines) + "\n"


def report_json(chain: Chain, difference: Difference | str | None = None) -> dict[str, Any]:
    """The verdict as plain values.

    Args:
        chain: Chain of the run.
        difference: Differences as for `report_text`.
    """
    jobs = {
        job.record: {
            "program": job.content.get("program"),
            "status": job.status,
            "reasons": [vars(reason) for reason in job.reasons],
            "products": job.products,
        }
        for job in chain.jobs.values()
    }
    counts = Counter(chain.products.values())
    return {
        "run": chain.run,
        "status": chain.status,
        "counts": {status: counts[status] for status in (INTACT, STALE, BROKEN)},
        "jobs": jobs,
        "without_record": list(chain.strays),
        "unmade_datasets": list(chain.unmade),
        "failed_commands": list(chain.failed),
        "not_watched": chain.unseen,
        "snakemake": vars(difference) if isinstance(difference, Difference) else difference,
    }


def _cost(chain: Chain, cpu_s: Mapping[str, float]) -> Iterator[str]:
    """Number of jobs to run again, and their previous CPU time by program, the longest first."""
    again = [job for job in chain.jobs.values() if job.to_redo and not job.is_left_over]
    known = {job.name: cpu_s[job.name] for job in again if job.name in cpu_s}
    if not known:
        return
    programs: dict[str, float] = {}
    for name, seconds in known.items():
        program = name.partition("/")[0]
        programs[program] = programs.get(program, 0.0) + seconds
    ordered = sorted(programs.items(), key=lambda item: -item[1])[:_LONGEST]
    longest = ", ".join(f"{name} {time_text(seconds)}" for name, seconds in ordered)
    of_known = "" if len(known) == len(again) else f" ({len(known)} of them are known)"
    yield (
        f"{len(again)} jobs run again; they took {time_text(sum(known.values()))} of CPU time "
        f"when they last ran{of_known}: {longest}"
    )


def _direct(chain: Chain, status: str) -> Iterator[str]:
    """Causes, each group of causes with the jobs that share it."""
    groups: dict[tuple[str, ...], list[Job]] = {}
    for job in chain.jobs.values():
        texts = tuple(reason.text for reason in job.reasons if reason.cause != "through")
        if texts and job.status == status:
            groups.setdefault(texts, []).append(job)
    for texts, jobs in groups.items():
        yield from ("", *(f"{status}: {text}" for text in texts))
        for job in jobs:
            made = [name for name in job.outputs if chain.makers[name] is job]
            if made:
                yield from _wrapped(f"{job.name}: ", _short(chain, made))
    if status == BROKEN and chain.strays:
        yield from (
            "",
            "broken: no record tells how these were made",
            *_wrapped("", _short(chain, chain.strays)),
        )


def _indirect(chain: Chain) -> Iterator[str]:
    """Jobs that are stale only because of their inputs."""
    jobs = [
        job
        for job in chain.jobs.values()
        if job.reasons and all(reason.cause == "through" for reason in job.reasons)
    ]
    if jobs:
        yield from ("", "stale through what they were made from")
    for job in jobs:
        yield from _wrapped(f"{job.name}: ", _short(chain, job.outputs))
        yield from _wrapped(
            "    through ", _short(chain, [reason.subject for reason in job.reasons])
        )


def _snakemake_lines(difference: Difference | str | None) -> Iterator[str]:
    if difference is None:
        return
    if isinstance(difference, str):
        yield from ("", difference)
        return
    if difference.new:
        yield from (
            "",
            *_wrapped(
                f"not made yet: {counted(len(difference.new), 'product')}: ", difference.new[:3]
            ),
        )
    if difference.remade:
        yield from (
            "",
            *_wrapped(
                f"Snakemake would remake {len(difference.remade)} intact products: ",
                difference.remade[:3],
            ),
        )
    if difference.kept:
        yield from (
            "",
            *_wrapped(
                f"Snakemake would keep {len(difference.kept)} that are not intact: ",
                difference.kept[:3],
            ),
        )
    if difference.remade or difference.kept:
        yield "→ `verify_results.py --adopt` makes it do exactly what is needed"


def _short(chain: Chain, names: Sequence[str] | Any) -> list[str]:
    """Names relative to the folder of the run."""
    return [name.removeprefix(f"{chain.run}/") for name in names]


def _wrapped(start: str, names: Sequence[str]) -> list[str]:
    return textwrap.wrap(
        start + ", ".join(names),
        WIDTH,
        initial_indent="  ",
        subsequent_indent="      ",
        break_long_words=False,
        break_on_hyphens=False,
    )
