"""The last lines of a run: the results, or which programs failed and why. Standard library only,
for the Snakefile.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path


def headline(run: str) -> str:
    """The main results.

    Args:
        run: name of the folder of results.
    """
    path = Path(f"results/{run}/summary.json")
    if not path.is_file():
        return ""
    return "\n" + "\n".join(json.loads(path.read_text(encoding="utf-8"))["headline"]) + "\n"


def error_messages(logs: Iterable[str]) -> str:
    """Messages of the programs that failed in a run; empty if the console of `wollemi run` has
    shown them.

    Args:
        logs: Snakemake's own logs, which name those of the programs.
    """
    if "WOLLEMI_CONSOLE" in os.environ:
        return ""
    lines = [line for path in logs for line in Path(path).read_text(encoding="utf-8").splitlines()]
    # A batch system adds logs of its own.
    names = {
        name
        for line in lines
        if line.strip().startswith("log: ") and "check log file" in line
        for name in line.strip()[len("log: ") :].partition(" (check log file")[0].split(", ")
    }
    messages = []
    for path in sorted(Path(name) for name in names):
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        program = path.stem if path.parent.name == "logs" else path.parent.name
        messages += [f"\n{program}: {part}" for part in errors_of(text)]
    return "".join(messages) or "\nSnakemake's messages above say what failed.\n"


def errors_of(text: str) -> list[str]:
    """The ERROR entries of a program's log; an entry goes on until the next level."""
    entries = re.split(r"^(?=(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) )", text, flags=re.MULTILINE)
    return [entry[len("ERROR ") :] for entry in entries if entry.startswith("ERROR ")]
