"""-2 ln L of a datacard in plain arithmetic, process by process and bin by bin, from the card and
its histograms: as Combine defines it (arXiv:2404.06614; python/ModelTools.py, python/ShapeTools.py,
interface/CombineMathFuncs.h and src/CMSHistErrorPropagator.cc), and step by step as in the
modifiers of HistFactory.
"""

import math
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import uproot

from wollemi.base.root_objects import as_root_reads
from wollemi_convert.datacards.card import SHAPES, Card, Entry, ShapeRule
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.expressions.factors import factor_value, parse_factor
from wollemi_likelihood.inference.certificate import Arithmetic
from wollemi_likelihood.plain_likelihood import factor, poisson, shift

Values = Mapping[str, float]
# Coefficient, events (or fractions) for a coefficient of 1, and their errors for one process.
Part = tuple[float, Floats, Floats]

NAME = "datacard, as Combine reads it"
# Steps towards HistFactory's modifiers; each includes all steps before it, and 0 is Combine itself.
INTERPOLATION, STATISTICS, FLOORS = 1, 2, 3
WORDS = {
    INTERPOLATION: "HistFactory's interpolation of asymmetric effects, also on yields within 0.1 %",
    STATISTICS: "statistical factors (γ) of each process in a bin instead of a shift of their sum",
    FLOORS: "no floor of bins at 1e-9 events, and bins of templates below 0 set to 0",
}
FLOOR = 1e-9
GAUSS = 0.0


def arithmetic(
    card: Card, folder: Path, mass: str | None, strengths: Mapping[str, str], *, exact: bool
) -> Arithmetic:
    """The arithmetic of a card that is already parsed.

    Args:
        card: The card.
        folder: Folder of the card.
        mass: Text in place of ``$MASS``.
        strengths: Signal → name of its strength; ``r`` for all other signals.
        exact: Whether the model must agree with Combine's interpolation exactly.
    """
    model = PlainCard(card, folder, mass, strengths, exact=exact)
    evaluate = model.minus_two_log_likelihood
    others = {} if exact else {words: partial(evaluate, level=n) for n, words in WORDS.items()}
    return Arithmetic(NAME, evaluate, others)


def _step(x: float, region: float) -> float:
    """Smooth step from -1 to 1 within ±region."""
    if abs(x) >= region:
        return math.copysign(1.0, x)
    x /= region
    return 0.125 * x * (x * x * (3 * x * x - 10) + 15)


def _moved(low: Floats, high: Floats, x: float, region: float) -> Floats:
    """Change of a template at x, given its changes at -1 and 1; shape (bins,)."""
    return np.asarray(0.5 * x * ((high - low) + _step(x, region) * (high + low)))


def _log_normal(low: float, high: float, x: float) -> float:
    """Factor at x of a normalization uncertainty with factors `low` and `high` at -1 and 1."""
    above, below = math.log(high), math.log(low)
    return math.exp(x * 0.5 * ((above - below) + _step(x, 0.5) * (above + below)))


