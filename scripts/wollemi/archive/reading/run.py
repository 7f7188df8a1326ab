"""Run the workflow of an archive again in a new folder. Standard library only."""

import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wollemi.archive.reading.archive import Archive, config_items
from wollemi.archive.reading.availability import FileId
from wollemi.base.archived_files import ABSENT, LIST
from wollemi.base.json_files import render_json
from wollemi.base.whole_files import write_whole
from wollemi_likelihood.base.errors import WollemiError

# next to the run folder: a path without spaces, which Snakemake passes on unquoted
MIRROR = "production_files"
_LINES = 25
# Dropped because they belong to the user's other work.
_FOREIGN = (
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "VIRTUAL_ENV",
    "SNAKEMAKE_PROFILE",
    "SNAKEMAKE_OUTPUT_CACHE",
)
_EARLIER_S, _LATER_S = 20, 10


def process_variables(work: Path) -> dict[str, str]:
    """Environment variables that keep all reading and writing within this folder.

    Args:
        work: Folder of the re-execution.
    """
    variables = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    caches = {
        "XDG_CACHE_HOME": "cache",
        "MPLCONFIGDIR": "cache/matplotlib",
        "PIP_CACHE_DIR": "cache/pip",
    }
    return (
        variables
        | {name: str(work / folder) for name, folder in caches.items()}
        # Remade products are not stored anywhere else.
        | {"PYTHONNOUSERSITE": "1", "WOLLEMI_STORE": "off"}
    )


def prepare_run(
    archive: Archive,
    folder: Path,
    taken_over: Iterable[str],
    now: float,
    absent: Collection[FileId] = (),
) -> None:
    """Fill a new working folder: the workflow, included production files, and the files taken over.

    The files taken over are younger than the code and older than any file to be made, so that
    Snakemake, which knows nothing else about them, keeps them. It does not miss their inputs.

    Args:
        archive: Archive to be run again.
        folder: Working folder, which does not exist yet.
        taken_over: Products and records to start from.
        now: Time in seconds since the epoch.
        absent: Unavailable production files; nothing may read others in their place.
    """
    names = [name for name in archive.digests if not name.startswith(("results/", "wheels/"))]
    times = dict.fromkeys(names, now - _EARLIER_S) | dict.fromkeys(taken_over, now - _LATER_S)
    for name, time in times.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(archive.root / name, target)
        os.utime(target, (time, time))
    listing = archive.read_json(LIST) if absent else {"datasets": {}}
    for row in (row for rows in listing["datasets"].values() for row in rows):
        if row.get("given") and row["path"] is None and (row["name"], row["sha256"]) in absent:
            row["path"] = f"{ABSENT}/{row['name']}"
            write_whole(folder / LIST, render_json(listing))
    # All fetched files: production files, corrections, published models, published limits.
    (folder.parent / MIRROR).symlink_to(archive.root / archive.run)


def archived_targets(archive: Archive, records: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The targets to run: a whole run, and products outside it, such as products of the target
    `publish`.

    Args:
        archive: Archive to be run again.
        records: Content of the records by file.
    """
    read = {name for record in records.values() for name in record["inputs"]}
    made = {name for record in records.values() for name in record["outputs"]}
    return ["all", *sorted(name for name in made - read if name in archive.digests)]


def run_snakemake(
    archive: Archive,
    folder: Path,
    environment: Path,
    cores: int,
    variables: Mapping[str, str],
    say: Callable[[str], object],
    targets: Sequence[str] = (),
    goes_on: Callable[[], bool] = lambda: True,
) -> None:
    """Run the workflow to its end, or up to some of its products.

    Args:
        archive: Archive to be run again.
        folder: Working folder.
        environment: Path of the Python environment.
        cores: Number of cores.
        variables: Environment variables.
        say: Function that receives lines of progress.
        targets: Rules or products; empty for all.
        goes_on: Function that waits for what is checked meanwhile; false stops the workflow.

    Raises:
        WollemiError: Snakemake fails; the message includes the end of the log.
    """
    variables = {
        **variables,
        "PATH": f"{environment / 'bin'}{os.pathsep}{variables.get('PATH', os.defpath)}",
    }
    config = [*config_items(archive.description), f"mirrors=../{MIRROR}"]
    command = [
        str(environment / "bin/python"),
        "-m",
        "snakemake",
        "--cores",
        str(cores),
        "--printshellcmds",  # Snakemake's own words, with the number of steps
        *targets,
        "--config",
        *config,
    ]
    log = folder.parent / "snakemake.log"
    code, lines = _follow(command, folder, variables, log, say, goes_on)
    if code:
        ending = "\n    ".join(lines[-_LINES:])
        raise WollemiError(
            str(log), f"Snakemake failed with exit code {code}:\n    {ending}", "the log has more"
        )


def _follow(
    command: Sequence[str],
    folder: Path,
    variables: Mapping[str, str],
    log: Path,
    say: Callable[[str], object],
    goes_on: Callable[[], bool],
) -> tuple[int, list[str]]:
    """Run a command, copy its output to a log, and report progress; returns its exit code and
    lines.
    """

    def stop() -> None:
        if not goes_on():
            process.send_signal(signal.SIGINT)  # Snakemake waits for its running jobs

    lines, tenth = [], 0
    with (
        log.open("w", encoding="utf-8", buffering=1) as file,
        subprocess.Popen(  # noqa: S603
            command,
            cwd=folder,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
    ):
        assert process.stdout is not None
        watch = threading.Thread(target=stop)
        watch.start()
        for line in process.stdout:
            file.write(line)
            if line.strip():
                lines.append(line.rstrip())
            progress = re.match(r"(\d+) of (\d+) steps", line)
            if progress and 10 * int(progress[1]) // int(progress[2]) > tenth:
                tenth = 10 * int(progress[1]) // int(progress[2])
                say(f"{progress[0]} done")
        watch.join()
    return process.returncode, lines
