"""Snakemake, imported once for all runs of a test process.

Of the 3.7 s of CPU time of a dry run of the tiny analysis, 1.7 s are imports of Snakemake and of
what it imports. A server imports them, and nothing of the project, and forks for each run, which
reads its Snakefile and imports its project as any other.
"""

import json
import os
import subprocess
import sys
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

LIBRARIES = (
    "snakemake.cli",
    "snakemake.report.html_reporter",
    "pandas",
    "jsonschema",
    "smart_open",
)


# What `python -m snakemake` does.
SNAKEMAKE = 'import runpy; runpy.run_module("snakemake", run_name="__main__", alter_sys=True)'


def run_snakemake(
    arguments: list[str],
    folder: Path,
    environment: dict[str, str],
    output: Path,
    code: str = SNAKEMAKE,
) -> int:
    """Run Snakemake to its end; its exit code.

    Args:
        arguments: of its command line.
        folder: the working folder.
        environment: the environment variables.
        output: where its messages go.
        code: what to run in its place.
    """
    order = {
        "code": code,
        "arguments": arguments,
        "folder": str(folder),
        "environment": environment,
        "output": str(output),
    }
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps(order) + "\n")
    server.stdin.flush()
    return int(server.stdout.readline())


@lru_cache(None)  # one for each process of the tests, with which it ends
def _server() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
    )


def _orders() -> dict[str, Any] | None:
    """Serve orders; in a process of its own, each order."""
    for line in iter(sys.stdin.readline, ""):
        child = os.fork()
        if not child:
            return json.loads(line)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{code}\n")
        sys.stdout.flush()
    return None


def _become(order: dict[str, Any]) -> None:
    """Be the process that the order describes."""
    output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    # As `python -m snakemake` has them, and `python -c` but for the name.
    sys.argv = ["snakemake", *order["arguments"]]
    sys.path[:] = [
        order["folder"],
        *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)),
        *sys.path[1:],
    ]


if __name__ == "__main__":
    for library in LIBRARIES:
        import_module(library)
    if order := _orders():
        _become(order)
        exec(order["code"], {"__name__": "__main__"})
