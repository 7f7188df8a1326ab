"""Compute -2 ln L of HistFactory models (CERN-OPEN-2012-016) and models with Combine's
interpolation (arXiv:2404.06614, sec. 2.3) in plain arithmetic, region by region and sample by
sample: a reference that shares no code with the fitted likelihood.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.expressions.factors import Factor, factor_value, parse_factor
from wollemi_likelihood.interpolation import COMBINE, Interpolation, workspace_interpolation
from wollemi_likelihood.parameters import EXPRESSION

Json = Mapping[str, Any]
Values = Mapping[str, float]


@dataclass(frozen=True)
class PlainSample:
    """One sample of one region.

    Args:
        nominal: Expected events, shape (bins,).
        shifts: Parameter and templates at -1σ and +1σ of each shape effect.
        factors: Parameter and factors at -1σ and +1σ of each normalization effect.
        scales: Parameters that multiply the sample, a single one or one per bin; "" is 1.
        formulas: Functions of parameters that multiply the sample.
        limits: Combine's floors, sum and regions of smooth steps (`Cropping`); empty if missing.
        errors: Parameters of the bins, with the statistical errors of the sample that they shift.
    """

    nominal: Floats
    shifts: list[tuple[str, Floats, Floats]] = field(default_factory=list)
    factors: list[tuple[str, float, float]] = field(default_factory=list)
    scales: list[list[str]] = field(default_factory=list)
    formulas: list[Factor] = field(default_factory=list)
    limits: dict[str, Any] = field(default_factory=dict)
    errors: list[tuple[list[str], Floats]] = field(default_factory=list)

    def expected(self, values: Values, codes: Interpolation) -> Floats:
        """Expected events, shape (bins,): shifts are added, then factors multiplied."""
        events = self.nominal.copy()
        for name, low, high in self.shifts:
            linear = codes.histosys == "code0"
            region = self.limits.get("regions", {}).get(name, 1.0)
            down, up = low - self.nominal, high - self.nominal
            events += shift(values[name], down, up, linear=linear, region=region)
        events = self.cropped(events)
        for name, lower, upper in self.factors:
            if codes.normsys == COMBINE:
                events *= log_normal(values[name], lower, upper)
            else:
                exponential = codes.normsys == "code1"
                events *= factor(values[name], lower, upper, exponential=exponential)
        for names in self.scales:
            events *= np.array([values[name] if name else 1.0 for name in names])
        for formula in self.formulas:
            events *= factor_value(formula, values)
        return events

    def cropped(self, events: Floats) -> Floats:
        """Apply Combine's floor, and keep the sum that Combine keeps."""
        if self.limits.get("floor") is not None:
            events = np.maximum(events, self.limits["floor"])
        if self.limits.get("total") is not None:
            events = events * (self.limits["total"] / events.sum())
        return events


@dataclass(frozen=True)
class PlainModel:
    """A model as defined by its source.

    Args:
        regions: Observed events, shape (bins,), and samples of each region.
        normal: Measured value and width of each parameter with a normal constraint.
        poisson: Number of auxiliary events of each parameter with a Poisson constraint.
        codes: Interpolation between the effects at ±1σ.
    """

    regions: list[tuple[Floats, list[PlainSample]]]
    normal: dict[str, tuple[float, float]]
    poisson: dict[str, float]
    codes: Interpolation = field(default_factory=Interpolation)

    def minus_two_log_likelihood(self, values: Values) -> float:
        """-2 ln L up to a constant.

        Args:
            values: Value of each parameter, by its name in the workspace.
        """
        total = 0.0
        for observed, samples in self.regions:
            expected = sum(sample.expected(values, self.codes) for sample in samples)
            if self.codes.normsys == COMBINE:
                expected = self._with_statistics(np.asarray(expected), samples, values)
            total += sum(map(poisson, observed.tolist(), np.asarray(expected).tolist()))
        total += sum(((values[name] - x) / s) ** 2 for name, (x, s) in self.normal.items())
        return total + sum(poisson(n, n * values[name]) for name, n in self.poisson.items())

    def _with_statistics(
        self, expected: Floats, samples: Sequence[PlainSample], values: Values
    ) -> Floats:
        """Shift the events of a region by its simulation errors, down to its floor; factors of
        samples scale their errors (src/CMSHistErrorPropagator.cc of Combine).
        """
        squares: dict[tuple[int, str], float] = {}
        for sample in samples:
            alone = PlainSample(np.ones(1), [], sample.factors, formulas=sample.formulas)
            alone.scales.extend(names for names in sample.scales if len(names) == 1)
            (scale,) = alone.expected(values, self.codes)
            for labels, errors in sample.errors:
                for place in np.flatnonzero(errors).tolist():
                    key = place, labels[place]
                    squares[key] = squares.get(key, 0.0) + (scale * errors[place]) ** 2
        for (place, label), square in squares.items():
            measured, width = self.normal[label]
            expected[place] += (values[label] - measured) / width * math.sqrt(square)
        floors = [sample.limits.get("bin_floor") for sample in samples]
        return np.maximum(expected, max((f for f in floors if f is not None), default=-math.inf))


