"""Messages of a job, on standard error and, with details, in its log. Standard library only."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from wollemi.base.machine_errors import machine_error, piped
from wollemi.job.costs import cost_line
from wollemi_likelihood.base.errors import WollemiError

LOGGER = logging.getLogger("wollemi")


def exit_code_of(
    work: Callable[[], int],
    folders: Iterable[Path],
    placed: Callable[[WollemiError], WollemiError] = lambda error: error,
) -> int:
    """Exit code of the work; a user or system error becomes a message.

    Args:
        work: Function that returns the exit code.
        folders: Folders in which the work writes.
        placed: Function that locates an error.
    """
    try:
        return piped(work)
    except WollemiError as error:
        LOGGER.error("%s", placed(error))
    except Exception as error:
        named = machine_error(error, folders)
        if named is None:
            LOGGER.debug("an error without a message of its own", exc_info=error)
            LOGGER.error("%s: %s\n  → its log has the traceback", type(error).__name__, error)
            raise
        LOGGER.error("%s", named)
    return 2


class _LogFile(logging.FileHandler):
    """The log file; if it cannot be written, the program goes on."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (a name of logging)
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            super().close()


@contextlib.contextmanager
def messages_of(name: str) -> Iterator[None]:
    """Print the messages of a program on standard error."""
    LOGGER.setLevel(logging.DEBUG)
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.INFO)
    handler.addFilter(_is_for_stderr)
    handler.setFormatter(logging.Formatter(f"{name}: %(message)s"))
    with _handling(handler):
        yield


def _is_for_stderr(record: logging.LogRecord) -> bool:
    """Whether to print a message here: the console of `wollemi run` reads the logs and would print
    it a second time.
    """
    return "WOLLEMI_CONSOLE" not in os.environ or not any(
        isinstance(handler, _LogFile) for handler in LOGGER.handlers
    )


@contextlib.contextmanager
def log_file(path: Path | None) -> Iterator[None]:
    """Write messages with their levels and details to the log file, if there is one."""
    if path is None:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = _LogFile(path, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    with _handling(handler):
        yield


@contextlib.contextmanager
def _handling(handler: logging.Handler) -> Iterator[None]:
    LOGGER.addHandler(handler)
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
        handler.close()


@contextlib.contextmanager
def timing(
    counted: Callable[[], tuple[int | None, float | None]] = lambda: (None, None),
) -> Iterator[None]:
    """End the log with the costs of the job.

    Args:
        counted: Function that returns the number of events processed and the time of one, see
            `cost_line`.
    """
    try:
        yield
    finally:
        LOGGER.debug("%s", cost_line(*counted()))
