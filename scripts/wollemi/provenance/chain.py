"""The chain of records from each product back to the production files: jobs and their problems.

A job is *intact* if all its dependencies and products are unchanged; *stale* if running it again
could change its products; *broken* if the chain itself is damaged.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

INTACT, STALE, BROKEN = "intact", "stale", "broken"
LEFT_OVER = "left over"


@dataclass(frozen=True)
class Reason:
    """Reason why a job is not intact.

    Args:
        status: Status: `stale` or `broken`.
        cause: Kind: `settings`, `code`, `package`, `environment`, `input`, `origin`, `through`,
            `product`, `record`, `rule` or `left over` (another job makes its products now).
        subject: Section, file or package.
        text: Description on one line.
    """

    status: str
    cause: str
    subject: str
    text: str


@dataclass(frozen=True)
class Job:
    """A job, given by its record, and its problems.

    Args:
        record: Name of the record.
        content: Content of the record.
        reasons: Reasons why the job is not intact; empty if it is.
    """

    record: str
    content: Mapping[str, Any]
    reasons: tuple[Reason, ...] = ()

    @property
    def name(self) -> str:
        """Name of the program, with dataset and part."""
        return self.record.partition("/records/")[2].removesuffix(".json")

    @property
    def status(self) -> str:
        """The worst of the reasons."""
        return worst(reason.status for reason in self.reasons)

    @property
    def to_redo(self) -> bool:
        """Whether the job has to run again. A lost production file alone changes no product, and
        nothing could be made again.
        """
        return any(reason.cause != "origin" for reason in self.reasons)

    @property
    def is_left_over(self) -> bool:
        """Whether another job makes the same products now."""
        return any(reason.cause == LEFT_OVER for reason in self.reasons)

    @property
    def inputs(self) -> Mapping[str, str]:
        """Digests of the inputs by name."""
        inputs: Mapping[str, str] = self.content["inputs"]
        return inputs

    @property
    def outputs(self) -> Mapping[str, str]:
        """Digests of the products by name."""
        outputs: Mapping[str, str] = self.content["outputs"]
        return outputs

    @property
    def products(self) -> dict[str, str]:
        """Status by product. A product made together with a damaged one is stale: it will be made
        again.
        """
        others = [reason.status for reason in self.reasons if reason.cause != "product"]
        damaged = {reason.subject for reason in self.reasons if reason.cause == "product"}
        common = worst([*others, STALE] if damaged else others)
        return {name: BROKEN if name in damaged else common for name in self.outputs}


@dataclass(frozen=True)
class Chain:
    """All jobs of a run with their status.

    Args:
        run: Folder of the run.
        jobs: Job by record, each after its dependencies.
        strays: Products without a record.
        unmade: Datasets of the analysis that no job has worked on.
        failed: Messages of failed commands of other frameworks.
    """

    run: str
    jobs: Mapping[str, Job]
    strays: tuple[str, ...]
    unmade: tuple[str, ...]
    failed: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """The worst status of all jobs and products."""
        found = [job.status for job in self.jobs.values()]
        return worst(
            [*found, *(BROKEN for _ in self.strays), *(STALE for _ in (*self.unmade, *self.failed))]
        )

    @property
    def unseen(self) -> list[str]:
        """Unwatched inputs of commands of other frameworks, each with its job."""
        return [
            f"{job.name}: no record contains {what}"
            for job in self.jobs.values()
            if job.name.startswith("run_command/")
            for what in job.content.get("unseen", ["what it read: it ran before this was watched"])
        ]

    @cached_property
    def makers(self) -> dict[str, Job]:
        """Job by product; left-over jobs only for products that no other job made."""
        ordered = sorted(self.jobs.values(), key=lambda job: not job.is_left_over)
        return {name: job for job in ordered for name in job.outputs}

    @property
    def products(self) -> dict[str, str]:
        """Status by product."""
        made = {
            name: status
            for job in self.jobs.values()
            for name, status in job.products.items()
            if self.makers[name] is job
        }
        return made | dict.fromkeys(self.strays, BROKEN)


def worst(statuses: Iterable[str]) -> str:
    """The worst of several statuses; intact for an empty list."""
    return max(statuses, key=(INTACT, STALE, BROKEN).index, default=INTACT)