def poisson(observed: float, expected: float) -> float:
    """-2 ln of a Poisson probability, relative to its value for `expected` = `observed`."""
    if observed == 0:
        return 2 * expected
    if not expected > 0:
        return math.inf
    excess = (expected - observed) / observed
    # Keeps the digits of 10¹¹ auxiliary events near 0.
    log = math.log1p(excess) if abs(excess) < 0.5 else math.log(expected / observed)
    return 2 * observed * (excess - log)


def factor(sigmas: float, low: float, high: float, *, exponential: bool = False) -> float:
    """Factor of a normalization effect: exponential, or within ±1σ a polynomial (codes 1 and 4)."""
    if abs(sigmas) < 1 and not exponential:
        return 1 + sum(c * sigmas**n for n, c in enumerate(_polynomial(low, high), 1))
    return float((high if sigmas > 0 else low) ** abs(sigmas))


def log_normal(sigmas: float, low: float, high: float) -> float:
    """Factor of a normalization effect in Combine: exponential, smooth within ±½σ."""
    above, below = math.log(high), -math.log(low)
    step = _step(2 * sigmas)
    return math.exp(sigmas * (above + below + step * (above - below)) / 2)


def _step(x: float) -> float:
    """Smooth step from -1 to 1 within ±1."""
    return math.copysign(1.0, x) if abs(x) >= 1 else (3 * x**5 - 10 * x**3 + 15 * x) / 8


def shift(
    sigmas: float, low: Floats, high: Floats, *, linear: bool = False, region: float = 1.0
) -> Floats:
    """Change of events by a shape effect: linear, or within ±1σ a polynomial (codes 0 and 4p).

    Args:
        sigmas: Value of the parameter.
        low: Change of events at -1σ, shape (bins,).
        high: Change of events at +1σ, shape (bins,).
        linear: Whether to use straight lines within ±1σ as well.
        region: Half-width of the polynomial region in sigmas.
    """
    even = abs(sigmas)
    if region != 1:
        even = sigmas * _step(sigmas / region)
    elif even < 1 and not linear:
        even = (3 * sigmas**6 - 10 * sigmas**4 + 15 * sigmas**2) / 8
    return (high - low) / 2 * sigmas + (high + low) / 2 * even


@cache
def _polynomial(low: float, high: float) -> list[float]:
    """Coefficients of x, x², …, x⁶ that continue low⁻ˣ and highˣ with two derivatives at ±1."""
    powers = np.arange(1, 7)
    rows, sides = [], []
    for x, base in ((1.0, high), (-1.0, low)):
        slope = x * math.log(base)
        rows += [x**powers, powers * x ** (powers - 1), powers * (powers - 1) * x ** (powers - 2)]
        sides += [base - 1, base * slope, base * slope**2]
    return [float(value) for value in np.linalg.solve(np.array(rows), np.array(sides))]


