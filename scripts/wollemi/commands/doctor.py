"""The work of `wollemi doctor`: facts for a bug ticket, and problems that prevent a run."""

import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import wollemi
from wollemi.base.user_commands import install_command, started_by_uv
from wollemi.commands.programs import CARRIED
from wollemi.houses import exists
from wollemi.job.records import installed_packages, normalized_name
from wollemi_likelihood.base.caches import compiled_folder
from wollemi_likelihood.base.errors import counted

GB = 1e9
LEAST_FREE = 2 * GB  # the default analysis writes 0.3 GB
HOUSES = ("wollemi_convert", "wollemi_interactive", "wollemi_publish")
MAIN = ("snakemake", "uproot", "awkward", "hist", "pyhf", "numpy", "scipy", "llvmlite")
# Programs of batch systems, containers, storage and typesetting, which some runs use.
TOOLS = (
    *("git", "conda", "apptainer", "podman", "docker", "sbatch", "condor_submit", "kubectl"),
    *("reana-client", "xrdcp", "rucio", "voms-proxy-info", "root", "pdflatex"),
)
SETTING = re.compile(
    r"(WOLLEMI_.*|XDG_CACHE_HOME|OMP_NUM_THREADS|X509_USER_PROXY|BEARER_TOKEN_FILE)"
)
ERROR = re.compile(r"^(?:ERROR |[\w.]+Error: )(.*)", re.MULTILINE)


def facts(installed: Mapping[str, str]) -> dict[str, str]:
    """Subject → facts for a bug ticket, without names of users and hosts, or values of settings.

    Args:
        installed: Distribution → version of the installed packages.
    """
    folder, cache = Path.cwd(), compiled_folder().absolute()
    found = [name for name in TOOLS if shutil.which(name)]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GB
    cores = f"{counted(os.cpu_count() or 1, 'core')}, {memory:.0f} GB of memory"
    return {
        "wollemi": f"{wollemi.__version__}, {_origin()}",
        "python": f"{installed['python']}, {_private(sys.executable)}"
        + (", started by uv run" if started_by_uv() else ""),
        "machine": f"{platform.system()} {platform.release()} {platform.machine()}, {cores}",
        "folder": f"{_private(folder)}, {_free(folder) / GB:.0f} GB free",
        "cache": f"{_private(cache)}, {_free(cache) / GB:.0f} GB free",
        "packages": _listed(f"{it} {installed[it]}" for it in MAIN if it in installed),
        "unlocked": _listed(unlocked(installed, Path("uv.lock"))),
        "tools": _listed(found),
        "not found": _listed(name for name in TOOLS if name not in found),
        "settings": _listed(name for name in sorted(os.environ) if SETTING.fullmatch(name)),
        "last error": _last_error(Path("results")),
    }


def problems() -> Iterator[str]:
    """What prevents a run or a command, each with a remedy."""
    if find_spec("snakemake") is None:
        yield f"Snakemake is not installed; {install_command('wollemi[workflow]')}"
    for house in HOUSES:
        if not exists(house):
            name = house.replace("_", "-")
            yield f"{name} is not installed, and its commands are missing; {install_command(name)}"
    for folder in dict.fromkeys((Path.cwd(), compiled_folder().absolute())):
        if _free(folder) < LEAST_FREE:
            free = f"{_free(folder) / GB:.1f} GB"
            yield f"{_private(folder)} has {free} free; make room there, or name another place"
        if not os.access(_existing(folder), os.W_OK):
            yield f"{_private(folder)} cannot be written to; name another place"


def unlocked(installed: Mapping[str, str], lock: Path) -> list[str]:
    """Packages with another version than the locked one, with which results may differ.

    Args:
        installed: Distribution → version of the installed packages.
        lock: Lock file of the workflow, if it exists.
    """
    return [
        f"{name} {installed[name]} (locked: {' or '.join(sorted(versions))})"
        for name, versions in sorted(_locked(lock).items())
        if name in installed and installed[name] not in versions
    ]


def _origin() -> str:
    """Where the workflow comes from; of a checkout, its commit and whether files differ from it."""
    if CARRIED.is_dir():
        return "installed from a wheel"
    root = Path(wollemi.__file__).parents[2]
    commit = _git(root, "rev-parse", "--short=12", "HEAD")
    if not commit:
        return "a copy without git"
    changed = len(_git(root, "status", "--porcelain").splitlines())
    return f"commit {commit}" + (f", {changed} changed files" if changed else "")


def _git(root: Path, *arguments: str) -> str:
    """Output of a command of git; empty if it fails or git is missing."""
    command = ["git", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return ""


def _locked(lock: Path) -> dict[str, set[str]]:
    """Distribution → its locked versions, of which a platform takes one."""
    if not lock.is_file():
        return {}
    versions: dict[str, set[str]] = {}
    for package in tomllib.loads(lock.read_text(encoding="utf-8"))["package"]:
        versions.setdefault(normalized_name(package["name"]), set()).add(package.get("version", ""))
    return versions


def _last_error(results: Path) -> str:
    """The first error of the newest log that has one, with the path of the log."""
    logs = sorted(results.glob("*/logs/**/*.log"), key=lambda path: -path.stat().st_mtime)
    for log in logs:
        if named := ERROR.search(log.read_text(encoding="utf-8", errors="replace")):
            return f"{log}: {_private(named[1])}"
    return "none"


def _existing(folder: Path) -> Path:
    """The folder, or the lowest folder above it that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _free(folder: Path) -> int:
    return shutil.disk_usage(_existing(folder)).free


def _private(text: str | Path) -> str:
    """A text without the user's home, which names the user."""
    return str(text).replace(str(Path.home()), "~")


def _listed(names: Iterator[str] | list[str]) -> str:
    return ", ".join(names) or "none"


def report() -> tuple[str, bool]:
    """Text of `wollemi doctor`, and whether a run can work."""
    rows = [f"{subject:<11} {text}" for subject, text in facts(installed_packages()).items()]
    found = [f"  - {problem}" for problem in problems()]
    number = f"{len(found)} problem{'s' * (len(found) != 1)}" if found else "No problems."
    return "\n".join([*rows, "", number + ":" * bool(found), *found]), not found
