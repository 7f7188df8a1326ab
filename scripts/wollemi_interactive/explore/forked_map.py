"""A function of independent items, in forked copies of this process: they have its imports."""

import contextlib
import multiprocessing
import sys
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def forked_map(
    function: Callable[[Item], Made], items: Sequence[Item], processes: int
) -> list[Made]:
    """Results of a function, in the order of the items.

    This process makes again what a copy did not return, and so raises the error of the function
    itself. There are no copies on macOS, whose libraries forbid them, nor beside other threads,
    whose locks a copy would never see released.

    Args:
        function: Function of an item; its result can be pickled.
        items: Items.
        processes: Number of processes, this one included.
    """
    copies = []
    if sys.platform == "linux" and threading.active_count() == 1:
        context = multiprocessing.get_context("fork")
        for number in range(1, min(processes, len(items))):
            receive, send = context.Pipe(duplex=False)
            copy = context.Process(target=_send, args=(send, function, items[number::processes]))
            copy.start()
            send.close()
            copies.append((copy, receive, number))
    made: dict[int, Made] = {}
    try:
        if copies:
            made = {place: function(items[place]) for place in range(0, len(items), processes)}
        for _, receive, number in copies:
            with contextlib.suppress(EOFError):
                made |= dict(zip(range(number, len(items), processes), receive.recv(), strict=True))
    finally:
        for copy, receive, _ in copies:
            copy.kill()
            copy.join()
            receive.close()
    return [made[place] if place in made else function(item) for place, item in enumerate(items)]


def _send(connection: Connection, function: Callable[[Item], Made], items: Sequence[Item]) -> None:
    """Send the results, or nothing after an error."""
    with contextlib.suppress(BaseException):
        connection.send([function(item) for item in items])
