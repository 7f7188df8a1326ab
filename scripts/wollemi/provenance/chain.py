"""The chain of records from each product back to the production files: its jobs, and what is wrong
with them.

A job is *intact* if all its dependencies are unchanged and everything it made is as it left it;
*stale* if running it again could give something else; *broken* if the chain itself is damaged.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

INTACT, STALE, BROKEN = "intact", "stale", "broken"
LEFT_OVER = "left over"


@dataclass(frozen=True)
class Reason:
    """Why a job is not intact.

    Args:
        status: `stale` or `broken`.
        cause: its kind: `settings`, `code`, `package`, `environment`, `input`, `origin`, `through`,
            `product`, `record`, `rule` or `left over` (another job makes its products now).
        subject: the section, file or package.
        text: one line for people.
    """

    status: str
    cause: str
    subject: str
    text: str


@dataclass(frozen=True)
class Job:
    """A record and what is wrong with it.

    Args:
        record: name of the record.
        content: content of the record.
        reasons: why it is not intact; none if it is.
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
        """Whether it has to run again. A lost production file alone changes no product, and nothing
        could be made again.
        """
        return any(reason.cause != "origin" for reason in self.reasons)

    @property
    def is_left_over(self) -> bool:
        """Whether another job makes its products now."""
        return any(reason.cause == LEFT_OVER for reason in self.reasons)

    @property
    def inputs(self) -> Mapping[str, str]:
        """Name → digest of its inputs."""
        inputs: Mapping[str, str] = self.content["inputs"]
        return inputs

    @property
    def outputs(self) -> Mapping[str, str]:
        """Name → digest of its products."""
        outputs: Mapping[str, str] = self.content["outputs"]
        return outputs

    @property
    def products(self) -> dict[str, str]:
        """Product → status. A product made together with a damaged one is stale: it will be made
        again.
        """
        others = [reason.status for reason in self.reasons if reason.cause != "product"]
        damaged = {reason.subject for reason in self.reasons if reason.cause == "product"}
        common = worst([*others, STALE] if damaged else others)
        return {name: BROKEN if name in damaged else common for name in self.outputs}


@dataclass(frozen=True)
class Chain:
    """All jobs of a run, judged.

    Args:
        run: its folder.
        jobs: record → job, each after those it depends on.
        strays: products without a record.
        unmade: datasets of the analysis that no job has worked on.
        failed: messages of commands of other frameworks that have failed.
    """

    run: str
    jobs: Mapping[str, Job]
    strays: tuple[str, ...]
    unmade: tuple[str, ...]
    failed: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """The worst status of all."""
        found = [job.status for job in self.jobs.values()]
        return worst(
            [*found, *(BROKEN for _ in self.strays), *(STALE for _ in (*self.unmade, *self.failed))]
        )

    @property
    def unseen(self) -> list[str]:
        """What commands of other frameworks read without being watched, each with its job."""
        return [
            f"{job.name}: no record contains {what}"
            for job in self.jobs.values()
            if job.name.startswith("run_command/")
            for what in job.content.get("unseen", ["what it read: it ran before this was watched"])
        ]

    @cached_property
    def makers(self) -> dict[str, Job]:
        """Product → the job that made it; left-over jobs only if no other made it."""
        ordered = sorted(self.jobs.values(), key=lambda job: not job.is_left_over)
        return {name: job for job in ordered for name in job.outputs}

    @property
    def products(self) -> dict[str, str]:
        """Product → status."""
        made = {
            name: status
            for job in self.jobs.values()
            for name, status in job.products.items()
            if self.makers[name] is job
        }
        return made | dict.fromkeys(self.strays, BROKEN)


def worst(statuses: Iterable[str]) -> str:
    """The worst of several statuses; intact if there is none."""
    return max(statuses, key=(INTACT, STALE, BROKEN).index, default=INTACT)
