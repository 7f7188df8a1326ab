"""Run a command of another framework on the files of datasets, and take over its output."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.addresses import public_values
from wollemi.analysis.plain.sections import section_digests
from wollemi.base.json_files import render_json
from wollemi.base.whole_files import is_file, write_whole
from wollemi.job.command_line import Option, Program
from wollemi.job.framework_command import Command, check_outputs, command_folder, run_command
from wollemi.job.input_files import check_inputs
from wollemi.job.light_job import run_program
from wollemi.job.log import LOGGER
from wollemi.job.records import digests, make_record, relative_name, seal_record
from wollemi_likelihood.base.errors import WollemiError

SECTIONS = ("command",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"files": "code and other files that the command gets, or nothing"},
    outputs={"outputs": "files that the command makes"},
    options={
        "command": Option("name of the command"),
        "told": Option("its entry in the analysis file, as JSON", json.loads),
        "lists": Option("dataset → paths of its files, as JSON", json.loads),
    },
    sections=SECTIONS,
)


def main(arguments: argparse.Namespace) -> None:
    """Run one command."""
    lists = {name: list(map(Path, paths)) for name, paths in arguments.lists.items()}
    entry: dict[str, Any] = arguments.told
    command = Command(arguments.command, entry["run"], arguments.files, lists, entry["outputs"])
    settings = section_digests({"command": entry})
    if arguments.planned not in (None, [settings]):
        problem = "is not the one that this run was planned with"
        raise WollemiError(command.place, problem, "run again")
    sources = [*dict.fromkeys(path for paths in lists.values() for path in paths), *command.files]
    check_inputs(sources)
    with command_folder(command, arguments.outputs[0].parent) as folder:
        unseen = run_command(command, folder, lambda line: LOGGER.debug("%s", line))
        check_outputs(command, folder)
        for path in arguments.outputs:
            os.replace(folder / path.name, path)
    for what in unseen:
        LOGGER.warning("%s: no record contains %s", command.place, what)
    if arguments.record is not None:
        found = {**_record(arguments, sources), "settings": settings, "unseen": unseen}
        write_whole(arguments.record, render_json(seal_record(found)))


def _record(arguments: argparse.Namespace, sources: Sequence[Path]) -> dict[str, Any]:
    entry, container = arguments.told, arguments.told.get("container")
    options = {"command": arguments.command, "run": public_values(entry["run"])}
    if container is not None:
        options["container"] = container
    made = {relative_name(path): path for path in arguments.outputs}
    record = make_record(Path(PROGRAM.file), sources, made, options)
    own = [Path(entry["environment"])] if entry.get("environment") is not None else []
    if own or container is not None:
        # Python and its packages belong to the framework: this file or the image identifies them.
        record.update(environment=digests(filter(is_file, own)), packages={})
    return {**record, "analysis": relative_name(arguments.analysis)}


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
