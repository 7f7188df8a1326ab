"""HistFactory's likelihood in plain numpy, and its lowest minimum from many starts.

Written from the formulae of CERN-OPEN-2012-016 and pyhf 0.7.6, without any code of the project: the
evaluation is a loop over samples, derivatives are differences, and starts are random.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import xlogy

# Of -2 ln L per event that a bin without events expects below 0: steeper than any likelihood here.
WALL = 1e3
# Such a deficit is rounding.
ROUNDING = 1e-9
STEP = 1e-6
# Random points, searches from the best of them, and searches on the likelihood itself.
DRAWN, SEARCHES, POLISHED = 2000, 16, 2
Slope = Callable[[np.ndarray], tuple[float, np.ndarray]]


class Found(NamedTuple):
    """A minimum: -2 ln L without the terms that depend on the data alone, and its parameters."""

    value: float
    values: np.ndarray


class PlainLikelihood:
    """-2 ln(L / L of the saturated model) of a workspace with its counts.

    Args:
        content: workspace.
        bounds: parameter → its bounds.
        fixed: parameter → value, if it is fixed.
    """

    def __init__(
        self,
        content: dict[str, Any],
        bounds: Mapping[str, tuple[float, float]],
        fixed: Mapping[str, float],
    ) -> None:
        self.content, self.names = content, list(bounds)
        self.place = {name: index for index, name in enumerate(self.names)}
        self.lower, self.upper = np.array([*bounds.values()]).T
        self.fixed = dict(fixed)
        counts = {item["name"]: item["data"] for item in content["observations"]}
        self.counts = [np.array(counts[c["name"]], float) for c in content["channels"]]
        self.normal: dict[str, tuple[float, float]] = {}
        self.poisson: dict[str, float] = {}
        for channel in content["channels"]:
            self._constrain(channel)

    def _constrain(self, channel: dict[str, Any]) -> None:
        stat: dict[str, list] = {}
        for item in channel["samples"]:
            nominal = np.array(item["data"])
            for modifier in item["modifiers"]:
                name, data = modifier["name"], modifier["data"]
                if modifier["type"] in ("normsys", "histosys"):
                    self.normal[name] = (0.0, 1.0)
                if modifier["type"] == "staterror":
                    stat.setdefault(name, []).append((nominal, np.array(data)))
                if modifier["type"] == "shapesys":
                    for b in range(nominal.size):
                        self.poisson[f"{name}[{b}]"] = (nominal[b] / data[b]) ** 2
        for name, parts in stat.items():
            total = np.sum([nominal for nominal, _ in parts], axis=0)
            width = np.sqrt(np.sum([data**2 for _, data in parts], axis=0)) / total
            self.normal.update({f"{name}[{b}]": (1.0, width[b]) for b in range(total.size)})

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Values at points of shape (points, parameters)."""
        total = np.zeros(len(points))
        for channel, counts in zip(self.content["channels"], self.counts, strict=True):
            rate = sum(self._expected(item, points) for item in channel["samples"])
            seen = np.maximum(rate, 1e-300)
            total += 2 * np.sum(
                np.where(counts > 0, rate - counts + xlogy(counts, counts / seen), rate), axis=1
            )
            total += np.sum(np.where(rate < 0, WALL * -rate + 1e6 * (counts > 0), 0.0), axis=1)
        for name, (center, width) in self.normal.items():
            total += ((points[:, self.place[name]] - center) / width) ** 2
        for name, events in self.poisson.items():
            mean = events * points[:, self.place[name]]
            total += 2 * (mean - events + events * np.log(events / np.maximum(mean, 1e-300)))
        return total

    def _expected(self, item: dict[str, Any], points: np.ndarray) -> np.ndarray:
        nominal = np.array(item["data"])
        shifted, factor = np.tile(nominal, (len(points), 1)), np.ones((len(points), nominal.size))
        for modifier in item["modifiers"]:
            name, data = modifier["name"], modifier["data"]
            if modifier["type"] == "normfactor":
                factor *= points[:, [self.place[name]]]
            elif modifier["type"] == "normsys":
                factor *= _code4(points[:, [self.place[name]]], data["hi"], data["lo"])
            elif modifier["type"] == "histosys":
                up, down = np.array(data["hi_data"]), np.array(data["lo_data"])
                alpha = points[:, [self.place[name]]]
                shifted += _code4p(alpha, up - nominal, nominal - down)
            else:  # a factor for each bin
                places = [self.place[f"{name}[{b}]"] for b in range(nominal.size)]
                factor *= points[:, places]
        return shifted * factor

    def lowest(
        self,
        held: Mapping[str, float],
        seed: int,
        slope: Slope | None = None,
        starts: Sequence[np.ndarray] = (),
    ) -> Found:
        """The lowest minimum of searches from the best of many random points, and from others.

        Args:
            held: parameter → value.
            seed: of the random numbers.
            slope: value and gradient of a smooth function near this one, for the first searches:
                derivatives by differences take a hundred times as long.
            starts: further starts, shape (parameters,) of each.
        """
        held = {**self.fixed, **held}
        free = np.array([name not in held for name in self.names])
        base = np.array([held.get(name, 0.0) for name in self.names])
        drawn = np.where(free, self._drawn(np.random.default_rng([seed, 31])), base)
        order = np.argsort(self(drawn), kind="stable")
        chosen = [*(np.where(free, start, base) for start in starts)]
        chosen += _apart(drawn[order], SEARCHES)
        if slope is not None:
            ends = np.array([self._descend(start, free, slope) for start in chosen])
            chosen = _apart(ends[np.argsort(self(ends), kind="stable")], POLISHED)
        ends = np.array([self._descend(start, free, self._slope(free)) for start in chosen])
        values = self(ends)
        return Found(float(values.min()), ends[int(values.argmin())])

    def _drawn(self, random: np.random.Generator) -> np.ndarray:
        columns = []
        for name, lower, upper in zip(self.names, self.lower, self.upper, strict=True):
            if name in self.normal:
                center, width = self.normal[name]
                column = random.normal(center, 1.5 * width, DRAWN)
            elif name in self.poisson:
                column = random.gamma(2.0, 0.5, DRAWN)
            else:
                near = random.uniform(max(lower, -2.0), min(upper, 3.0), DRAWN)
                column = np.where(random.uniform(size=DRAWN) < 0.6, near, 0.0)
                column += (column == 0.0) * random.uniform(lower, upper, DRAWN)
            columns.append(np.clip(column, lower, upper))
        return np.stack(columns, axis=1)

    def _slope(self, free: np.ndarray) -> Slope:
        places = np.flatnonzero(free)

        def slope(values: np.ndarray) -> tuple[float, np.ndarray]:
            size = STEP * np.maximum(1.0, np.abs(values[places]))
            rows = np.tile(values, (2 * places.size + 1, 1))
            above, below = np.arange(1, 2 * places.size, 2), np.arange(2, 2 * places.size + 1, 2)
            rows[above, places] += size
            rows[below, places] -= size
            found, gradient = self(rows), np.zeros(values.size)
            gradient[places] = (found[above] - found[below]) / (2 * size)
            return float(found[0]), gradient

        return slope

    def _descend(self, start: np.ndarray, free: np.ndarray, slope: Slope) -> np.ndarray:
        values, places = start.copy(), np.flatnonzero(free)
        if places.size == 0:
            return values
        lower, upper = self.lower[places], self.upper[places]

        def inside(moved: np.ndarray) -> tuple[float, np.ndarray]:
            values[places] = moved
            value, gradient = slope(values)
            return value, gradient[places]

        found = minimize(
            inside,
            np.clip(start[places], lower, upper),
            jac=True,
            method="L-BFGS-B",
            bounds=list(zip(lower, upper, strict=True)),
            options={"maxiter": 200, "ftol": 1e-13, "gtol": 1e-9},
        )
        values[places] = found.x
        return values


