"""Workspaces as REANA would have them, and runs in them."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.project.paths import ROOT
from wollemi.reana.specification import specification_path

SERVICES = Path(__file__).parent
ENGINE = SERVICES / "reana_executor.py"
# What a workflow needs to be planned; `envs` because Snakemake 9 notes the environment of each job,
# though it makes none.
PROJECT = ("Snakefile", "workflow", "scripts", "envs", "config/config.yaml")


def specification(analysis: str) -> dict[str, Any]:
    """The specification of a shipped analysis."""
    return dict(yaml.safe_load((ROOT / specification_path(analysis)).read_text()))


def parameters(analysis: str) -> dict[str, Any]:
    """What REANA passes as configuration for a shipped analysis, with local copies of its
    production files.
    """
    content = yaml.safe_load(
        (ROOT / specification(analysis)["inputs"]["parameters"]["input"]).read_text()
    )
    return content | {"mirrors": ["mirror"]}


def upload(source: Path, names: Iterable[str], workspace: Path) -> Path:
    """Copy files and folders, as they were cloned: without caches, and nothing else.

    Args:
        source: the project.
        names: relative paths.
        workspace: where to; made.
    """
    for name in names:
        target = workspace / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (source / name).is_dir():
            shutil.copytree(
                source / name,
                target,
                dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        else:
            shutil.copy2(source / name, target)
    return workspace


def upload_shipped(analysis: str, workspace: Path, data: Path | None = None) -> Path:
    """The workspace of a shipped analysis: the inputs of its specification, and copies of its
    production files in `mirror`.
    """
    inputs = specification(analysis)["inputs"]
    upload(ROOT, [*inputs.get("files", []), *inputs.get("directories", [])], workspace)
    if data is not None:
        shutil.copytree(data, workspace / "mirror")
    return workspace


def execute(
    workspace: Path, *options: str, python: Path | str = sys.executable, **parameters: Any
) -> dict[str, Any]:
    """Run the engine; what it wrote is returned, with its messages as `messages`.

    Args:
        workspace: of `upload`.
        options: of `reana_executor.py`.
        python: of an environment with Snakemake.
        parameters: configuration of the run.
    """
    result = workspace.with_name(f"{workspace.name}.json")
    result.unlink(missing_ok=True)
    jobs = str(Path(sys.executable).parent)
    command = [
        str(python),
        str(ENGINE),
        str(workspace),
        str(result),
        "--path",
        jobs,
        "--parameters",
        json.dumps(parameters),
    ]
    # CONTAINERS_... name the images of podman, OPENBLAS_... the processor of OpenBLAS: another one
    # changes the last bits of a fit.
    clean = {
        name: value
        for name, value in os.environ.items()
        if name in ("PATH", "HOME", "LANG") or "CONTAINERS_" in name or name.startswith("OPENBLAS_")
    }
    done = subprocess.run(
        [*command, *options], env=clean, check=False, capture_output=True, text=True
    )
    assert result.is_file(), done.stdout + done.stderr
    return json.loads(result.read_text()) | {"messages": done.stdout + done.stderr}


def make_environment(folder: Path, *packages: str, interpreter: str = "3.11") -> Path:
    """The Python of a new environment with some packages; skips where it cannot be made.

    Python 3.11 by default, which all of them know: Snakemake 7 is older than the later ones.
    """
    if shutil.which("uv") is None:
        pytest.skip("`uv`, which makes environments, is not on this machine")
    python = folder / "bin/python"
    for command in (
        ["venv", f"--python={interpreter}", folder],
        ["pip", "install", "--prerelease=allow", f"--python={python}", *packages],
    ):
        done = subprocess.run(["uv", *command], check=False, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(
                f"cannot make an environment with {' '.join(packages)}: {done.stderr[-300:]}"
            )
    return python


def digests_of(results: Path) -> dict[str, str]:
    """Products of a run → their content, but for logs, and for what a record tells of files that a
    bare workspace lacks.
    """
    found = {}
    for path in sorted(results.rglob("*")):
        if path.is_file() and "logs" not in path.parts:
            found[str(path.relative_to(results))] = _comparable(path)
    return found


def _comparable(path: Path) -> str:
    if "records" not in path.parts:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    content = json.loads(path.read_text())
    return json.dumps(
        {key: value for key, value in content.items() if key not in ("environment", "digest")},
        sort_keys=True,
    )
