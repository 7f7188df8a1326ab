"""Rates of trigger paths: individual, combined, unique, and in pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from math import nan, sqrt
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from wollemi.base.rounding import significant, significant_float, with_error
from wollemi.results.intervals import poisson_interval
from wollemi_interactive.menus.models import InputRates, Menu
from wollemi_interactive.menus.trigger import Decisions
from wollemi_interactive.menus.trigger_menu import TOTAL
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError, counted
from wollemi_likelihood.base.matrices import product
from wollemi_likelihood.base.nearest import did_you_mean

CM2_PER_PB = 1e-36
UPPER_ENDS = "upper end at 68 %, as no event of a process is kept (Poisson, 0 events)"
_KEY = "rates.cross_sections_pb"
RATE_KEYS = (
    *("fraction", "fraction_error", "fraction_upper"),
    *("rate_hz", "rate_error_hz", "rate_upper_hz"),
)


class Inputs(NamedTuple):
    """Processes represented by the events of files.

    Attributes:
        rates: Input rate of each process in Hz; NaN if the menu gives none.
        processes: Index of the process of each file.
    """

    rates: list[float]
    processes: list[int]


def input_rates(rates: InputRates | None, files: Sequence[Path]) -> Inputs:
    """The processes of the files: one per cross section of the menu, whose key is a file or a
    pattern of files; a single one without cross sections.

    Args:
        rates: Input rates of the menu.
        files: Paths of the files, in the order of reading.

    Raises:
        WollemiError: The cross section of a file is missing or ambiguous.
    """
    if rates is None or rates.luminosity_cm2_s is None:
        return Inputs([nan if rates is None else float(rates.input_hz or nan)], [0] * len(files))
    known = rates.cross_sections_pb
    keys = [_cross_section_of(path.name, known) for path in files]
    for name in {path.name for path in files}:
        same = [str(path) for path in files if path.name == name]
        if len(same) > 1:
            problem = f"{' and '.join(same)} have one name, by which cross sections are found"
            raise WollemiError(_KEY, problem, "rename one of them, or make a link")
    processes = list(dict.fromkeys(keys))
    hz = [rates.luminosity_cm2_s * known[key] * CM2_PER_PB for key in processes]
    return Inputs(hz, [processes.index(key) for key in keys])


def _cross_section_of(name: str, known: Mapping[str, float]) -> str:
    """The key of a file's cross section: its name, or a pattern that matches it."""
    found = [name] if name in known else [key for key in known if fnmatchcase(name, key)]
    if not found:
        problem = f"'{name}' has no cross section{did_you_mean(name, known)}"
        raise WollemiError(_KEY, problem, "add it to the menu, in pb")
    if len(found) > 1:
        problem = f"'{name}' has those of {' and '.join(found)}"
        raise WollemiError(_KEY, problem, "let one pattern fit each file")
    return found[0]


def check_events(inputs: Inputs, files: Sequence[Path], entries: Sequence[int]) -> None:
    """Raise an error for a process without events: its rate is unknown, not 0.

    Args:
        inputs: Result of `input_rates`.
        files: Paths of the files, in the order of reading.
        entries: Number of events in each file.
    """
    for place in range(len(inputs.rates)):
        own = [number for number, process in enumerate(inputs.processes) if process == place]
        if not any(entries[number] for number in own):
            remedy = "name a file with events, or none of this process"
            raise WollemiError(str(files[own[0]]), "has no events", remedy)


@dataclass
class _Sums:
    """Sums over events, with weight w and probability q that a path keeps the event:
    Σwq, Σw²q, Σw²q².
    """

    values: Floats = field(default_factory=lambda: np.zeros(3))

    def add(self, weights: Floats, kept: Floats) -> None:
        squares = weights * weights * kept
        self.values += [np.sum(weights * kept), np.sum(squares), np.sum(squares * kept)]


