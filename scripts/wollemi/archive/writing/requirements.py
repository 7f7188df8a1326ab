"""The packages of an archive: `requirements.txt` from the lock file, and optionally the wheels
themselves.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

from wollemi.job.records import normalized_name
from wollemi_likelihood.base.errors import WollemiError

_EXPORT = (
    "export",
    "--locked",
    "--no-default-groups",
    "--group",
    "workflow",
    "--no-emit-project",
    "--no-header",
    "--quiet",
)
# Builds missing wheels, always in this version, because the wheels record it.
_BUILDER = (
    "setuptools==80.9.0 "
    "--hash=sha256:062d34222ad13e0cc312a4c02d73f059e86a4acbfbdea8f8f76b28c99f306922\n"
)
_EPOCH = "315532800"  # 1980-01-01, the first day of a zip


def find_uv() -> str:
    """Path of `uv`.

    Raises:
        WollemiError: `uv` is not installed.
    """
    uv = shutil.which("uv")
    if uv is None:
        raise WollemiError(
            "uv",
            "it is not installed, and it writes requirements.txt from uv.lock",
            "pip install uv",
        )
    return uv


def export_requirements() -> bytes:
    """The packages that the steps and Snakemake need, with hashes, from `uv.lock`.

    Raises:
        WollemiError: `uv` is not installed, or the lock file does not fit `pyproject.toml`.
    """
    return _call(
        [find_uv(), *_EXPORT, "--python", sys.executable],
        "uv export",
        "run `uv lock` if pyproject.toml has changed",
    )


def runtime_packages(root: Path) -> list[str]:
    """Names of the packages that the steps need, as in the records, from `uv.lock`: without
    Snakemake and packages for tests.

    Args:
        root: Folder of the lock file.

    Raises:
        WollemiError: `uv` is not installed, or the lock file is missing.
    """
    options = (
        "--frozen",
        "--no-default-groups",
        "--no-emit-project",
        "--no-hashes",
        "--no-annotate",
        "--no-header",
        "--quiet",
    )
    lines = (
        _call(
            [find_uv(), "export", *options, "--directory", str(root)], "uv export", "run `uv lock`"
        )
        .decode()
        .splitlines()
    )
    # No step runs on Windows.
    return sorted(
        {
            normalized_name(line.partition("==")[0])
            for line in lines
            if not line.endswith("sys_platform == 'win32'")
        }
    )


def wheel_target() -> dict[str, str]:
    """The Python version and platform of this machine's wheels."""
    return {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "platform": sysconfig.get_platform(),
    }


def collect_wheels(requirements: bytes, folder: Path) -> bytes:
    """Download the wheels of all requirements for this Python and platform, checked by their
    hashes.

    A package published only as source is built into a wheel.

    Args:
        requirements: Content of `requirements.txt`.
        folder: Empty folder; the wheels are written to its subfolder `wheels`.

    Returns:
        Requirements with the hashes of the wheels that were built.

    Raises:
        WollemiError: A package is not available.
    """
    listed, wheels, sources = folder / "requirements.txt", folder / "wheels", folder / "sources"
    listed.write_bytes(requirements)
    sources.mkdir()
    _call(
        [sys.executable, "-m", "venv", str(folder / "pip")],
        "python -m venv",
        "install the `venv` module of this Python",
    )
    pip = [str(folder / "pip/bin/python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    remedy = "check the network, or archive without --wheels"
    _call(
        [*pip, "download", "--require-hashes", "--no-deps", "-r", str(listed), "-d", str(wheels)],
        "pip download",
        remedy,
    )
    for path in sorted(wheels.iterdir()):
        if path.suffix != ".whl":
            shutil.move(path, sources / path.name)
    built = _build_wheels(pip, sorted(sources.iterdir()), folder)
    for path in built.values():
        shutil.copy(path, wheels)
    return add_hashes(
        requirements,
        {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in built.items()},
    )


def _build_wheels(pip: Sequence[str], sources: Sequence[Path], folder: Path) -> dict[str, Path]:
    """Wheel by distribution, for each source distribution."""
    if not sources:
        return {}
    (folder / "builder.txt").write_text(_BUILDER, encoding="utf-8")
    remedy = "check the network, or archive without --wheels"
    _call(
        [*pip, "install", "--require-hashes", "-r", str(folder / "builder.txt")],
        "pip install setuptools",
        remedy,
    )
    options = ["--no-deps", "--no-index", "--no-build-isolation", "-w", str(folder / "built")]
    _call(
        [*pip, "wheel", *options, *map(str, sources)],
        "pip wheel",
        remedy,
        {"SOURCE_DATE_EPOCH": _EPOCH},
    )
    return {path.name.partition("-")[0]: path for path in sorted((folder / "built").glob("*.whl"))}


def add_hashes(requirements: bytes, hashes: Mapping[str, str]) -> bytes:
    """Allow one more file for some packages.

    Args:
        requirements: Content of `requirements.txt`.
        hashes: SHA-256 of the additional file by distribution.
    """
    text = requirements.decode()
    for name, digest in hashes.items():
        pattern = rf"^({re.escape(name).replace('_', '[-_.]')}==[^\\\n]+)\\\n"
        text, count = re.subn(
            pattern,
            rf"\1\\\n    --hash=sha256:{digest} \\\n",
            text,
            flags=re.MULTILINE | re.IGNORECASE,
        )
        assert count == 1, name
    return text.encode()


def _call(
    command: Sequence[str], name: str, remedy: str, environment: Mapping[str, str] | None = None
) -> bytes:
    done = subprocess.run(  # noqa: S603
        command, check=False, capture_output=True, env={**os.environ, **(environment or {})}
    )
    if done.returncode:
        lines = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
        raise WollemiError(name, "it failed:\n    " + "\n    ".join(lines[-6:]), remedy)
    return done.stdout
