"""Random analyses: both evaluations give the same bits, what leaves the compiled path is named, and
together they use the whole language.
"""

import fnmatch
import json

import pytest
from support.engine.analyses import odd_events, random_analysis
from support.engine.cases import Case, cache, check
from support.engine.datasets import random_datasets, write_measured
from support.engine.eras import HOOKS, era_events, random_eras, tried_datasets, write_maps
from support.engine.language import UNTRIED, every_key, language, reason, tried
from support.project.seeds import slow_but

from wollemi.analysis.plain.measured import measuring_datasets
from wollemi.analysis.plain.queries import sample_datasets
from wollemi.analysis.view import view_of
from wollemi.loading.expand import plain_document
from wollemi.loading.load import validate_document

__all__ = ["cache"]
ANALYSES, DATASETS, ERAS = range(20), range(7), range(20)
QUANTITIES, MORE = 3, 5  # of each analysis; with fewer, not the whole language is used
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def of_datasets(seed):
    """A random analysis of stitched datasets, and those whose events are taken: a part that a
    sample takes, behind the copies in which two corrections are measured.
    """
    document = random_datasets(seed, QUANTITIES)
    plain = plain_document(json.loads(json.dumps(document)))
    copies = measuring_datasets(plain)
    parts = [name for name in sample_datasets(view_of(plain)) if name not in copies]
    assert (len(parts), len(copies)) == (6, 12)
    return document, plain, [*copies[seed % 6 :: 6], parts[seed % 6]]


def of_eras(seed):
    """A random analysis of two eras, and the datasets whose events are taken."""
    document = random_eras(seed, QUANTITIES)
    plain = plain_document(json.loads(json.dumps(document)))
    return document, plain, tried_datasets(plain, seed)


@pytest.mark.parametrize(
    ("seed", "quantities"),
    [(0, QUANTITIES), *((pytest.param(seed, MORE, marks=pytest.mark.slow)) for seed in ANALYSES)],
)
def test_random_analyses(seed, quantities, monkeypatch, caplog):
    check(Case(random_analysis(seed, quantities), "d", odd_events(seed, 400)), monkeypatch, caplog)


def test_no_events(monkeypatch, caplog):
    """Of the first analysis, which has been compiled."""
    check(Case(random_analysis(0, QUANTITIES), "d", odd_events(0, 20)[:0]), monkeypatch, caplog)


@pytest.mark.parametrize("seed", slow_but([0], DATASETS))
def test_random_datasets(seed, tmp_path, monkeypatch, caplog):
    """The last dataset calls what was measured in the others."""
    document, plain, (*copies, part) = of_datasets(seed)
    counts, file = {}, tmp_path / "c.json"
    for number, name in enumerate(copies):
        _, sums = check(Case(document, name, odd_events(number, 200)), monkeypatch, caplog)
        ((correction, _), found), *others = sums.items()
        assert not others
        counts[correction] = counts.get(correction, 0) + found[0, 0]
    write_measured(file, plain, counts)
    case = Case(document, part, odd_events(0, 200), corrections=file)
    messages, _ = check(case, monkeypatch, caplog)
    refused = [message for message in messages if "not compiled" in message]
    assert not [message for message in refused if "correction" in message]
    assert counts.keys() == {"tag", "busy"}


@pytest.mark.parametrize("seed", slow_but([0], ERAS))
def test_random_eras(seed, tmp_path, monkeypatch, caplog):
    document, plain, datasets = of_eras(seed)
    files = write_maps(tmp_path, plain, seed)
    for number, name in enumerate(datasets):
        case = Case(document, name, era_events(seed + number, 200), HOOKS, *files)
        messages, _ = check(case, monkeypatch, caplog)
        assert not [message for message in messages if "nothing is compiled" in message]


def test_random_analyses_have_no_problems():
    """Those of the slow tests: what one feature refuses of another is found here, and fast."""
    for seed in ANALYSES:
        validate_document(random_analysis(seed, MORE), f"analysis {seed}")
    for make, seeds in ((random_datasets, DATASETS), (random_eras, ERAS)):
        for seed in seeds:
            validate_document(
                json.loads(json.dumps(make(seed, QUANTITIES))), f"{make.__name__} {seed}"
            )


def test_random_analyses_use_the_whole_language():
    """A key that is new has to be drawn, or to stand in `UNTRIED` with its reason."""
    used = {key for seed in ANALYSES for key in tried(random_analysis(seed, MORE), ["d"])}
    for make, seeds in ((of_datasets, DATASETS), (of_eras, ERAS)):
        for document, _, datasets in map(make, seeds):
            used |= tried(document, datasets)
    assert language() - used == set()
    assert {key: reason(key) for key in used if reason(key)} == {}


def test_every_reason_is_of_a_key():
    """None is left of a key that there is no more."""
    for keys in UNTRIED.values():
        for one in keys:
            assert fnmatch.filter(every_key(), one), one


def test_a_key_that_is_not_drawn_is_seen():
    """And one that changes nothing in the events that are taken, such as systematics in data."""
    assert {"Trigger.paths", "PdfSystematic.level: 90", "{era}", ".fourth"} <= language() - tried(
        random_analysis(0, QUANTITIES), ["d"]
    )
    document = random_eras(0, QUANTITIES)
    assert "pdf" in "".join(document["systematics"])
    assert "PdfSystematic.kind" in tried(document, ["d_2017"])
    assert "PdfSystematic.kind" not in tried(document, ["double_2017"])
    assert "Dataset.not_trigger" not in tried(document, ["d_2017", "double_2017"])
