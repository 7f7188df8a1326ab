"""The Python environment of a re-execution: created from the archive's lock file, or an existing
one. Standard library only.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from wollemi.archive.reading.archive import Archive
from wollemi_likelihood.base.errors import WollemiError

_LINES = 6


def check_python(archive: Archive) -> None:
    """Make sure that this Python fits the archive.

    Raises:
        WollemiError: This Python does not fit.
    """
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    project = (archive.root / "pyproject.toml").read_text(encoding="utf-8", errors="replace")
    asked = re.search(r'^requires-python = ">=3\.(\d+),<3\.(\d+)"', project, re.MULTILINE)
    if asked and not int(asked[1]) <= sys.version_info.minor < int(asked[2]):
        problem = f"this is Python {here}; the archive needs 3.{asked[1]} to 3.{int(asked[2]) - 1}"
        remedy = (
            f"run it with Python {archive.description['python']}, such as python3.{asked[1]}, "
            "or name an --environment"
        )
        raise WollemiError(sys.executable, problem, remedy)


def create_environment(
    archive: Archive, folder: Path, variables: Mapping[str, str], log: Path
) -> str:
    """Create the environment: offline from the included wheels if they fit, otherwise from the
    package registry.

    Args:
        archive: Archive with the lock file.
        folder: Folder of the new environment.
        variables: Environment variables.
        log: Log file for pip's output.

    Returns:
        Description of the origin of the packages.

    Raises:
        WollemiError: The environment cannot be created.
    """
    check_python(archive)
    _run(
        [sys.executable, "-m", "venv", str(folder)],
        variables,
        log,
        "install the `venv` module of this Python (python3-venv)",
    )
    fitting = wheels_fit(archive.description["wheels"])
    pip = [str(folder / "bin/python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    pip += ["--isolated"] if fitting else ["--retries", "2"]
    source = ["--no-index", "--find-links", str(archive.root / "wheels")] if fitting else []
    requirements = ["--require-hashes", "--no-deps", "-r", str(archive.root / "requirements.txt")]
    _run([*pip, "install", *source, *requirements], variables, log, _remedy(archive))
    return (
        "from the wheels in the archive"
        if fitting
        else "from the package registry, by the lock file"
    )


def wheels_fit(wheels: Sequence[Mapping[str, str]]) -> bool:
    """Whether the wheels of an archive fit this Python; pip itself checks whether they fit this
    machine.
    """
    return any(
        entry["python"] == f"{sys.version_info.major}.{sys.version_info.minor}" for entry in wheels
    )


def _remedy(archive: Archive) -> str:
    pythons = " or ".join(sorted(entry["python"] for entry in archive.description["wheels"]))
    if not pythons:
        return "connect to a package registry (the archive has no wheels), or name an --environment"
    if wheels_fit(archive.description["wheels"]):
        platforms = " or ".join(
            sorted(entry["platform"] for entry in archive.description["wheels"])
        )
        return (
            f"the wheels in the archive are for {platforms}: use such a machine, or name an "
            "--environment"
        )
    return (
        f"the wheels in the archive are for Python {pythons}: run this with it, connect to a "
        "registry, or name an --environment"
    )


def _run(command: Sequence[str], variables: Mapping[str, str], log: Path, remedy: str) -> None:
    done = subprocess.run(  # noqa: S603
        command,
        check=False,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    with log.open("a", encoding="utf-8") as file:
        file.write(done.stdout)
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        # pip warns of each attempt before it reports the error.
        lines = ([line for line in lines if line.startswith("ERROR")] or lines)[-_LINES:]
        step = "venv" if "venv" in command else "pip"
        raise WollemiError("environment", f"{step} failed:\n    " + "\n    ".join(lines), remedy)


def existing_environment(folder: Path, variables: Mapping[str, str]) -> Path:
    """The folder of an existing environment.

    Args:
        folder: Path of the environment, such as `.venv`.
        variables: Environment variables.

    Raises:
        WollemiError: The folder is not an environment, or lacks Snakemake.
    """
    folder = Path(os.path.abspath(folder))
    python = folder / "bin/python"
    if not python.is_file():
        raise WollemiError(
            str(folder),
            "this is not a Python environment: it has no bin/python",
            "name one, such as .venv",
        )
    done = subprocess.run(  # noqa: S603
        [python, "-c", "import snakemake"], check=False, env=variables, capture_output=True
    )
    if done.returncode:
        raise WollemiError(
            str(folder),
            "it has no Snakemake",
            "pip install --require-hashes -r requirements.txt into it",
        )
    return folder
