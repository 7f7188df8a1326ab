"""One thread for linear algebra: a fit's matrices are small, and sums need a fixed order."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from threadpoolctl import ThreadpoolController

_STATE = threading.local()


@lru_cache(1)  # finding the libraries takes as long as a fit
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit BLAS to one thread; also usable as a decorator.

    A job has one thread anyway. In a notebook, a fit took 1.17 s with two threads and 0.033 s with
    one, and the last bits differed.
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
