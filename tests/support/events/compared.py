"""What is read of a tree, against plain uproot: each branch has its numbers, or is refused."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot

from wollemi.inputs.event_files import file_batches, open_events
from wollemi.inputs.schemas import Layout, locate
from wollemi_engine.expressions.evaluation import evaluate
from wollemi_likelihood.base.errors import WollemiError

NUMBERS = re.compile(r"\d+ \* (var \* )*(u?int\d+|float\d+|bool)")

REFERENCES = ("TRef[]", "TRefArray[]")  # numbers of objects in the process that wrote them


@dataclass
class Compared:
    """Names in expressions.

    Args:
        read: those whose values are those of uproot.
        refused: the others → what is said.
        different: those that are neither, which there should not be; numbers that uproot reads and
            that have no name.
    """

    read: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    different: list[str] = field(default_factory=list)


def compare_tree(path: Path, layout: Layout) -> Compared:
    """Compare all that a tree has.

    Args:
        path: a ROOT file.
        layout: which tree it is.
    """
    with uproot.open(path) as file:
        expected = uproot_values(file[layout.trees[0]])
    found = Compared()
    with open_events(path, layout) as events:
        sources = locate(layout, events.names)
        known = {
            source.branches[0]: name
            for name, source in reversed(sources.items())
            if source.rule == "copy"
        }
        numbers = {stored for stored, values in expected.items() if values is not None}
        found.different += sorted(numbers - known.keys())
        for stored, name in known.items():
            try:
                batches = file_batches(events, {name: sources[name]}, range(events.entries))
                values = evaluate(name, {name: ak.concatenate([batch[name] for batch in batches])})
            except WollemiError as error:
                found.refused[name] = error.problem
                continue
            same = is_same(values, expected.get(stored), sources[name].per_gev)
            (found.read if same else found.different).append(name)
    return found


def is_same(values: Any, expected: Any, per_gev: float = 1.0) -> bool:
    """Whether these are the same numbers in the same lists, of the same type.

    Args:
        values: as they are read, in GeV.
        expected: as they are stored.
        per_gev: 1 GeV in the unit of the file.
    """
    if expected is None or not NUMBERS.fullmatch(str(values.type)):
        return False
    expected = ak.from_regular(expected, axis=None)
    expected = expected if per_gev == 1 else expected / np.float32(per_gev)
    options = {"check_parameters": False, "check_regular": False, "same_content_types": False}
    return bool(ak.array_equal(values, expected, equal_nan=True, dtype_exact=True, **options))


def uproot_values(tree: Any) -> dict[str, Any]:
    """Name in the file → what uproot reads, by itself; None where it cannot."""
    branches = dict(reversed(list(tree.iteritems())))  # the first one of a name
    times = Counter(branch.name for branch in branches.values())
    found: dict[str, Any] = {}
    for path, branch in branches.items():
        if branch.branches:
            continue
        name = branch.name if times[branch.name] == 1 else path
        try:
            known = branch.typename not in REFERENCES
            found |= _by_field(branch.array(library="ak"), name) if known else {name: None}
        except Exception:  # uproot's errors have no common class
            found[name] = None
    return found


def _by_field(array: Any, name: str) -> dict[str, Any]:
    """Dotted names of the fields of records in lists, and their values."""
    if ak.is_tuple(array) or not ak.fields(array):
        return {name: array}
    return {
        inner: values
        for part in ak.fields(array)
        for inner, values in _by_field(array[part], f"{name}.{part}").items()
    }
