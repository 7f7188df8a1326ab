"""Archives of the tiny analysis, and what reads them: the validator of RO-Crate without a network,
the blocks of a README.
"""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import archive_analysis
import requests
import requests_cache
import rocrate
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from support.project.paths import ROOT

RUN = "results/tiny"
# What a checkout has beside the files of `tiny.COPIED`.
REST = (
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CITATION.cff",
    "CHANGELOG.md",
    "docs",
    "containers",
)
CONTEXT_URL = "https://w3id.org/ro/crate/1.1/context"
# Where the context of RO-Crate 1.1 (docs/1.1/context.jsonld of its repository) differs from that of
# 1.3, which `rocrate` has.
TERMS_OF_1_1 = {
    "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow",
    "FormalParameter": "https://bioschemas.org/FormalParameter",
    "input": "https://bioschemas.org/ComputationalWorkflow#input",
    "output": "https://bioschemas.org/ComputationalWorkflow#output",
}
# Runs blocks of code one after the other, each in a namespace of its own, with a line between them.
RUNNER = (
    "import sys, json\nfor block in json.load(sys.stdin):\n exec(block, {'__name__': "
    "'__main__'}); print('=====')\n"
)


def archive(project: Path, path: Path | str, *options: str) -> int:
    """Archive the tiny analysis of a project; the exit code."""
    back = Path.cwd()
    os.chdir(project)
    try:
        return archive_analysis.main([RUN, "--archive", str(path), *options])
    finally:
        os.chdir(back)


def complete_project(source: Path, folder: Path) -> Path:
    """A copy of a project of the tiny analysis, with everything that a checkout has."""
    shutil.copytree(source, folder)
    for name in REST:
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy2)(ROOT / name, folder / name)
    return folder


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack an archive."""
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    return folder


def readme_blocks(folder: Path) -> list[str]:
    """The Python blocks of the README of an archive."""
    return re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)


def run_blocks(folder: Path, blocks: list[str]) -> list[str]:
    """Run blocks of code in a folder, without anything of this project on the path; what each
    printed.
    """
    command = [sys.executable, "-I", "-W", "ignore", "-c", RUNNER]
    done = subprocess.run(
        command, cwd=folder, input=json.dumps(blocks), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("=====\n")[:-1]


class _Answer(BaseAdapter):
    """Answers every request with one document."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.body = body

    def send(self, request: Any, **_: Any) -> requests.Response:
        response = requests.Response()
        response.status_code, response.url, response.request = 200, request.url, request
        response.headers["Content-Type"] = "application/ld+json"
        response.raw = HTTPResponse(io.BytesIO(self.body), status=200, preload_content=False)
        return response

    def close(self) -> None:
        pass


def fill_cache(path: Path) -> Path:
    """Give the validator's HTTP cache the one document it would fetch: the context of RO-Crate 1.1.

    Args:
        path: of the cache, without suffix.
    """
    context = json.loads((Path(rocrate.__file__).parent / "data/ro-crate.jsonld").read_text())
    context["@context"] |= TERMS_OF_1_1
    session = requests_cache.CachedSession(str(path), backend="sqlite", expire_after=-1)
    session.mount(CONTEXT_URL, _Answer(json.dumps(context).encode()))
    assert session.get(CONTEXT_URL).json()["@context"]["File"] == "http://schema.org/MediaObject"
    session.close()
    return path


def validate(folder: Path, cache: Path, severity: str, *options: str) -> list[dict[str, Any]]:
    """Run the validator of RO-Crate.

    Args:
        folder: an unpacked archive.
        cache: of `fill_cache`.
        severity: the lowest that counts.
        options: further options.

    Returns:
        What it found.
    """
    report = cache.with_name("report.json")
    program = Path(sys.executable).with_name("rocrate-validator")
    where = [
        "--offline",
        "--cache-path",
        str(cache),
        "--profile-identifier",
        "provenance-run-crate-0.5",
    ]
    how = [
        "--requirement-severity",
        severity,
        "--output-format",
        "json",
        "--output-file",
        str(report),
        "--no-paging",
        *options,
    ]
    command = [str(program), "--no-interactive", "validate", *where, *how, str(folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"COLUMNS": "200"}
    )
    assert report.is_file(), done.stdout + done.stderr
    issues: list[dict[str, Any]] = json.loads(report.read_text())["issues"]
    report.unlink()
    return issues
