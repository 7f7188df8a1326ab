"""A run that is ready to be archived: verified, complete, with everything the archive describes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.addresses import public_values
from wollemi.archive.writing.files import ProductionFile, production_files
from wollemi.base.citation import analysis_citation, read_citation, workflow_file
from wollemi.base.user_commands import user_command
from wollemi.provenance.chain import INTACT, Chain
from wollemi.provenance.present_state import PresentState
from wollemi.provenance.snakemake import ask_snakemake, compare_plan, run_config, snakemake_is_here
from wollemi.provenance.verify import verify_run
from wollemi_likelihood.base.errors import WollemiError, listed

_SHOWN = 5


@dataclass(frozen=True)
class FinishedRun:
    """An intact and complete run.

    Args:
        chain: Records of the run.
        present: State of the working folder.
        document: Content of its analysis file as plain values.
        summary: Content of its `summary.json`.
        production: Input files of the run.
    """

    chain: Chain
    present: PresentState
    document: Mapping[str, Any]
    summary: Mapping[str, Any]
    production: list[ProductionFile]

    @property
    def config(self) -> dict[str, Any]:
        """The settings that select the run: `analysis` and `max_events` of `--config`."""
        analysis, events = (item.partition("=")[2] for item in run_config(self.chain))
        return {"analysis": analysis, "max_events": int(events)}

    @property
    def about(self) -> Mapping[str, Any]:
        """`publication.about` of the analysis; empty without it."""
        return (self.document.get("publication") or {}).get("about") or {}

    @property
    def citation(self) -> dict[str, Any]:
        """Citation of the analysis, or of the workflow if the analysis names no authors."""
        if self.about:
            return analysis_citation(self.summary["title"], self.about)
        return read_citation(workflow_file())

    @property
    def python(self) -> str:
        """Version of Python that made the run."""
        packages = [job.content["packages"] for job in self.chain.jobs.values()]
        # A command of another framework may run with another version of Python.
        return next(str(names["python"]) for names in packages if "python" in names)


def finished_run(run: Path, present: PresentState) -> FinishedRun:
    """Verify a run and read the content that an archive describes.

    Args:
        run: Folder of results, relative to the working folder.
        present: State of the working folder.

    Raises:
        WollemiError: The run is stale, broken or incomplete.
    """
    chain = verify_run(run, present)
    if chain.status != INTACT:
        listing = listed(list(_reasons(chain)), _SHOWN)
        raise WollemiError(
            run.as_posix(),
            f"only an intact run is archived, and this one is {chain.status}{listing}",
            _advice(run),
        )
    target, missing = _not_made(chain)
    if missing:
        problem = f"this run is not complete: {missing[0]} is not there" + (
            f", nor {len(missing) - 1} more" if missing[1:] else ""
        )
        remedy = user_command(f"snakemake --cores 2{target} --config {' '.join(run_config(chain))}")
        raise WollemiError(run.as_posix(), problem, remedy)
    analysis = min(
        job.content["analysis"] for job in chain.jobs.values() if "analysis" in job.content
    )
    document = public_values(present.document(analysis))
    summary = json.loads(Path(f"{chain.run}/summary.json").read_text(encoding="utf-8"))
    return FinishedRun(
        chain, present, document, summary, production_files(chain, document, present)
    )


def _advice(run: Path) -> str:
    return (
        f"{user_command('python scripts/verify_results.py')} {run.as_posix()} tells everything; "
        "with --adopt, then run snakemake again"
    )


def _reasons(chain: Chain) -> Iterator[str]:
    """Problems of the run, each once, without the jobs that merely follow from them."""
    yield from (f"stale: {text}" for text in chain.failed)
    seen = set()
    for job in chain.jobs.values():
        for reason in job.reasons:
            if reason.cause != "through" and reason.text not in seen:
                seen.add(reason.text)
                yield f"{reason.status}: {reason.text}"
    yield from (f"broken: no record tells how {name} was made" for name in chain.strays)
    yield from (f"stale: nothing was made of dataset '{name}' yet" for name in chain.unmade)


def _not_made(chain: Chain) -> tuple[str, list[str]]:
    """Missing products that the records cannot show: the summary, made last, and products known
    only to Snakemake.

    If any product of the target `publish` exists, all of its products belong to the run.

    Returns:
        Target that makes them, as in a command (empty for the default target), and their names.
    """
    summary = f"{chain.run}/summary.json"
    if summary not in chain.makers or not snakemake_is_here():
        return "", [summary] * (summary not in chain.makers)
    plan = ask_snakemake(chain)
    return "" if plan.target == "all" else f" {plan.target}", list(compare_plan(chain, plan).new)
