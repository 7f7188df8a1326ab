"""Snakemake's own plan, and restoring its metadata of a run from the records.

Snakemake decides by its metadata in `.snakemake` and by file times. Copied results have neither, so
it would remake everything older than the code, and would not notice an edited setting. Only the
command line of Snakemake is used (9.27.1).
"""

import fcntl
import importlib.util
import os
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from wollemi.base.user_commands import user_command
from wollemi.provenance.chain import INTACT, Chain
from wollemi_likelihood.base.errors import WollemiError

ASIDE = ".stale"
RULE_CHANGES = ("rule implementation changed", "set of input files changed")
# Without the sleep of 0.1 s before each job: all times are from one machine and one moment.
_SNAKEMAKE = (
    "from snakemake.executors.touch import Executor; Executor.SLEEPING_TIME = 0; from "
    "snakemake.cli import main; main()"
)


@dataclass(frozen=True)
class Plan:
    """The present plan of Snakemake.

    Args:
        status: Snakemake's report by product or record.
        pending: Products and records that it would make.
        target: Target of the plan: `publish` if the run has products of it that `all` does not
            make.
    """

    status: Mapping[str, str]
    pending: frozenset[str]
    target: str = "all"

    @property
    def changed_rules(self) -> dict[str, str]:
        """Product → Snakemake's message, for products whose rule has changed."""
        return {name: text for name, text in self.status.items() if text in RULE_CHANGES}


@dataclass(frozen=True)
class Difference:
    """Differences between Snakemake's plan and the records.

    Args:
        remade: Intact products that it would make again.
        kept: Stale or broken products that it would keep.
        new: Missing products that it would make.
    """

    remade: tuple[str, ...]
    kept: tuple[str, ...]
    new: tuple[str, ...]


def snakemake_is_here() -> bool:
    """Whether Snakemake can be asked: it is installed, and a Snakefile exists."""
    return importlib.util.find_spec("snakemake") is not None and Path("Snakefile").is_file()


def ask_snakemake(chain: Chain) -> Plan:
    """Ask Snakemake what it would do with a run.

    Args:
        chain: Chain of the run.

    Raises:
        WollemiError: Snakemake cannot answer, for example because a production file is missing.
    """
    plan = _ask(chain, "all")
    further = chain.products.keys() - plan.status.keys()
    published = _ask(chain, "publish") if further else plan
    return published if further & published.status.keys() else plan


def _ask(chain: Chain, target: str) -> Plan:
    rows = summary(target, chain.run, run_config(chain))
    return Plan(
        {row[0]: row[4] for row in rows},
        frozenset(row[0] for row in rows if row[5] == "update pending"),
        target,
    )


def summary(target: str, run: str, config: Sequence[str]) -> list[list[str]]:
    """What Snakemake knows of the products of a run: path, date, rule, log, status and plan.

    Args:
        target: Target of Snakemake.
        run: Folder of the run.
        config: Settings that select it.

    Raises:
        WollemiError: Snakemake cannot answer, for example because a production file is missing.
    """
    output = _snakemake(target, "--summary", config=config)
    lines = [line.split("\t") for line in output.splitlines()]
    return [line for line in lines if len(line) == 6 and line[0].startswith(f"{run}/")]


def compare_plan(chain: Chain, plan: Plan) -> Difference:
    """Compare Snakemake's plan with the records."""
    products = {name: status for name, status in chain.products.items() if name in plan.status}
    remade = [
        name for name, status in products.items() if status == INTACT and name in plan.pending
    ]
    kept = [
        name for name, status in products.items() if status != INTACT and name not in plan.pending
    ]
    records = chain.jobs.keys()
    new = [
        name
        for name in plan.pending
        if name not in products and name not in records and "/records/" not in name
    ]
    return Difference(tuple(sorted(remade)), tuple(sorted(kept)), tuple(sorted(new)))


def adopt_run(chain: Chain, plan: Plan) -> tuple[Path | None, int]:
    """Restore Snakemake's metadata and times for intact products, so that a run makes only the
    others.

    Everything else is moved aside, nothing is deleted; then Snakemake itself touches the remaining
    files and writes its metadata. The next call repairs an interrupted one.

    Args:
        chain: Chain of the run.
        plan: Present plan of Snakemake.

    Returns:
        Folder of the moved files, or None, and their number.

    Raises:
        WollemiError: Snakemake fails, or still disagrees.
    """
    names = to_set_aside(chain, plan.status.keys())
    folder = _set_aside(Path(chain.run), names) if names else None
    _snakemake(
        plan.target,
        "--cores",
        "1",
        "--touch",
        "--forceall",
        "--quiet",
        "all",
        config=run_config(chain),
    )
    kept = {name for name, status in chain.products.items() if status == INTACT} - set(names)
    unwilling = sorted(kept & ask_snakemake(chain).pending)
    if unwilling:
        problem = (
            f"Snakemake would still make {len(unwilling)} intact products, the first of them "
            f"{unwilling[0]}"
        )
        raise WollemiError(
            chain.run, problem, f"see its reason with `{user_command('snakemake --dry-run')}`"
        )
    return folder, len(names)


def to_set_aside(chain: Chain, known: Collection[str]) -> list[str]:
    """Files of jobs that have to run again, and products of rules without a record.

    Args:
        chain: Chain of the run.
        known: Names of all files that the rules make.
    """
    names = {
        name for job in chain.jobs.values() if job.to_redo for name in (job.record, *job.outputs)
    }
    return sorted(name for name in names | (set(chain.strays) & set(known)) if Path(name).is_file())


def run_config(chain: Chain) -> list[str]:
    """The configuration that selects a run, for Snakemake's command line."""
    records = [job.content for job in chain.jobs.values()]
    analyses = {
        PurePosixPath(record["analysis"]).parent.name for record in records if "analysis" in record
    }
    events = {record["options"].get("max_events", 0) for record in records}
    return [
        f"analysis={min(analyses, default=Path(chain.run).name)}",
        f"max_events={max(events, default=0)}",
    ]


def _snakemake(*arguments: str, config: Sequence[str]) -> str:
    command = [sys.executable, "-c", _SNAKEMAKE, *arguments, "--config", *config]
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)  # noqa: S603
    if done.returncode:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise WollemiError(
            "snakemake",
            "it failed:\n    " + "\n    ".join(lines[-6:]),
            "fix this, or leave Snakemake out",
        )
    return done.stdout


def check_idle(run: Path) -> None:
    """Make sure that no Snakemake process holds its kernel lock on `.snakemake` (see job.start).

    Args:
        run: Folder of the run, for error messages.

    Raises:
        WollemiError: Snakemake is running.
    """
    if not Path(".snakemake").is_dir():
        return
    folder = os.open(".snakemake", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise WollemiError(
            str(run), "Snakemake is running in this folder", "wait for its end"
        ) from None
    except OSError:
        pass  # the file system has no such locks; Snakemake's own lock still applies
    finally:
        os.close(folder)


def _set_aside(run: Path, names: Sequence[str]) -> Path:
    """Move files to a new numbered folder inside the run, keeping their names."""
    number = 1
    while (run / ASIDE / str(number)).exists():
        number += 1
    folder = run / ASIDE / str(number)
    for name in names:
        target = folder / Path(name).relative_to(run)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(name, target)
    return folder