def _apart(points: np.ndarray, number: int) -> list[np.ndarray]:
    """The first points of a list that are not next to each other."""
    chosen: list[np.ndarray] = []
    for point in points:
        if all(np.abs(point - other).max() > 0.7 for other in chosen):
            chosen.append(point)
        if len(chosen) == number:
            break
    return chosen


def _code4(alpha: np.ndarray, high: float, low: float) -> np.ndarray:
    """A polynomial of degree 6 with the value and two derivatives of the exponentials at ±1."""
    logs = np.log([high, low])
    rows, right = [], []
    for at, base, log, sign in ((1.0, high, logs[0], 1.0), (-1.0, low, logs[1], -1.0)):
        powers = np.arange(1, 7)
        rows += [
            at**powers,
            powers * at ** (powers - 1),
            powers * (powers - 1) * at ** np.maximum(powers - 2, 0),
        ]
        right += [base - 1.0, sign * base * log, base * log**2]
    coefficients = np.linalg.solve(np.array(rows), np.array(right))
    inside = 1.0 + sum(c * alpha ** (k + 1) for k, c in enumerate(coefficients))
    outside = np.where(alpha > 0, high, low) ** np.abs(alpha)
    return np.where(np.abs(alpha) < 1, inside, outside)


def _code4p(alpha: np.ndarray, up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """A polynomial inside ±1, straight lines outside."""
    even = alpha * alpha * (3 * alpha**4 - 10 * alpha**2 + 15) / 16
    inside = 0.5 * (up + down) * alpha + (up - down) * even
    return np.where(np.abs(alpha) <= 1, inside, alpha * np.where(alpha > 0, up, down))
