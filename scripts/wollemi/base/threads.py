"""One thread for linear algebra: matrices of a fit are small, and sums must run in one order."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from threadpoolctl import ThreadpoolController

_STATE = threading.local()


@lru_cache(1)  # to look for the libraries takes as long as a fit
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def one_thread() -> Iterator[None]:
    """Let BLAS use one thread; also as a decorator.

    A job has one thread anyway. In a notebook two threads took 1.17 s for a fit that takes 0.033 s
    with one, and gave other last bits.
    """
    if getattr(_STATE, "limited", False):
        yield
        return
    _STATE.limited = True
    try:
        with _controller().limit(limits=1):
            yield
    finally:
        _STATE.limited = False
