"""Analyses of one dataset whose evaluations by the compiled loop and by awkward are compared, bit
by bit.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
from process_events import SECTIONS

from wollemi.analysis.plain.corrections import correction_files
from wollemi.analysis.plain.dataset_selections import dataset_view
from wollemi.analysis.settings import Settings
from wollemi.analysis.view import view_of
from wollemi.event_loop.filler import Filler, visible_events
from wollemi.event_loop.skim import Skimmer, skim_flags
from wollemi.events.certified import Certifier
from wollemi.events.event_models import definitions, object_variations, open_corrections
from wollemi.loading.expand import plain_document
from wollemi.loading.load import validate_analysis
from wollemi_engine.compiled.loop import CompiledLoop
from wollemi_engine.events.model import EventModel
from wollemi_engine.expressions.selections import selection_terms


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """One cache for the tests of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WOLLEMI_CACHE", str(tmp_path_factory.mktemp("compiled")))
        yield


@dataclass
class Case:
    """An analysis as one of its datasets sees it, and its events, of which those that are not
    certified, or blinded, are left out; `corrections` is a file of all that it calls, `blocks` that
    of the certified blocks.
    """

    document: dict[str, Any]
    dataset: str
    events: ak.Array
    hooks: Any = None
    corrections: Path | None = None
    blocks: Path | None = None

    def __post_init__(self):
        document = plain_document(json.loads(json.dumps(self.document)))
        validate_analysis(document, "analysis")
        seen = dataset_view(document, self.dataset)
        self.settings = Settings(view_of(seen), SECTIONS, self.dataset)
        called = self.settings.needed_corrections
        files = [self.corrections] * len(correction_files(called)) if self.corrections else []
        functions = open_corrections(called, files) if files else {}
        self.model = EventModel(
            definitions(self.settings.objects), self.settings.columns, self.hooks or {}, functions
        )
        certified = [self.blocks] if self.settings.certified_blocks else []
        certifier = Certifier(certified, self.settings.branches)
        read = (*certifier.branches, *self.settings.stored_kinematics)
        events = self.events[[name for name in self.events.fields if name in read]]
        events, *_ = certifier.keep(events, np.ones(len(events)), self.dataset)
        (self.events,) = visible_events(self.settings, self.model, [events])

    def filler(self, monkeypatch, engine="compiled"):
        monkeypatch.setenv("WOLLEMI_ENGINE", engine)
        return Filler(self.settings, self.model)


def same_sums(found, expected):
    """Whether all are equal to the last bit."""
    assert list(found) == list(expected)
    for key, sums in expected.items():
        assert (found[key].shape, found[key].tobytes()) == (sums.shape, sums.tobytes()), key


# What is not compiled, by docs/engine.md: how its reason begins in the log.
REASONS = (
    "where() of ",
    "an exponent that is not a constant",
    "a whole number to the power of ",
    "the remainder of whole numbers by a negative constant",
    "a comparison of uint64 with a whole number that has a sign",
    "a function of objects",
    "a correction with ",
    "calls a correction that is not",
)


def computed_inputs(monkeypatch):
    """A set, which is filled with what the awkward evaluation computes for compiled loops:
    expressions, columns and fields of objects.
    """
    found, read = set(), CompiledLoop._input

    def recorded(loop, batch, part, name, view):
        if view or part not in ("values", "offsets"):
            found.add(name)
        return read(loop, batch, part, name, view)

    monkeypatch.setattr(CompiledLoop, "_input", recorded)
    return found


def require_named(computed, messages, columns):
    """Require that the log names all that was computed, with a reason that is known; a hook is a
    function anyway.
    """
    texts = [columns.get(name, name) for name in computed]  # a hook is not hashable
    for text in texts:
        if isinstance(text, str):
            start = f"not compiled: '{text}': "
            reasons = [one.removeprefix(start) for one in messages if one.startswith(start)]
            assert reasons, f"{text} leaves the compiled loop without a word"
            assert all(reason.startswith(REASONS) for reason in reasons), reasons


def check(case, monkeypatch, caplog):
    """Compare both evaluations; return the log of the compiled one."""
    filler, computed = case.filler(monkeypatch), computed_inputs(monkeypatch)
    with np.errstate(all="ignore"), caplog.at_level("INFO"):
        expected, counts = filler.evaluate(case.events)
        found, found_counts = filler.fill(case.events)
        same_sums(found, expected)
        assert found_counts == counts
        with monkeypatch.context() as patch:
            if not case.hooks:  # the loop is in the cache now
                patch.setattr("wollemi_engine.compiled.loop.emit_loop", lambda *_: 1 / 0)
            cached, cached_counts = case.filler(patch).fill(case.events)
        same_sums(cached, expected)
        assert cached_counts == counts
        if case.settings.skim:
            views = object_variations(case.settings.object_variations)
            terms = [term for _, term in selection_terms(case.settings.skim.selection)]
            flags = Skimmer(case.model, terms, views).flags(case.events)
            for one, other in zip(
                flags, skim_flags(case.model, case.events, terms, views), strict=True
            ):
                assert (one == other).all()
    messages = [record.message for record in caplog.records]
    assert not [message for message in messages if "awkward evaluation takes" in message], messages
    assert [message for message in messages if "compiled in" in message]
    require_named(computed, messages, case.model.columns)
    return messages, expected