class PlainCard:
    """A card with all its histograms.

    Args:
        card: The card.
        folder: Folder of the card.
        mass: Text in place of ``$MASS``.
        strengths: Signal → name of its strength; ``r`` for all other signals.
        exact: Whether statistical parameters are additive, as in Combine; otherwise factors.
    """

    def __init__(
        self,
        card: Card,
        folder: Path,
        mass: str | None,
        strengths: Mapping[str, str] | None = None,
        *,
        exact: bool,
    ) -> None:
        self._card, self._folder, self._mass, self._exact = card, folder, mass or "", exact
        self._strengths, self._files = strengths or {}, dict[str, Any]()
        self._rules = {(item.bin, item.process): item for item in card.shapes}
        self._named = {item.name: item for item in reversed(card.rate_parameters)}
        read = {entry: self._histogram(entry) for entry, rate in card.rates.items() if rate}
        self._nominal = {entry: found for entry, found in read.items() if found[0].any()}
        self._shifts = {entry: dict(self._moving(entry)) for entry in self._nominal}
        self._most = max((events.size for events, _ in self._nominal.values()), default=0)
        self._members = {
            b: [entry for entry in self._nominal if entry[0] == b] for b in card.observed
        }
        self.data = {b: self._observed(b) for b, found in self._members.items() if found}
        self._kinds = {
            (b, ours): list(self._kinds_of(b, ours)) for b in self.data for ours in (False, True)
        }

    def _rule(self, entry: Entry) -> ShapeRule | None:
        b, p = entry
        keys = ((b, p), (b, "*"), ("*", p), ("*", "*"))
        found = [self._rules[key] for key in keys if key in self._rules]
        return found[0] if found and found[0].file != "FAKE" else None

    def _histogram(self, entry: Entry, systematic: str = "") -> tuple[Floats, Floats]:
        """Contents and errors; 1 and 0 for a count, empty without such a histogram."""
        rule = self._rule(entry)
        if rule is None:
            return np.ones(1), np.zeros(1)
        name, key = (
            text.replace("$PROCESS", entry[1])
            .replace("$CHANNEL", entry[0])
            .replace("$SYSTEMATIC", systematic)
            .replace("$MASS", self._mass)
            for text in (rule.file, rule.varied if systematic else rule.histogram)
        )
        if name not in self._files:
            self._files[name] = uproot.open(self._folder / name)
        try:
            found = as_root_reads(self._files[name], key) if key else None
        except uproot.KeyInFileError:
            found = None
        if found is None:
            return np.zeros(0), np.zeros(0)
        return found.values().astype(float), found.errors().astype(float)

    def _observed(self, b: str) -> Floats:
        if self._rule((b, "data_obs")) is None:
            return np.array([self._card.observed[b]])
        events, _ = self._histogram((b, "data_obs"))
        return np.where(np.abs(events - np.rint(events)) < 1e-6, np.rint(events), events)

    def _moving(self, entry: Entry) -> Iterator[tuple[str, tuple[float, Floats, Floats]]]:
        """Name, scale and templates at -1 and 1 of each systematic that shifts a template."""
        for item in self._card.uncertainties:
            if item.kind in SHAPES and entry in item.effects and self._rule(entry):
                low, high = (self._histogram(entry, item.name + side)[0] for side in ("Down", "Up"))
                if low.size:
                    yield item.name, (float(item.effects[entry]), low, high)

    def _counts_simulation(self, b: str) -> bool:
        """Whether a channel's histograms give events, with or without statistical parameters."""
        binned = self._rule((b, "data_obs")) is not None
        return binned and self._card.statistics_in(b) is not None

    def _coefficient(self, entry: Entry, values: Values, level: int) -> float:
        """Expected events, per event of the histogram if the histograms give event counts."""
        b, p = entry
        counts, factors = self._counts_simulation(b), 1.0
        size = 1.0 if counts else self._card.rates[entry]
        if size == -1:
            size = float(self._nominal[entry][0].sum())
        for item in self._card.uncertainties:
            text, value = item.effects.get(entry), values.get(item.name, 0.0)
            if text is None:
                continue
            if item.kind == "gmN":
                size = 1 / max(item.events, 1.0) if counts else float(text)
            if item.kind in ("gmN", "gmM"):
                factors *= value
            elif item.name in self._shifts[entry]:
                factors *= self._yield(entry, item.name, value, level)
            elif item.kind == "lnN" or item.kind.endswith("?"):
                low, _, high = text.partition("/")
                sides = (float(low), float(high)) if high else (1 / float(low), float(low))
                factors *= (factor if level >= INTERPOLATION else _asymmetric)(value, *sides)
        for line in self._card.rate_parameters:
            if line.scales(entry):
                factors *= self._rate_parameter(line.name, values)
        if p in self._card.signals:
            factors *= values[self._strengths.get(p, "r")]
        return size * factors

    def _yield(self, entry: Entry, name: str, value: float, level: int) -> float:
        """Factor of the events of a shifted template."""
        scale, *sides = self._shifts[entry][name]
        low, high = (float(side.sum() / self._nominal[entry][0].sum()) for side in sides)
        if level >= INTERPOLATION:
            return factor(value, *(_log_normal(low, high, x) for x in (-scale, scale)))
        if max(abs(low - 1), abs(high - 1)) < 1e-3:
            return 1.0
        return _log_normal(round(low**scale, 6), round(high**scale, 6), value)

    def _rate_parameter(self, name: str, values: Values) -> float:
        item = self._named.get(name)
        if item is None or not item.factors:
            return values[name]
        found = {f"p{n}": self._rate_parameter(it, values) for n, it in enumerate(item.factors)}
        if not item.formula:
            return math.prod(found.values())
        return float(factor_value(parse_factor(item.formula.format(*found)), found))

    def _template(self, entry: Entry, values: Values, level: int) -> Floats:
        """Template for a coefficient of 1, as events or fractions of events; shape (bins,)."""
        nominal, shifts = self._nominal[entry][0], self._shifts[entry]
        counts, floors = self._counts_simulation(entry[0]), level < FLOORS
        size = float(nominal.sum()) if counts else 1.0
        first = _fractions(nominal, level) * size
        found = first.copy()
        if floors and shifts and not counts and nominal.size < self._most:
            found = np.maximum(found, FLOOR)
        region = min([1.0, *(scale for scale, _, _ in shifts.values())])
        for name, (scale, *sides) in shifts.items():
            low, high = (_fractions(side, level) * size - first for side in sides)
            value = values.get(name, 0.0)
            if level >= INTERPOLATION:
                low, high = (_moved(low, high, x, 1.0) for x in (-scale, scale))
                if not floors:
                    low, high = np.maximum(low, -first), np.maximum(high, -first)
                found = found + shift(value, low, high)
            else:
                found = found + _moved(low, high, scale * value, region)
        found = np.maximum(found, FLOOR) if floors else found
        return found / found.sum() if floors and not counts else found

    def _parts(self, b: str, values: Values, level: int) -> dict[str, Part]:
        return {
            entry[1]: (
                self._coefficient(entry, values, level),
                self._template(entry, values, level),
                self._nominal[entry][1],
            )
            for entry in self._members[b]
        }

    def _kinds_of(self, b: str, ours: bool) -> Iterator[dict[str, float]]:
        """Statistical parameters of each bin: process → `GAUSS`, or the events of a Poisson
        parameter; "" is the sum of all processes.
        """
        rule = self._card.statistics_in(b)
        if not self._counts_simulation(b) or rule is None or rule.threshold < 0:
            return
        signals = self._card.signals
        parts = self._parts(b, self._initial(), 0)
        if ours:
            parts = {p: (self._each(b, p), self._known(b, p), e) for p, (_, _, e) in parts.items()}
        chosen = [p for p in parts if rule.with_signal or p not in signals]
        for j in range(self.data[b].size):
            here = {p: (c * events[j], c * errors[j]) for p, (c, events, errors) in parts.items()}
            members = chosen or (list(here) if ours else [])
            total = sum(here[p][0] for p in members)
            error = math.hypot(*(here[p][1] for p in members))
            together = error > 0 and _whole(total**2 / error**2, ours) > rule.threshold
            kinds = {"": GAUSS} if together and not ours else {}
            for p, (_, events, errors) in parts.items():
                v, e = float(events[j]), float(errors[j])
                if not error > 0 or not e > 0 or "" in kinds or (ours and not v > 0):
                    continue
                number = _whole((v / e) ** 2, ours)
                few = number < rule.threshold if ours else number <= rule.threshold
                alone = few and not together and v >= (e if ours else 0.999 * e)
                kinds[p] = ((v / e) ** 2 if ours else number) if alone else GAUSS
            yield kinds

    def _initial(self) -> dict[str, float]:
        values = dict.fromkeys([*self._strengths.values(), "r"], 1.0)
        for item in self._card.uncertainties:
            values[item.name] = {"gmN": item.events + 1, "gmM": 1.0}.get(item.kind, 0.0)
        return values | {n: it.initial for n, it in self._named.items() if it.initial is not None}

    def _each(self, b: str, p: str) -> float:
        """Scale factor from a histogram's events to a sample's."""
        sidebands = [item for item in self._card.uncertainties if item.kind == "gmN"]
        return math.prod(1 / max(it.events, 1.0) for it in sidebands if (b, p) in it.effects)

    def _known(self, b: str, p: str) -> Floats:
        """Events of a template to which the width of a statistical factor refers."""
        events = self._nominal[b, p][0]
        if self._exact:
            return np.asarray(np.maximum(events, FLOOR))
        return np.asarray(_fractions(events, FLOORS) * events.sum())

    def _gamma(self, b: str, p: str, j: int, values: Values) -> float:
        """Statistical factor of a process in a bin; 1 if it does not exist."""
        label = f"prop_bin{b}_{p}"
        return values.get(f"{label}[{j}]", 1.0) * values.get(f"{label}_poisson[{j}]", 1.0)

    def _pulls(self, b: str, p: str, j: int, values: Values) -> dict[str, float]:
        """Process → its statistical parameter in standard deviations."""
        members = [name for _, name in self._members[b]] if p == "" else [p]
        errors = {name: float(self._nominal[b, name][1][j]) for name in members}
        return {
            name: (self._gamma(b, name, j, values) - 1) * float(self._known(b, name)[j]) / error
            for name, error in errors.items()
            if error > 0
        }

    def _shared(self, b: str, j: int, values: Values) -> float:
        """Value of the parameter shared by all processes in a bin, in standard deviations."""
        scaled = {p: self._each(b, p) for _, p in self._members[b]}
        events = sum(scale * float(self._known(b, p)[j]) for p, scale in scaled.items())
        error = math.hypot(*(s * float(self._nominal[b, p][1][j]) for p, s in scaled.items()))
        return (values[f"prop_bin{b}[{j}]"] - 1) * events / error

    def expected(self, b: str, values: Values, level: int = 0) -> tuple[Floats, float]:
        """Expected events of a channel, shape (bins,), and -2 ln L of its statistical parameters.

        Args:
            b: Name of the channel.
            values: Value of each parameter, by its name in the workspace.
            level: Number of steps towards HistFactory.
        """
        parts, constraints = self._parts(b, values, level), 0.0
        total = np.sum([c * events for c, events, _ in parts.values()], axis=0)
        for j, kinds in enumerate(self._kinds[b, level >= STATISTICS]):
            for p, number in kinds.items():
                if number:
                    gamma = self._gamma(b, p, j, values)
                    total[j] += (gamma - 1) * parts[p][0] * parts[p][1][j]
                    constraints += poisson(number, gamma * number)
                elif p == "" and self._exact:
                    x = self._shared(b, j, values)
                    total[j] += x * math.hypot(*(c * e[j] for c, _, e in parts.values()))
                    constraints += x**2
                else:
                    # Normal parameters per process equal a single one if profiled at a fixed sum.
                    pulls = self._pulls(b, p, j, values)
                    constraints += sum(x**2 for x in pulls.values())
                    for name, x in pulls.items():
                        c, events, errors = parts[name]
                        moved = (self._gamma(b, name, j, values) - 1) * events[j]
                        total[j] += c * (moved if level >= STATISTICS else x * errors[j])
        if self._counts_simulation(b) and level < FLOORS:
            total = np.maximum(total, FLOOR)
        return total, constraints

    def minus_two_log_likelihood(self, values: Values, level: int = 0) -> float:
        """-2 ln L up to a constant.

        Args:
            values: Value of each parameter, by its name in the workspace.
            level: Number of steps towards HistFactory.
        """
        found = 0.0
        for b, observed in self.data.items():
            expected, constraints = self.expected(b, values, level)
            found += sum(map(poisson, observed.tolist(), expected.tolist())) + constraints
        normal = set()
        for item in self._card.uncertainties:
            if item.kind in ("gmN", "gmM") and item.effects:
                each = 1.0 if item.kind == "gmN" else item.events + 1
                found += poisson(item.events, each * values[item.name])
            elif item.kind not in ("gmN", "gmM"):
                normal.add(item.name)
        return found + sum(values.get(name, 0.0) ** 2 for name in normal)


def _asymmetric(value: float, low: float, high: float) -> float:
    """Factor of a log-normal uncertainty; symmetric if its two numbers are, up to rounding."""
    return high**value if abs(low * high - 1) < 1e-5 else _log_normal(low, high, value)


def _fractions(events: Floats, level: int) -> Floats:
    """Fractions of events in the bins, with negative bins set to 0 at level `FLOORS`."""
    kept = np.maximum(events, 0.0) if level >= FLOORS else events
    return np.asarray(kept / kept.sum())


def _whole(number: float, to_even: bool) -> int:
    return round(number) if to_even else math.floor(0.5 + number)