class _Group:
    """Events with one input rate."""

    def __init__(self) -> None:
        self.events, self.sums = 0, np.zeros(2)  # Σw, Σw²
        self.kept: dict[str, _Sums] = {}
        self.pairs: Floats | None = None

    def rate(self, name: str, input_hz: float) -> tuple[float, float]:
        """Rate, or fraction of the events if the input rate is 1, and its variance."""
        (total, squares), (first, second, third) = self.sums, self.kept[name].values
        share = first / total
        spread = third - 2 * share * second + share**2 * squares
        return input_hz * share, input_hz**2 * max(spread, 0.0) / total**2

    def upper(self, name: str, input_hz: float, kept: float) -> float:
        """Upper end of the interval of a rate without events; 0 if there are events.

        It is the Poisson upper end for 0 events, times the mean weight Σw² / Σw, as the number of
        events with the same variance is (Σw)² / Σw².

        Args:
            name: Name of the rate.
            input_hz: Input rate in Hz.
            kept: Largest probability that such an event is kept.
        """
        if self.kept[name].values[2]:
            return 0.0
        _, (most,) = poisson_interval(np.zeros(1))
        return input_hz * kept * min(float(most * self.sums[1] / self.sums[0] ** 2), 1.0)


class RateCounter:
    """Counts the events that the paths of a menu select and accept.

    Prescales enter rates as probabilities: a path with prescale p keeps a selected event with
    probability 1/p, each path with its own random numbers, so that a large prescale does not cost
    precision. The variance of a rate r Σwq / Σw is r² Σw² (q - Σwq/Σw)² / (Σw)², from the events
    read; with weights of 1 and no prescale it is binomial. It is 0 if a path keeps no event of a
    process: such rates have an upper end, √(error² + u²) above the rate, with u the largest r of
    these processes times 1.84 (Σw²) / (Σw)², the upper end of the central 68 % interval for 0
    events. Several processes without events have the upper end of a single one: a probability of
    16 % for no event at all allows no more.

    Args:
        menu: Trigger menu.
        inputs: Result of `input_rates`.
    """

    def __init__(self, menu: Menu, inputs: Inputs):
        self._paths = list(menu.paths)
        self._prescales = np.array([menu.paths[name].prescale for name in self._paths], float)
        self._rates, self._processes = inputs
        self._groups = [_Group() for _ in self._rates]
        self._selected, self._accepted = (np.zeros(len(self._paths), np.int64) for _ in range(2))
        self._any = 0

    def add(self, file: int, weights: Floats, decisions: Decisions) -> None:
        """Count a batch.

        Args:
            file: Index of the batch's file.
            weights: Event weights, shape (events,).
            decisions: Decisions of the paths.
        """
        selected = np.stack([decisions.selected[name] for name in self._paths])
        accepted = np.stack([decisions.accepted[name] for name in self._paths])
        self._selected += selected.sum(axis=1)
        self._accepted += accepted.sum(axis=1)
        self._any += int(accepted.any(axis=0).sum())
        group = self._groups[self._processes[file]]
        group.events += weights.size
        group.sums += [weights.sum(), np.sum(weights * weights)]
        kept = selected / self._prescales[:, None]
        for name, values in self._kept(kept).items():
            group.kept.setdefault(name, _Sums()).add(weights, values)
        pairs = product(kept * weights, kept.T)
        group.pairs = pairs if group.pairs is None else group.pairs + pairs

    def _kept(self, kept: Floats) -> dict[str, Floats]:
        """Name → probability that an event is kept, shape (events,): by each path, by any path, by
        this path alone.
        """
        missed = 1 - kept
        # Product over all other paths, without a division by a possible 0.
        before = np.cumprod(np.vstack([np.ones((1, kept.shape[1])), missed[:-1]]), axis=0)
        after = np.cumprod(np.vstack([np.ones((1, kept.shape[1])), missed[:0:-1]]), axis=0)[::-1]
        alone = kept * before * after
        return {
            **dict(zip(self._paths, kept, strict=True)),
            **{f"unique {name}": one for name, one in zip(self._paths, alone, strict=True)},
            TOTAL: 1 - before[-1] * missed[-1],
        }

    def events(self) -> int:
        """Number of counted events."""
        return sum(group.events for group in self._groups)

    def table(self) -> dict[str, Any]:
        """The numbers of the product, rounded to six digits; rates in Hz, None if the menu has
        none.

        Raises:
            WollemiError: The sum of weights of a process is not positive.
        """
        if any(group.events and group.sums[0] <= 0 for group in self._groups):
            problem = "the sum of the weights of the events is not positive"
            raise WollemiError("weight", problem, "correct the `weight` of the menu")
        return {
            "events": self.events(),
            "input_hz": self._or_null(sum(self._rates)),
            "paths": {name: self._path(place, name) for place, name in enumerate(self._paths)},
            TOTAL: {"accepted": self._any, **self._rate(TOTAL)},
            "overlaps": self._overlaps(),
        }

    def _path(self, place: int, name: str) -> dict[str, Any]:
        unique = {f"unique_{key}": value for key, value in self._rate(f"unique {name}").items()}
        return {
            "prescale": int(self._prescales[place]),
            "selected": int(self._selected[place]),
            "accepted": int(self._accepted[place]),
            **self._rate(name),
            **unique,
        }

    def _shares(self) -> list[float]:
        """Share of each group in the input rate, or in the events without rates."""
        known = not np.isnan(self._rates).any()
        whole = self._rates if known else [float(group.sums[0]) for group in self._groups]
        return [one / sum(whole) if sum(whole) else 0.0 for one in whole]

    def _rate(self, name: str) -> dict[str, Any]:
        """Fraction of the input and rate, each with its error, and the upper end if a process has
        no events.
        """
        groups = zip(self._groups, self._shares(), strict=True)
        present = [(group, share) for group, share in groups if group.events]
        parts = [group.rate(name, share) for group, share in present]
        share, variance = sum(one for one, _ in parts), sum(one for _, one in parts)
        kept = self._largest_probability(name)
        above = max((group.upper(name, share, kept) for group, share in present), default=0.0)
        upper = share + sqrt(variance + above**2) if above else nan
        numbers = (share, sqrt(variance), upper)
        rates = (number * sum(self._rates) for number in numbers)
        found = map(self._or_null, (*numbers, *rates))
        return dict(zip(RATE_KEYS, found, strict=True))

    def _largest_probability(self, name: str) -> float:
        """Largest probability of keeping an unobserved event: from the prescale of the path, or
        from the smallest prescale for the total.
        """
        path = name.removeprefix("unique ")
        known = dict(zip(self._paths, self._prescales.tolist(), strict=True))
        return 1 / float(known.get(path, min(known.values())))

    def _overlaps(self) -> dict[str, dict[str, float | None]]:
        """Path → other path → rate of events that both keep, or fraction of the input if the menu
        has no rates.
        """
        total = np.zeros((len(self._paths),) * 2)
        for group, share in zip(self._groups, self._shares(), strict=True):
            if group.pairs is not None and group.sums[0] > 0:
                total += share * group.pairs / group.sums[0]
        whole = 1.0 if np.isnan(self._rates).any() else sum(self._rates)
        return {
            name: {
                other: significant_float(float(total[row, column]) * whole)
                for column, other in enumerate(self._paths)
                if column != row
            }
            for row, name in enumerate(self._paths)
        }

    @staticmethod
    def _or_null(value: float) -> float | None:
        return None if np.isnan(value) else significant_float(value)


