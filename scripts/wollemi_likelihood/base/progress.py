"""Progress of what takes long, in the log: how much is done, and the time left."""

import logging
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

LOGGER = logging.getLogger("wollemi")
Item = TypeVar("Item")


class Progress:
    """Reports how many are done, at most once every few seconds.

    Args:
        what: of what, in the plural, such as `dy: events`.
        total: how many there are.
        interval_s: least time between two lines, in seconds.
    """

    def __init__(self, what: str, total: int, interval_s: float = 5.0):
        self._what, self._total, self._interval = what, total, interval_s
        self._start = self._last = time.monotonic()

    def __call__(self, done: int) -> None:
        """How many are done so far."""
        now = time.monotonic()
        if now - self._last > self._interval and done:
            left = (now - self._start) / done * (self._total - done)
            LOGGER.info(
                "%s: %d of %d are done, %s left", self._what, done, self._total, time_text(left)
            )
            self._last = now


def time_text(seconds: float) -> str:
    """A time to wait, as people say it: `40 s`, `12 min`, `3.5 h`.

    Args:
        seconds: the time.
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def reported(items: Sequence[Item], what: str, interval_s: float = 5.0) -> Iterator[Item]:
    """Items of a loop that takes long, with its progress in the log.

    Args:
        items: of the loop, of about equal work.
        what: they are, in the plural.
        interval_s: least time between two lines, in seconds.
    """
    progress = Progress(what, len(items), interval_s)
    for done, item in enumerate(items):
        progress(done)
        yield item
