"""The entry of the analysis in a catalogue of RECAST, and the workflow that it names.

`recast.yml` is an entry of recast-atlas 0.4; `specs/` is a workflow of yadage that reinterprets an
archive of the analysis with new signals, by the archived `reinterpret_signal` in a container.
`inputs/` has signals to try it with. See docs/publication.md.
"""

import sys
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from wollemi.analysis.models.problems import describe_problems
from wollemi.analysis.plain.publication import ARCHIVED
from wollemi.base.templates import render_text
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program
from wollemi.reinterpretation.models import NewSignal
from wollemi_likelihood.base.errors import ConfigurationError
from wollemi_publish.recast.entry import (
    about_analysis,
    archived_signal,
    as_yaml,
    entry_document,
    image_reference,
)
from wollemi_publish.recast.workflow import RESULT_FILES, step_document, workflow_document

REMEDY = "fix these lines in the analysis file; docs/reinterpretation.md has an example of a signal"
SECTIONS = ("name", "title", "samples", "limits", "results", "about", "recast_examples")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "citation": "CITATION.cff: authors, if the analysis has none",
        "template": "template of the README",
    },
    options={
        "image": Option(
            "image of the container, with Snakemake, such as docker://registry/owner/name:tag"
        )
    },
    outputs={
        "entry": "entry of the catalogue",
        "workflow": "workflow of yadage",
        "steps": "its steps",
        "inputs": "signals to try, each named <example>.yaml",
        "readme": "README",
    },
    sections=SECTIONS,
)

Signals = Mapping[str, Mapping[str, Any]]


def check_signal(name: str, signal: Mapping[str, Any]) -> None:
    """Check that an example is a new signal.

    Raises:
        ConfigurationError: The example is something else.
    """
    try:
        NewSignal.model_validate(signal)
    except ValidationError as error:
        where = f"publication.recast.examples.{name}"
        raise ConfigurationError(
            where, describe_problems(error.errors(), signal, NewSignal), REMEDY
        ) from None


def new_signals(job: Job) -> dict[str, Signals]:
    """Content of each example's file of signals."""
    given = job.settings.recast_examples
    for name, signal in given.items():
        check_signal(name, signal)
    own = archived_signal(job.settings.samples, job.settings.limits.points or {})
    return {ARCHIVED: own, **{name: {name: signal} for name, signal in given.items()}}


def main(job: Job) -> None:
    """Write the entry, its workflow and its example inputs."""
    about, signals = about_analysis(job), new_signals(job)
    results = [file for file in RESULT_FILES if file != "results.json" or job.settings.results]
    examples = [name for name in signals if name != ARCHIVED]
    texts = {
        "entry": as_yaml(entry_document(about, examples, results)),
        "workflow": as_yaml(workflow_document()),
        "steps": as_yaml(
            step_document(about["name"], results, *image_reference(job.option("image")))
        ),
    }
    for name, text in texts.items():
        job.output(name).write_text(text, encoding="utf-8")
    for path, content in zip(job.outputs("inputs"), signals.values(), strict=True):
        path.write_text(as_yaml(content), encoding="utf-8")
    readme = render_text(job.input("template"), about=about, examples=examples, results=results)
    job.output("readme").write_text(readme, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
