"""The verdict on a run, for people and for machines."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from wollemi.provenance.chain import BROKEN, INTACT, STALE, Chain, Job
from wollemi.provenance.snakemake import Difference

WIDTH = 130


def report_text(chain: Chain, difference: Difference | str | None) -> str:
    """The verdict as text: counts, then each cause with the products it affects.

    Args:
        chain: the judged run.
        difference: where Snakemake's own answer differs, why it has none, or nothing if it was not
            asked.
    """
    counts = Counter(chain.products.values())
    numbers = ", ".join(f"{counts[status]} {status}" for status in (INTACT, STALE, BROKEN))
    lines = [f"{chain.run}: {len(chain.products)} products of {len(chain.jobs)} jobs: {numbers}"]
    for status in (BROKEN, STALE):
        lines += _direct(chain, status)
    lines += _indirect(chain)
    if chain.unmade:
        lines += ["", "not made yet", *_wrapped("datasets: ", chain.unmade)]
    lines += _snakemake_lines(difference)
    return "\n".join(lines) + "\n"


def report_json(chain: Chain, difference: Difference | str | None = None) -> dict[str, Any]:
    """The verdict as plain values.

    Args:
        chain: the judged run.
        difference: as for `report_text`.
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
        "snakemake": vars(difference) if isinstance(difference, Difference) else difference,
    }


def _direct(chain: Chain, status: str) -> Iterator[str]:
    """Causes, each list of them with the jobs that share it."""
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
            *_wrapped(f"not made yet: {len(difference.new)} products: ", difference.new[:3]),
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
