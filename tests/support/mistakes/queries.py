"""Mistakes in queries."""

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


def query_that_is_no_python() -> Run:
    return _asking("EventDataset().Select(lambda e: e.Muon_pt.Where(pt > 30))")


def query_without_a_bracket() -> Run:
    return _asking("EventDataset()\n.Select(lambda e: e.Muon_pt")


def query_of_an_unknown_branch() -> Run:
    return _asking("EventDataset()\n.Select(lambda e: {'pt': e.Moun_pt})")


def query_of_an_unknown_method() -> Run:
    return _asking("EventDataset().Select(lambda e: e.Muon_pt.Were(lambda pt: pt > 30))")


def query_of_a_muon_that_is_not_there() -> Run:
    return _asking("EventDataset().Select(lambda e: e.Muon_pt.ElementAt(2))")


def query_of_a_sum_with_two_arguments() -> Run:
    return _asking("EventDataset().Select(lambda e: sum(e.Muon_pt, 0))")


def query_with_a_column_twice() -> Run:
    return _asking("EventDataset().Select(lambda e: {'pt': e.Muon_pt, 'pt': e.Muon_eta})")


def query_of_weights_that_are_no_numbers() -> Run:
    weights = np.array([1.0, 2.0, np.nan, 1.0])
    write_root(Path("input/few.root"), {"n": np.arange(4), "genWeight": weights})
    return _asking("EventDataset().Select(lambda e: {'n': e.n})", "input/few.root")