def plain_model(workspace: Json) -> PlainModel:
    """Build the model of a pyhf workspace with pyhf's rules for constraints.

    Args:
        workspace: Workspace of pyhf's schema 1.0.0; its first measurement is used.
    """
    measurement = workspace["measurements"][0]
    settings = {item["name"]: item for item in measurement["config"]["parameters"]}
    observed = {item["name"]: item["data"] for item in workspace["observations"]}
    channels = sorted(workspace["channels"], key=lambda item: str(item["name"]))
    widths: dict[str, list[float]] = {}
    for name in _names(channels, "staterror"):
        for channel in channels:
            widths.setdefault(name, []).extend(_statistical(channel["samples"], name))
    model = PlainModel([], {}, {}, workspace_interpolation(workspace))
    begun: dict[str, int] = {}
    for channel in channels:
        samples = [_sample(model, item, settings, begun) for item in channel["samples"]]
        model.regions.append((np.asarray(observed[channel["name"]], float), samples))
        for name in _names([channel], "staterror"):
            begun[name] = begun.get(name, 0) + len(samples[0].nominal)
    for name, found in widths.items():
        given = settings.get(name, {})
        aux, sigmas = given.get("auxdata", [1.0] * len(found)), given.get("sigmas", found)
        for place, pair in enumerate(zip(aux, sigmas, strict=True)):
            if found[place] > 0:
                model.normal[f"{name}[{place}]"] = pair
    return model


def _names(channels: Sequence[Json], kind: str) -> list[str]:
    found = {
        modifier["name"]
        for channel in channels
        for sample in channel["samples"]
        for modifier in sample["modifiers"]
        if modifier["type"] == kind
    }
    return sorted(found)


def _statistical(samples: Sequence[Json], name: str) -> list[float]:
    """Relative widths of a staterror in a region, one per bin; empty if missing there."""
    found = [
        (_limited(sample).cropped(np.asarray(sample["data"], float)), modifier["data"])
        for sample in samples
        for modifier in sample["modifiers"]
        if (modifier["name"], modifier["type"]) == (name, "staterror")
    ]
    totals = [sum(values) for values in zip(*(events for events, _ in found), strict=True)]
    errors = [math.hypot(*values) for values in zip(*(errors for _, errors in found), strict=True)]
    return [e / total if total > 0 else 0.0 for e, total in zip(errors, totals, strict=True)]


def _limited(sample: Json) -> PlainSample:
    """A sample with Combine's limits, if any, and without modifiers."""
    limits = [item["data"] for item in sample["modifiers"] if item["type"] == COMBINE]
    return PlainSample(np.asarray(sample["data"], float), limits=limits[0] if limits else {})


def _sample(
    model: PlainModel, sample: Json, settings: Mapping[str, Json], begun: Mapping[str, int]
) -> PlainSample:
    """Read a sample and add the constraints of its parameters to the model."""
    made = _limited(sample)
    for modifier in sample["modifiers"]:
        name, kind, data = modifier["name"], modifier["type"], modifier["data"]
        given = settings.get(name, {})
        if kind in ("normsys", "histosys", "lumi"):
            aux, width = given.get("auxdata", [0.0]), given.get("sigmas", [1.0])
            model.normal[name] = (aux[0], width[0])
        if kind == "normsys":
            made.factors.append((name, data["lo"], data["hi"]))
        elif kind == "histosys":
            low, high = (np.asarray(data[f"{side}_data"], float) for side in ("lo", "hi"))
            made.shifts.append((name, low, high))
        elif kind in ("normfactor", "lumi"):
            made.scales.append([name])
        elif kind == EXPRESSION:
            made.formulas.append(parse_factor(data["expr"]))
        elif kind != COMBINE:
            start = begun.get(name, 0) if kind == "staterror" else 0
            labels = [f"{name}[{start + place}]" for place in range(len(made.nominal))]
            if kind == "staterror" and made.limits:
                made.errors.append((labels, np.asarray(data, float)))
            else:
                made.scales.append(labels)
            if kind == "shapesys":
                _add_poisson(model, labels, made.nominal, data, given)
    return made


def _add_poisson(
    model: PlainModel, labels: Sequence[str], nominal: Floats, errors: Sequence[float], given: Json
) -> None:
    for place, (label, events, error) in enumerate(zip(labels, nominal, errors, strict=True)):
        if events > 0 and error > 0:
            model.poisson[label] = (events / error) ** 2
            if "auxdata" in given:
                model.poisson[label] = given["auxdata"][place]
