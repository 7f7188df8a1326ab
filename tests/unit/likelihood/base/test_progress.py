"""Progress in the log, on a clock of the test."""

import logging

import pytest

from wollemi_likelihood.base import progress
from wollemi_likelihood.base.progress import reported, time_text


@pytest.fixture
def clock(monkeypatch):
    """A clock that is at the time in the list."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_line_every_five_seconds_with_the_time_left(clock, caplog):
    caplog.set_level(logging.INFO)
    found = []
    for item in reported(range(100), "toys"):
        found.append(item)
        clock[0] += 1.0
    assert found == list(range(100))
    assert caplog.messages[0] == "toys: 6 of 100 are done, 94 s left"
    assert caplog.messages[-1] == "toys: 96 of 100 are done, 4 s left"
    assert len(caplog.messages) == 16


def test_a_short_loop_says_nothing(clock, caplog):
    caplog.set_level(logging.INFO)
    assert list(reported([1, 2, 3], "toys")) == [1, 2, 3]
    assert list(reported([], "toys")) == []
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("seconds", "text"), [(3.4, "3 s"), (99.0, "99 s"), (100.0, "2 min"), (9000.0, "2.5 h")]
)
def test_times(seconds, text):
    assert time_text(seconds) == text
