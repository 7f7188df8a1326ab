"""Log messages about the progress of long tasks: finished items and time left."""

import logging
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

LOGGER = logging.getLogger("wollemi")
Item = TypeVar("Item")


class Progress:
    """Logs the number of finished items, at most once every few seconds.

    Args:
        what: Items in the plural, such as `dy: events`.
        total: Number of items.
        interval_s: Minimum time between two log lines in seconds.
    """

    def __init__(self, what: str, total: int, interval_s: float = 5.0):
        self._what, self._total, self._interval = what, total, interval_s
        self._start = self._last = time.monotonic()

    def __call__(self, done: int) -> None:
        """Log the number of items finished so far."""
        now = time.monotonic()
        if now - self._last > self._interval and done:
            left = (now - self._start) / done * (self._total - done)
            LOGGER.info(
                "%s: %d of %d are done, %s left", self._what, done, self._total, time_text(left)
            )
            self._last = now


def time_text(seconds: float) -> str:
    """Format a waiting time: `40 s`, `12 min`, `3.5 h`.

    Args:
        seconds: Time in seconds.
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def reported(items: Sequence[Item], what: str, interval_s: float = 5.0) -> Iterator[Item]:
    """Iterate over items of a long loop and log the progress.

    Args:
        items: Items of the loop, of about equal work.
        what: Name of the items in the plural.
        interval_s: Minimum time between two log lines in seconds.
    """
    progress = Progress(what, len(items), interval_s)
    for done, item in enumerate(items):
        progress(done)
        yield item
