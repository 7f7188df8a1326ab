"""The templates of a datacard: its histograms, or counts without histograms."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import uproot

from wollemi.base.root_objects import as_root_reads
from wollemi.base.whole_files import is_file
from wollemi_convert.datacards.card import (
    SHAPES,
    SMALLEST_RATE,
    Card,
    Entry,
    ShapeRule,
    Uncertainty,
)
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError, counted

LOGGER = logging.getLogger("wollemi")

# Allowed relative deviation of a histogram's sum from the card's number, for data and for a process
# (Combine, ShapeTools.py). Sums below 1 are compared with 1.
SAME_DATA = 0.005
SAME_RATE = 0.01
# Largest deviation of an event count from a whole number, in events.
ROUNDING = 1e-6


@dataclass(frozen=True)
class Template:
    """Expected events of a process in the bins of a channel.

    Args:
        events: Expected events, shape (bins,).
        errors: Statistical errors of the events, shape (bins,).
        shifts: Events at -1σ and +1σ by systematic, each of shape (bins,).
        binned: Whether the events come from a histogram; otherwise from a count.
    """

    events: Floats
    errors: Floats
    shifts: Mapping[str, tuple[Floats, Floats]]
    binned: bool = True

    def shifted(self, item: Uncertainty, entry: Entry) -> tuple[Floats, Floats]:
        """Events at -1σ and +1σ of a systematic.

        Args:
            item: The systematic.
            entry: Bin and process.

        Raises:
            WollemiError: One side has no events.
        """
        low, high = self.shifts[item.name]
        if low.sum() == 0 or high.sum() == 0:
            problem = f"a shift of '{entry[1]}' in '{entry[0]}' leaves no events"
            raise WollemiError(f"line {item.line}", problem, "write - for this process")
        return low, high


@dataclass(frozen=True)
class Templates:
    """All templates of a card.

    Args:
        observed: Data by bin, shape (bins,).
        processes: Template by bin and process, without processes that expect no events.
    """

    observed: Mapping[str, Floats]
    processes: Mapping[Entry, Template]


def read_templates(card: Card, folder: Path, mass: str | None, signed: bool = False) -> Templates:
    """Read the histograms of a card.

    Args:
        card: The card.
        folder: Folder of the card.
        mass: Text in place of ``$MASS``.
        signed: Whether to keep negative bins; otherwise they are set to 0 and the sum is kept.

    Raises:
        WollemiError: A file or histogram is missing, or does not fit the card.
    """
    histograms = _Histograms(folder, mass, signed)
    observed, processes = {}, {}
    for place, events in card.observed.items():
        rule = _rule(card, place, "data_obs")
        observed[place] = np.array([events])
        if rule is not None:
            observed[place] = _counts(histograms.data(rule, place, events))
        elif events < 0:
            problem = f"{events:g} events are observed, and there is no histogram of data"
            raise WollemiError(f"bin {place}", problem, "give a count, or a line 'shapes'")
    for entry, rate in card.rates.items():
        if rate == 0:  # Combine does not read its histogram
            continue
        template = _template(card, histograms, entry, rate)
        if template.events.shape != observed[entry[0]].shape:
            bins = counted(template.events.size, "bin")
            problem = f"'{entry[1]}' has {bins}, the data have another number"
            raise WollemiError(f"bin {entry[0]}", problem, "give all histograms the same bins")
        if template.events.any():
            processes[entry] = template
    return Templates(observed, processes)


def histogram_files(card: Card, folder: Path, mass: str | None) -> list[Path]:
    """Files of the histograms of a card.

    Args:
        card: The card.
        folder: Folder of the card.
        mass: Text in place of ``$MASS``.

    Raises:
        WollemiError: A process has no shapes, or the mass is missing.
    """
    histograms = _Histograms(folder, mass)
    entries = [*((place, "data_obs") for place in card.observed), *card.rates]
    return list(dict.fromkeys(path for entry in entries for path in histograms.files(card, *entry)))


def _counts(events: Floats) -> Floats:
    """Events, as whole numbers where they differ only by rounding, as in sums of histograms."""
    whole = np.rint(events)
    return np.where(np.abs(events - whole) < ROUNDING, whole, events)


def _not_below_zero(events: Floats, where: str) -> Floats:
    """Events with negative bins set to 0 and the same sum, which is the card's rate.

    Raises:
        WollemiError: The sum is not above 0.
    """
    if not (events < 0).any():
        return events
    total = float(events.sum())
    if total <= 0:
        raise WollemiError(where, f"has {total:.6g} events", "take the process out of the card")
    LOGGER.warning("%s: bins below 0 are set to 0, the sum stays", where)
    kept = np.maximum(events, 0)
    return np.asarray(kept * (total / kept.sum()), np.float64)


def _template(card: Card, histograms: "_Histograms", entry: Entry, rate: float) -> Template:
    place, process = entry
    rule = _rule(card, place, process)
    if rule is None:
        if rate == -1:
            problem = f"the rate of '{process}' is -1, and it has no histogram"
            raise WollemiError(f"bin {place}", problem, "give a rate, or a line 'shapes'")
        return Template(np.array([rate]), np.zeros(1), {}, binned=False)
    events, errors = histograms.nominal(rule, place, process, rate)
    scale = 1.0
    if rate != -1 and card.statistics_in(place) is None:  # otherwise the histogram gives events
        scale = rate / float(events.sum())
    shifts = {}
    for item in card.uncertainties:
        if item.kind not in SHAPES or entry not in item.effects:
            continue
        found = histograms.shifted(rule, place, process, item.name)
        if found is None and not item.kind.endswith("?"):
            problem = f"{rule.file} has no histograms of '{item.name}' for '{process}' in '{place}'"
            raise WollemiError(f"line {item.line}", problem, "write them, or - for this process")
        if found is not None:
            if found[0].shape != events.shape or found[1].shape != events.shape:
                problem = f"'{item.name}' has other bins than '{process}' in '{place}'"
                raise WollemiError(f"line {item.line}", problem, "give all histograms the same")
            shifts[item.name] = scale * found[0], scale * found[1]
    return Template(scale * events, scale * errors, shifts)


def _mismatch(rule: ShapeRule, key: str, total: float, number: float) -> WollemiError:
    problem = f"'{key}' has {total:.6g} events, the card {number:.6g}"
    return WollemiError(f"line {rule.line}", problem, "correct one of them, or write -1")


def _rule(card: Card, place: str, process: str) -> ShapeRule | None:
    """The line ``shapes`` of a process, its own bin's before a wildcard's; None for a count.

    Raises:
        WollemiError: No line matches this process.
    """
    for wanted in ((place, process), (place, "*"), ("*", process), ("*", "*")):
        for rule in card.shapes:
            if (rule.bin, rule.process) == wanted:
                return None if rule.file == "FAKE" else rule
    if card.shapes:
        problem = f"no line 'shapes' is for '{process}' in '{place}'"
        raise WollemiError("datacard", problem, "add one; with the file FAKE for a count")
    return None


class _Histograms:
    """Histograms in files, each opened once."""

    def __init__(self, folder: Path, mass: str | None, signed: bool = False) -> None:
        self._signed = signed
        self._folder = folder
        self._mass = mass
        self._files: dict[str, Any] = {}

    def files(self, card: Card, place: str, process: str) -> list[Path]:
        """The file of a process, if it has histograms."""
        rule = _rule(card, place, process)
        return [self._folder / self._filled(rule, rule.file, place, process)] if rule else []

    def nominal(
        self, rule: ShapeRule, place: str, process: str, rate: float
    ) -> tuple[Floats, Floats]:
        """Events and errors; the rate must be their sum or -1."""
        name, key, events, errors = self._required(rule, place, process)
        total = float(events.sum())
        if rate != -1 and abs(total - rate) > SAME_RATE * max(abs(rate), 1.0):
            raise _mismatch(rule, key, total, rate)
        if rate == SMALLEST_RATE and not total:
            problem = f"'{key}' has no events, and a sideband scales it"
            raise WollemiError(f"line {rule.line}", problem, "give it a shape")
        return self._bins(events, f"{name}: '{key}'"), errors

    def _bins(self, events: Floats, where: str) -> Floats:
        if self._signed and events.sum() > 0:
            return events
        return _not_below_zero(events, where)

    def data(self, rule: ShapeRule, place: str, observed: float) -> Floats:
        """Observed events; the observation must be their sum or -1."""
        name, key, events, _ = self._required(rule, place, "data_obs")
        if (events < 0).any():
            problem = f"'{key}' in {name} has a bin below 0"
            raise WollemiError(f"line {rule.line}", problem, "give counts: these are data")
        total = float(events.sum())
        if observed != -1 and abs(total - observed) > max(SAME_DATA * observed, 0.01):
            raise _mismatch(rule, key, total, observed)
        return events

    def _required(
        self, rule: ShapeRule, place: str, process: str
    ) -> tuple[str, str, Floats, Floats]:
        """File, key, events and errors of a histogram."""
        name, key = (
            self._filled(rule, text, place, process) for text in (rule.file, rule.histogram)
        )
        found = self._read(rule, name, key)
        if found is None:
            problem = f"{name} has no histogram '{key}'"
            raise WollemiError(
                f"line {rule.line}", problem, "correct the path in the line 'shapes'"
            )
        return name, key, *found

    def shifted(
        self, rule: ShapeRule, place: str, process: str, systematic: str
    ) -> tuple[Floats, Floats] | None:
        """Events at -1σ and +1σ; None if the histograms do not exist.

        Raises:
            WollemiError: Only one of the two histograms exists.
        """
        if not rule.varied:
            return None
        sides, file = [], self._filled(rule, rule.file, place, process)
        for side in ("Down", "Up"):
            key = self._filled(rule, rule.varied, place, process, systematic + side)
            found = self._read(rule, file, key)
            if found is not None:
                sides.append(self._bins(found[0], f"{file}: '{key}'"))
        if len(sides) == 1:
            problem = f"{file} has only one side of '{systematic}' for '{process}' in '{place}'"
            raise WollemiError(f"line {rule.line}", problem, "write both, Up and Down")
        return (sides[0], sides[1]) if sides else None

    def _filled(
        self, rule: ShapeRule, path: str, place: str, process: str, systematic: str = ""
    ) -> str:
        text = path.replace("$PROCESS", process).replace("$CHANNEL", place)
        text = text.replace("$SYSTEMATIC", systematic)
        if "$MASS" in text:
            if self._mass is None:
                problem = f"'{path}' has $MASS"
                raise WollemiError(
                    f"line {rule.line}", problem, "give the mass: --mass, or datacard.mass"
                )
            text = text.replace("$MASS", self._mass)
        if "$" in text:
            problem = f"'{path}' has a keyword of text2workspace.py --keyword-value"
            raise WollemiError(f"line {rule.line}", problem, "write its value into the card")
        return text

    def _read(self, rule: ShapeRule, name: str, key: str) -> tuple[Floats, Floats] | None:
        try:
            histogram = as_root_reads(self._open(rule, name), key)
        except uproot.KeyInFileError:
            return None
        if not histogram.classname.startswith("TH1"):
            problem = f"'{key}' in {name} is a {histogram.classname}"
            raise WollemiError(f"line {rule.line}", problem, "write the templates as TH1")
        events = np.asarray(histogram.values(), np.float64)
        errors = np.asarray(histogram.errors(), np.float64)
        if not (np.isfinite(events).all() and np.isfinite(errors).all()):
            problem = f"'{key}' in {name} has a bin that is no number"
            raise WollemiError(f"line {rule.line}", problem, "write the histogram again")
        return events, errors

    def _open(self, rule: ShapeRule, name: str) -> Any:
        if name not in self._files:
            path = self._folder / name
            if not is_file(path):
                problem = f"there is no file {path}"
                raise WollemiError(f"line {rule.line}", problem, "put it beside the card")
            try:
                self._files[name] = uproot.open(path)
            except Exception as error:
                problem = f"{path} is no ROOT file: {error}"
                raise WollemiError(f"line {rule.line}", problem, "write it again") from error
        return self._files[name]