def rates_page(title: str, table: Mapping[str, Any]) -> str:
    """The rates as Markdown.

    Args:
        title: Title of the menu.
        table: Result of `RateCounter.table`.
    """
    has_rates = table["input_hz"] is not None
    unit = "rate (Hz)" if has_rates else "fraction"
    lines = [f"# {title}", "", f"{counted(table['events'], 'event', ',')}"]
    lines[-1] += f", which stand for {table['input_hz']:g} Hz." if has_rates else "."
    lines += ["", f"| path | prescale | selected | accepted | {unit} | unique {unit} |"]
    lines += ["| --- | --: | --: | --: | --: | --: |"]
    for name, item in table["paths"].items():
        cells = [name, item["prescale"], item["selected"], item["accepted"]]
        cells += [_rate_text(item, "", has_rates), _rate_text(item, "unique_", has_rates)]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    total = table[TOTAL]
    lines.append(f"| {TOTAL} | | | {total['accepted']} | {_rate_text(total, '', has_rates)} | |")
    if "(<" in "".join(lines):
        lines += ["", f"(< x): {UPPER_ENDS}."]
    names = list(table["paths"])
    if len(names) > 1:
        lines += ["", f"Overlaps, {unit}:", "", f"| | {' | '.join(names)} |"]
        lines.append(f"| --- |{' --: |' * len(names)}")
        for name, row in table["overlaps"].items():
            cells = ["" if other == name else significant(row[other]) for other in names]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _rate_text(item: Mapping[str, Any], which: str, has_rates: bool) -> str:
    keys = RATE_KEYS[3:] if has_rates else RATE_KEYS[:3]
    value, error, upper = (item[which + key] for key in keys)
    text = with_error(value, error) if error else significant(value)
    return text if upper is None else f"{text} (< {significant(upper)})"
