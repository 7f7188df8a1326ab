"""The last lines of a run: the results, or the programs that failed and why. Standard library only,
for the Snakefile.
"""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterable
from pathlib import Path

_ENDED = re.compile(
    r"--log (\S+)\s*' (?:died with <Signals\.(\w+): |returned non-zero exit status (\d+))"
)
_SIGNALS = {item.value: item.name for item in signal.Signals}


def headline(run: str) -> str:
    """The main results.

    Args:
        run: Name of the folder of results.
    """
    path = Path(f"results/{run}/summary.json")
    if not path.is_file():
        return ""
    return "\n" + "\n".join(json.loads(path.read_text(encoding="utf-8"))["headline"]) + "\n"


def error_messages(logs: Iterable[str]) -> str:
    """Messages of the programs that failed in a run; empty if the console of `wollemi run` has
    already shown them.

    Args:
        logs: Paths of Snakemake's own logs, which name the programs' logs.
    """
    if os.environ.get("WOLLEMI_CONSOLE") == "on":
        return ""
    lines = [line for path in logs for line in Path(path).read_text(encoding="utf-8").splitlines()]
    # A batch system adds its own logs.
    names = {
        name
        for line in lines
        if line.strip().startswith("log: ") and "check log file" in line
        for name in line.strip()[len("log: ") :].partition(" (check log file")[0].split(", ")
    }
    ended = ended_by_signal("\n".join(lines))
    messages = []
    for path in sorted(Path(name) for name in names):
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        program = path.stem if path.parent.name == "logs" else path.parent.name
        found = errors_of(text)
        if not found and str(path) in ended:
            found = [f"{signal_text(ended[str(path)])}\n"]
        messages += [f"\n{program}: {part}" for part in found]
    return "".join(messages) or "\nSnakemake's messages above say what failed.\n"


def ended_by_signal(text: str) -> dict[str, str]:
    """Log of a program → name of the signal that ended it.

    Args:
        text: Messages of Snakemake about failed commands, which end with `--log FILE`.
    """
    found = {}
    for log, name, status in _ENDED.findall(text):
        number = int(status or 0) - 128  # the exit status given by a shell
        if name or number in _SIGNALS:
            found[log] = name or _SIGNALS[number]
    return found


def signal_text(name: str) -> str:
    """The message for a program that was ended by a signal, with the usual cause of `SIGKILL`."""
    if name != signal.SIGKILL.name:
        return f"was ended by {name}"
    return (
        f"was killed ({name}), as the system does where memory is used up\n"
        "  → run fewer jobs at once (--cores), or take a machine with more memory"
    )


def errors_of(text: str) -> list[str]:
    """The ERROR entries of a program's log; an entry extends to the next level."""
    entries = re.split(r"^(?=(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) )", text, flags=re.MULTILINE)
    return [entry[len("ERROR ") :] for entry in entries if entry.startswith("ERROR ")]
