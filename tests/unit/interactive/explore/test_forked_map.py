"""What copies of a process make is what the process makes, whatever becomes of the copies."""

import os
import subprocess
import sys
import threading

import pytest
from support.tiny.analysis import ANALYSIS, environment

from wollemi_interactive.explore.forked_map import forked_map

ITEMS = [*range(7)]
FORKS = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")
DRAWN = f"""
from pathlib import Path
from wollemi_interactive.explore import forked_map, run_look
from wollemi_interactive.explore.exploration import explore

used = []
run_look.forked_map = lambda *given: used.append(given[2]) or forked_map.forked_map(*given)
one, three = (
    explore(Path("results/tiny"), "mt", ["search"], "", None, Path({ANALYSIS!r}), processes)
    for processes in (1, 3)
)
assert one == three
assert one.histograms["dy_high"]
assert used == [1, 3]
assert forked_map.threading.active_count() == 1
"""


@pytest.fixture
def alone(monkeypatch):
    """As in a program of one thread; pytest and its plug-ins have their own."""
    monkeypatch.setattr(threading, "active_count", lambda: 1)


@pytest.mark.parametrize("processes", [1, 2, 3, 9])
@pytest.mark.parametrize("items", [ITEMS, [1], []])
def test_results_have_the_order_of_the_items(alone, processes, items):
    assert forked_map(lambda item: item**2, items, processes) == [item**2 for item in items]


@FORKS
def test_the_work_is_shared(alone):
    found = forked_map(lambda _: os.getpid(), ITEMS, 3)
    assert len({*found}) == 3
    assert found[::3] == [os.getpid()] * 3


@FORKS
@pytest.mark.parametrize(
    "end", [lambda: os._exit(0), lambda: os.kill(os.getpid(), 9), lambda: 1 / 0]
)
def test_what_a_copy_lost_is_made_here(alone, end):
    here = os.getpid()

    def made(item):
        if os.getpid() != here and item == 3:
            end()
        return item, os.getpid()

    assert forked_map(made, ITEMS, 2) == [(item, here) for item in ITEMS]


@pytest.mark.parametrize("bad", ITEMS)
def test_an_error_is_that_of_the_function(alone, bad, capfd):
    def made(item):
        if item == bad:
            raise LookupError(f"no {item}")
        return item

    with pytest.raises(LookupError, match=f"no {bad}"):
        forked_map(made, ITEMS, 3)
    assert capfd.readouterr() == ("", "")


def test_beside_a_thread_everything_is_made_here():
    """A copy would wait forever for a lock that the thread held."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert {*forked_map(lambda _: os.getpid(), ITEMS, 3)} == {os.getpid()}
    finally:
        done.set()
        thread.join()


def test_a_drawing_is_that_of_one_process(finished):
    subprocess.run([sys.executable, "-c", DRAWN], cwd=finished, env=environment(), check=True)
