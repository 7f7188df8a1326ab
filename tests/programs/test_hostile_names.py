"""Names from somebody who means harm, in every place of an analysis that names something: both
gates refuse them.
"""

import copy
import json

import pytest
from support.documents.hostile_names import NAMES, ORDINARY
from support.example.analysis import DOCUMENT
from support.project.paths import ROOT

from wollemi.loading.document import checked_document
from wollemi.loading.load import validate_analysis
from wollemi_likelihood.base.errors import ConfigurationError

SECTIONS = [
    key
    for key in ("datasets", "samples", "regions", "variables", "objects", "columns", "systematics")
    if DOCUMENT.get(key)
]
SCHEMA = json.loads((ROOT / "workflow/schemas/analysis.schema.json").read_text())
FILE = "config/analyses/example/analysis.yaml"


def named(section, name):
    """The example with one more entry of a section, of this name."""
    document = copy.deepcopy(DOCUMENT)
    document[section][name] = copy.deepcopy(next(iter(document[section].values())))
    return document


def verdicts(document):
    """What the Snakefile and the programs say."""
    found = checked_document(copy.deepcopy(document), FILE, SCHEMA)[1]
    try:
        validate_analysis(document, FILE)
    except ConfigurationError as error:
        return found, list(error.problems)
    return found, []


def test_the_example_is_sound():
    assert verdicts(DOCUMENT)[1] == []
    assert len(SECTIONS) >= 5
    assert len(NAMES) >= 40


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name not in ORDINARY], ids=lambda name: ascii(name)[:30]
)
def test_a_name_that_is_more_is_refused(name):
    for section in SECTIONS:
        parser, programs = verdicts(named(section, name))
        assert any(problem.startswith(section) for problem in parser), section
        assert any(problem.startswith(section) for problem in programs), section


@pytest.mark.parametrize("name", ORDINARY)
def test_a_name_that_is_one_has_one_verdict(name):
    for section in SECTIONS:
        parser, programs = verdicts(named(section, name))
        assert bool(parser) == bool(programs), section
