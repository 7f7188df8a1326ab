"""Two versions of a very small Wollemi, and a repository that has the first one."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from wollemi.commands.vendored import checkout_source, write_workflow

LINES = "".join(f"line {number}\n" for number in range(20))
CARRIED = 'WORKFLOW = ("README.md", "Snakefile", "config", "envs", "pyproject.toml", "uv.lock")\n'
FIRST = {
    "README.md": "Of Wollemi\n",
    "Snakefile": LINES,
    "config/config.yaml": f"analysis: zprime\n{LINES}",
    "config/analyses/zprime/analysis.yaml": "name: zprime\n",
    "envs/analyses.yaml": LINES,
    "pyproject.toml": '[project]\nversion = "1.0.0"\n',
    "uv.lock": f"of 1.0.0\n{LINES}",
    "scripts/fit_model.py": LINES,
    "scripts/skim_events.py": LINES,
    "scripts/wollemi/commands/carried.py": CARRIED,
    "scripts/wollemi/reana/plan.py": LINES,
    "scripts/wollemi/plots/old.py": "# is gone in the next version\n",
}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files of a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def git(folder: Path, *arguments: str) -> str:
    """What git prints."""
    command = ["git", "-c", "user.name=s", "-c", "user.email=s@x", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path, message: str = "Change") -> None:
    """Commit all that is there."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", message)


def write_last(folder: Path) -> Path:
    """Wollemi 1.0.0."""
    return write(folder, FIRST)


def write_newer(folder: Path) -> Path:
    """Wollemi 1.1.0: a changed program and configuration, a new module, one that is gone."""
    changed = {
        "pyproject.toml": FIRST["pyproject.toml"].replace("1.0.0", "1.1.0"),
        "uv.lock": FIRST["uv.lock"].replace("1.0.0", "1.1.0"),
        "config/config.yaml": FIRST["config/config.yaml"].replace("line 19", "line nineteen"),
        "scripts/fit_model.py": LINES.replace("line 3\n", "line three\n"),
        "scripts/wollemi/plots/new.py": "",
    }
    files = {name: text for name, text in FIRST.items() if "old" not in name} | changed
    return write(folder, files)


def write_own(folder: Path, last: Path, edits: Mapping[str, str] | None = None) -> Path:
    """A repository with a version, whose analysis is `own`; edits come before its first commit."""
    write_workflow(folder, checkout_source(last), "own")
    write(folder, edits or {})
    write(folder, {"config/analyses/own/analysis.yaml": "name: own\n", ".gitignore": ".wollemi/\n"})
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder, "Begin")
    return folder
