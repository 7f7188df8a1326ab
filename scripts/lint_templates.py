"""Look for flaws of the templates before they are fitted: empty, negative or discontinuous ones,
systematics without an effect, too few simulated events, a wrong normalization.
"""

import logging
import sys

from wollemi.base.json_files import read_json
from wollemi.histograms.unrolling import read_datasets
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.model.measurement import measurement_name
from wollemi.model.normalization_lint import normalization_findings
from wollemi.model.template_decisions import are_asked_for
from wollemi.model.template_lint import TemplateLinter, decisions, explained
from wollemi.results.lint import NOTE, TemplateLint, count_text

LOGGER = logging.getLogger("wollemi")
SECTIONS = (
    "name",
    "luminosity_ifb",
    "datasets",
    "samples",
    "unlabeled_variables",
    "regions",
    "systematics",
    "model",
    "lint",
)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "histograms": "histograms of simulated datasets, each named <dataset>.json or "
        "<dataset>/members.json",
        "cutflows": "cutflows of the same datasets, each named <dataset>.json",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={"lint": "what was found"},
    sections=SECTIONS,
)


def tell(lint: TemplateLint) -> None:
    """Report findings; accepted findings and notes go to the log file only."""
    for item in lint.findings:
        quiet = item.reason is not None or item.level == NOTE
        LOGGER.log(logging.DEBUG if quiet else logging.WARNING, "%s", item.text)
    for name in lint.unused:
        LOGGER.warning("lint.accepted.%s: there is no such finding; remove it", name)
    LOGGER.info(
        "%d templates and %d variations: %s",
        lint.templates,
        lint.variations,
        count_text(lint.findings),
    )


def main(job: Job) -> None:
    """Check all templates, and the normalization of their datasets."""
    settings, histograms = job.settings, read_datasets(job.inputs("histograms"))
    cutflows = {path.stem: read_json(path) for path in job.inputs("cutflows")}
    linter = TemplateLinter(settings, histograms)
    found = [*linter.findings(), *normalization_findings(settings, histograms, cutflows)]
    findings, unused = explained(found, settings.lint.accepted)
    lint = TemplateLint(
        measurement=measurement_name(settings.name, histograms, blinded=False),
        fail=settings.lint.fail,
        templates=linter.templates,
        variations=linter.variations,
        left_out=linter.left_out,
        findings=tuple(findings),
        unused=tuple(unused),
    )
    if are_asked_for(settings):
        lint = lint.noting(decisions=tuple(decisions(linter, settings.model)))
    tell(lint)
    job.write_json("lint", lint.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
