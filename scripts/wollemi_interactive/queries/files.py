"""A query on local or remote event files: batch by batch, in the order of the files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import awkward as ak
import numpy as np

from wollemi.inputs.event_files import open_events, read_batches
from wollemi.inputs.root_trees import Place
from wollemi.inputs.schemas import Layout, locate
from wollemi.inputs.skim_files import ParquetEvents
from wollemi.inputs.weights import branch_to_sum, check_weights
from wollemi_interactive.queries.branches import branches_of
from wollemi_interactive.queries.evaluation import evaluate_query
from wollemi_interactive.queries.finite_numbers import NotFinite
from wollemi_interactive.queries.syntax import Query
from wollemi_likelihood.base.errors import WollemiError


@dataclass(frozen=True)
class Answered:
    """Content of an answer.

    Args:
        events: Number of events read.
        sum_of_weights: Σw of these events; None without weights.
        rows: Number of rows.
        columns: Name → type.
        not_finite: Column → number of NaN or infinite values, for columns that have any.
    """

    events: int
    sum_of_weights: float | None
    rows: int
    columns: dict[str, str]
    not_finite: dict[str, int]


def layout_of(query: Query, layout: Layout) -> Layout:
    """The layout of events in files, with the tree that the query names, if any.

    Energies of an ntuple are as stored: queries divide by 1000 themselves if needed, and an
    endpoint must give the same numbers.
    """
    stored = replace(layout, energy_unit="GeV")
    return replace(stored, tree=query.tree) if query.tree else stored


def weight_of(paths: Sequence[Place], layout: Layout, given: str) -> str:
    """Branch to sum: the user's choice, or the only possible weight; empty without a weight.

    Raises:
        WollemiError: The branch does not exist, or there are several possible weights.
    """
    found = branch_to_sum(paths, layout, given)
    if given and found and found not in branch_names(paths[0], layout):
        raise WollemiError(str(paths[0]), f"has no branch '{found}'", "name another --weight")
    return found or ""


def branch_names(path: Place, layout: Layout) -> list[str]:
    """Names of the branches of a file, as used in expressions."""
    with open_events(path, layout) as file:
        return list(locate(layout, file.names))


def answer_from_files(
    query: Query, paths: Sequence[Place], layout: Layout, weight: str, answer: Path
) -> Answered:
    """Write the answer to a query on files.

    Args:
        query: Query to answer.
        paths: Paths of the files, all with the same layout.
        layout: Layout of events in the files.
        weight: Branch to sum over all events; empty for none.
        answer: Path of the Parquet file to write.

    Raises:
        WollemiError: A file cannot be read, or the query has no value on its events.
    """
    events, rows, sums, columns = 0, 0, list[float](), dict[str, str]()
    not_finite = NotFinite()
    with ParquetEvents(answer) as output:
        for path in paths:
            first = events
            for batch, found in _answers(query, path, layout, weight):
                if weight:
                    check_weights(batch[weight], path, weight, events - first)
                    sums.append(float(np.sum(np.asarray(batch[weight], np.float64))))
                events += len(batch)
                output.write(found)
                rows += len(found)
                columns = {name: str(found[name].type.content) for name in ak.fields(found)}
                not_finite.add(found)
        output.finish({})
    return Answered(events, sum(sums) if weight else None, rows, columns, not_finite.columns())


def _answers(
    query: Query, path: Place, layout: Layout, weight: str
) -> Iterator[tuple[ak.Array, ak.Array]]:
    """Batches of a file, each with its answer."""
    known = branch_names(path, layout)
    branches = dict.fromkeys([*branches_of(query, known), *filter(None, [weight])])
    for batch in read_batches(path, layout, list(branches)):
        yield batch, evaluate_query(query, batch, known)
