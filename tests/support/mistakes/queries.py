"""Mistakes in queries."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from support.tiny.events import write_root
from support.tiny.mistakes import Run
from wollemi_interactive.commands.query import answer_query

FILE = "input/dy_high_0.root"


def _asking(text: str, file: str = FILE) -> Run:
    def run() -> int:
        try:
            answer_query(file, text, Path("answer.parquet"), None, "", offline=True, catalogue=None)
        except SystemExit as ended:
            return int(ended.code or 0)
        return 0

    return run


def query_of_weights_that_are_no_numbers() -> Run:
    weights = np.array([1.0, 2.0, np.nan, 1.0])
    write_root(Path("input/few.root"), {"n": np.arange(4), "genWeight": weights})
    return _asking("EventDataset().Select(lambda e: {'n': e.n})", "input/few.root")


SHORT: dict[str, Callable[[], Run]] = {
    "query_that_is_no_python": lambda: _asking(
        "EventDataset().Select(lambda e: e.Muon_pt.Where(pt > 30))"
    ),
    "query_without_a_bracket": lambda: _asking("EventDataset()\n.Select(lambda e: e.Muon_pt"),
    "query_of_an_unknown_branch": lambda: _asking(
        "EventDataset()\n.Select(lambda e: {'pt': e.Moun_pt})"
    ),
    "query_of_an_unknown_method": lambda: _asking(
        "EventDataset().Select(lambda e: e.Muon_pt.Were(lambda pt: pt > 30))"
    ),
    "query_of_a_muon_that_is_not_there": lambda: _asking(
        "EventDataset().Select(lambda e: e.Muon_pt.ElementAt(2))"
    ),
    "query_of_a_sum_with_two_arguments": lambda: _asking(
        "EventDataset().Select(lambda e: sum(e.Muon_pt, 0))"
    ),
    "query_with_a_column_twice": lambda: _asking(
        "EventDataset().Select(lambda e: {'pt': e.Muon_pt, 'pt': e.Muon_eta})"
    ),
}
