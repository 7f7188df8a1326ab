"""A trigger menu applied to files: a stream of batches, each decided, counted and written."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from wollemi.inputs.event_files import count_entries, open_events, read_batches
from wollemi.inputs.identifiers import COLUMNS
from wollemi.inputs.inspection import guess_layout
from wollemi.inputs.schemas import Layout, locate
from wollemi_engine.expressions.evaluation import evaluate_values
from wollemi_interactive.menus.models import Menu
from wollemi_interactive.menus.trigger import (
    ACCEPTED,
    SELECTED,
    Decisions,
    ThresholdScan,
    TriggerLoop,
    menu_model,
)
from wollemi_interactive.menus.trigger_menu import TOTAL, menu_branches, scanned_paths
from wollemi_interactive.menus.trigger_rates import (
    RATE_KEYS,
    RateCounter,
    check_events,
    input_rates,
)
from wollemi_interactive.menus.turn_ons import TurnOnCounter, TurnOnCounts
from wollemi_interactive.tables.table_files import open_table
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

MOST_VALUES = 200  # of a scan


@dataclass(frozen=True)
class Scan:
    """Values of a threshold, and the paths that use it."""

    threshold: str
    values: tuple[float, ...]
    paths: tuple[str, ...]


@dataclass
class Times:
    """Seconds spent in the parts of the stream, and the number of events."""

    events: int = 0
    reading: float = 0.0
    deciding: float = 0.0
    other: float = 0.0

    def lines(self) -> Iterator[str]:
        """Events per second and seconds of each part, for the user."""
        whole = self.reading + self.deciding + self.other
        for name, spent in (
            ("decided", self.deciding),
            ("read and decided", self.reading + self.deciding),
            ("read, decided, counted and written", whole),
        ):
            if spent > 0:
                yield f"{self.events / spent:>12,.0f} events/s {name} ({spent:.2f} s)"


@dataclass
class Filtered:
    """Results of a stream.

    Attributes:
        rates: Numbers of the table of rates.
        scans: Threshold → its values and the rates for each of them.
        turn_ons: Name → counts in bins.
        times: Time spent in the parts of the stream.
        first: First events, for the latency.
    """

    rates: dict[str, Any]
    scans: dict[str, Any]
    turn_ons: dict[str, TurnOnCounts]
    times: Times
    first: ak.Array


def parse_scan(text: str, menu: Menu) -> Scan:
    """A scan such as `electron_pt=20:60:5`: first, last, step.

    Raises:
        WollemiError: The scan is invalid, the threshold is unknown, or no path uses it.
    """
    name, _, numbers = text.partition("=")
    if name not in menu.thresholds:
        problem = f"'{name}' is not a threshold{did_you_mean(name, menu.thresholds)}"
        raise WollemiError("--scan", problem, "name one of the menu's section `thresholds`")
    try:
        first, last, step = (float(part) for part in numbers.split(":"))
        count = math.floor((last - first) / step * (1 + 1e-12) + 1e-9) + 1
    except (ValueError, ZeroDivisionError, OverflowError):
        count = 0
    if not 2 <= count <= MOST_VALUES:
        problem = f"'{text}' gives no 2 to {MOST_VALUES} values"
        raise WollemiError("--scan", problem, f"write first:last:step, as in {name}=20:60:5")
    paths = scanned_paths(menu, name)
    if not paths:
        raise WollemiError("--scan", f"no path uses '{name}'", "name another threshold")
    return Scan(name, tuple(first + number * step for number in range(count)), tuple(paths))


@dataclass
class _Scanning:
    """A scan in progress, with one counter per value."""

    scan: Scan
    loop: ThresholdScan
    counters: list[RateCounter] = field(default_factory=list)

    def add(self, number: int, batch: ak.Array, weights: Floats, nominal: Decisions) -> None:
        for value, counter in zip(self.scan.values, self.counters, strict=True):
            selected = {**nominal.selected, **self.loop.flags(batch, value)}
            counter.add(number, weights, Decisions(selected, selected))

    def table(self) -> dict[str, Any]:
        tables = [counter.table() for counter in self.counters]
        curves = {
            name: {key: [table["paths"][name][key] for table in tables] for key in RATE_KEYS}
            for name in self.scan.paths
        }
        total = {key: [table[TOTAL][key] for table in tables] for key in RATE_KEYS}
        return {"values": list(self.scan.values), "paths": curves, TOTAL: total}


def filter_files(menu: Menu, paths: Sequence[Path], scans: Sequence[Scan], flags: Path) -> Filtered:
    """Apply the paths of a menu to the events of files.

    Args:
        menu: Trigger menu.
        paths: Paths of the files, all with the same layout.
        scans: Scans of thresholds.
        flags: Parquet file for the flags of events that each path selects and accepts.

    Raises:
        WollemiError: A file cannot be read or lacks a branch, or a weight is not a number.
    """
    layout = guess_layout(*paths)
    _check_thresholds(menu, paths[0], layout)
    inputs = input_rates(menu.rates, paths)
    entries = [count_entries(path, layout) for path in paths]
    check_events(inputs, paths, entries)
    loop, counter, turn_ons = TriggerLoop(menu), RateCounter(menu, inputs), TurnOnCounter(menu)
    running = [
        _Scanning(
            scan,
            ThresholdScan(menu, scan.threshold, scan.paths, sum(entries) * len(scan.values)),
            [RateCounter(menu, inputs) for _ in scan.values],
        )
        for scan in scans
    ]
    times, first = Times(), None
    with open_table(flags, f"trigger flags: {menu.title}") as table:
        for number, path in enumerate(paths):
            entry = 0
            for batch in _timed(menu_events(menu, path, layout), times):
                if first is None or not len(first):
                    first = batch
                    loop.decide(batch[:1])  # compiles before the clock starts
                started = time.perf_counter()
                decisions = loop.decide(batch)
                decided = time.perf_counter()
                weights = event_weights(menu, batch, path, entry)
                counter.add(number, weights, decisions)
                turn_ons.add(batch, weights, decisions.selected)
                table.add(_columns(number, entry, batch, decisions))
                times.deciding += decided - started
                times.other += time.perf_counter() - decided
                for one in running:
                    one.add(number, batch, weights, decisions)
                entry += len(batch)
            times.events += entry
        # Inside the block, so that a wrong sum of weights leaves no flags behind.
        found = {one.scan.threshold: one.table() for one in running}
        rates = counter.table()
    assert first is not None
    return Filtered(rates, found, turn_ons.counts, times, first)


def _check_thresholds(menu: Menu, path: Path, layout: Layout) -> None:
    """Raise an error for thresholds named like branches: a scan replaces the branch by its
    values, and an object may be built from the branch.
    """
    with open_events(path, layout) as file:
        taken = [name for name in locate(layout, file.names) if name in menu.thresholds]
    if taken:
        problem = f"'{taken[0]}' is a branch of {path}, too"
        raise WollemiError("thresholds", problem, "rename the threshold")


def menu_events(menu: Menu, path: Path, layout: Layout) -> Iterator[ak.Array]:
    """The events of a file, with the branches that a menu needs and, if the file has them, the
    event identifiers.
    """
    branches = menu_branches(menu)
    if not branches:  # a menu of conditions that are always true
        with open_events(path, layout) as file:
            branches = list(locate(layout, file.names))[:1]
    return read_batches(path, layout, branches, names=list(menu.objects), more=COLUMNS)


def _timed(batches: Iterator[ak.Array], times: Times) -> Iterator[ak.Array]:
    while True:
        started = time.perf_counter()
        batch = next(batches, None)
        times.reading += time.perf_counter() - started
        if batch is None:
            return
        yield batch


def event_weights(menu: Menu, batch: ak.Array, path: Path, first: int) -> Floats:
    """Event weights, shape (events,).

    Args:
        menu: Trigger menu.
        batch: Batch of events.
        path: Path of the file, for the error message.
        first: Entry number of the batch's first event, for the error message.

    Raises:
        WollemiError: A weight is not finite.
    """
    if menu.weight is None:
        return np.ones(len(batch))
    weights = evaluate_values(menu.weight, menu_model(menu).names(batch), len(batch))
    bad = np.flatnonzero(~np.isfinite(weights))
    if bad.size:
        problem = f"the weight '{menu.weight}' of entry {first + bad[0]} is {weights[bad[0]]}"
        raise WollemiError(str(path), problem, "correct the `weight` of the menu")
    return weights


def _columns(file: int, first: int, batch: ak.Array, decisions: Decisions) -> Mapping[str, Any]:
    events = len(batch)
    return {
        "file": np.full(events, file, np.int32),
        "entry": np.arange(first, first + events),
        **{name: ak.to_numpy(batch[name]) for name in COLUMNS if name in batch.fields},
        **{f"{SELECTED}_{name}": flags for name, flags in decisions.selected.items()},
        **{f"{ACCEPTED}_{name}": flags for name, flags in decisions.accepted.items()},
    }


def latencies(menu: Menu, batch: ak.Array, events: int) -> Floats:
    """Seconds from one event in memory to the decisions of all paths, event by event, shape
    (events,), without the compilation of the loop.

    Args:
        menu: Trigger menu.
        batch: Batch of events.
        events: Number of events to time; the batch is repeated if it has fewer.
    """
    loop = TriggerLoop(menu)
    single = [batch[place : place + 1] for place in range(min(events, len(batch)))]
    loop.decide(single[0])
    spent = np.zeros(events)
    for number in range(events):
        event = single[number % len(single)]
        started = time.perf_counter()
        loop.decide(event)
        spent[number] = time.perf_counter() - started
    return spent
