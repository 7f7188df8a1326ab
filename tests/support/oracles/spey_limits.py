"""Limits of spey, in a process of its own: it changes how all of Python logs."""

import json
import subprocess
import sys
from typing import Any

PROGRAM = """
import json, sys
import spey

published = json.load(sys.stdin)
backend = spey.get_backend("default.correlated_background")
found = {}
for name, signal in published["signals"].items():
    model = backend(**published["model"], **signal)
    found[name] = [model.poi_upper_limit(), model.poi_upper_limit(expected=spey.ExpectationType.apriori)]
print(json.dumps(found))
"""  # noqa: E501


def spey_limits(published: dict[str, Any]) -> dict[str, list[float]]:
    """Limits of each signal: observed, and expected before there are data.

    Args:
        published: as in `simplified_likelihood.json`: `model` and `signals`.
    """
    command = [sys.executable, "-I", "-c", PROGRAM]
    done = subprocess.run(
        command, input=json.dumps(published), capture_output=True, text=True, check=True
    )
    # before and behind it spey greets
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("{"))
    return json.loads(line)
