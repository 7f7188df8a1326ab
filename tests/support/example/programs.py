"""Programs of the example analysis by their command lines, in the working folder."""

import importlib
import json
from pathlib import Path

from wollemi.job.job import run_program


def run(program, **arguments):
    """The exit code of a program.

    Args:
        program: its name.
        arguments: its arguments other than `--analysis` and `--record`, each with its values.
    """
    module = importlib.import_module(program)
    line = [part for name, values in arguments.items() for part in (f"--{name}", *values)]
    return run_program(
        module.PROGRAM,
        module.main,
        ["--analysis", "analysis.yaml", *line, "--record", "record.json"],
    )


def draw(program, names, **inputs):
    """Draw plots; name → the numbers beside it.

    Args:
        program: its name.
        names: of the plots.
        inputs: input → files.
    """
    outputs = {
        suffix: [f"plots/{name}.{suffix}" for name in names] for suffix in ("pdf", "png", "json")
    }
    assert run(program, **inputs, luminosity=[], **outputs) == 0
    assert all(
        Path(path).stat().st_size > 1000 for suffix in ("pdf", "png") for path in outputs[suffix]
    )
    return {name: json.loads(Path(f"plots/{name}.json").read_text()) for name in names}
