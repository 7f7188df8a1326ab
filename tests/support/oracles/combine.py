"""The likelihood of Combine for a datacard, line by line from its documentation (arXiv:2404.06614):
its own interpolations, and no HistFactory.
"""

import math

import numpy as np
from scipy.optimize import brentq, minimize

SHIFTED = ("shape", "shape?")


def log_normal(low: float, high: float, value: float) -> float:
    """Asymmetric: high**value above 1/2, low**-value below -1/2, a polynomial of the logarithms
    between them.
    """
    above, below = math.log(high), math.log(low)
    if value >= 0.5:
        return math.exp(value * above)
    if value <= -0.5:
        return math.exp(-value * below)
    x = 2 * value
    weight = (3 * x**5 - 10 * x**3 + 15 * x) / 8
    return math.exp(value * ((above - below) + weight * (above + below)) / 2)


def morphed(nominal, low, high, value):
    """Fractions of events."""
    up, down = high - nominal, low - nominal
    if abs(value) > 1:
        return nominal + abs(value) * (up if value > 0 else down)
    even = (3 * value**6 - 10 * value**4 + 15 * value**2) / 8
    return nominal + 0.5 * ((up - down) * value + (up + down) * even)


def expected_of_process(card, templates, entry, values, strengths):
    """Events and their statistical errors of one process in the bins of a channel."""
    template = templates.processes[entry]
    total = template.events.sum()
    fractions, factor = template.events / total, 1.0
    moved = fractions.copy()
    if entry[1] in card.signals:
        factor *= values[strengths.get(entry[1], "r")]
    for item in card.uncertainties:
        if entry not in item.effects:
            continue
        text, value = item.effects[entry], values[item.name]
        if item.kind == "gmN":
            factor *= float(text) * value / total
        elif item.name in template.shifts:
            low, high = template.shifts[item.name]
            scaled = float(text) * value
            moved = (
                moved + morphed(fractions, low / low.sum(), high / high.sum(), scaled) - fractions
            )
            factor *= log_normal(low.sum() / total, high.sum() / total, scaled)
        elif "/" in text:
            factor *= log_normal(*map(float, text.split("/")), value)
        else:
            factor *= float(text) ** value
    for item in card.rate_parameters:
        if item.scales(entry):
            factor *= math.prod(values[name] for name in (item.factors or [item.name]))
    return factor * total * moved, factor * template.errors


def expected_events(card, templates, values, strengths):
    """Channel → events and errors in its bins, without parameters for the statistics."""
    found = {}
    for channel in card.observed:
        parts = [
            expected_of_process(card, templates, entry, values, strengths)
            for entry in templates.processes
            if entry[0] == channel
        ]
        events = np.sum([events for events, _ in parts], axis=0)
        found[channel] = events, np.sqrt(np.sum([errors**2 for _, errors in parts], axis=0))
    return found


def shared_statistics(observed, events, error):
    """Smallest -2 ln L, up to a constant, of a count n whose expectation is events + ν error with a
    normal ν: Combine's one parameter a bin, minimized in closed form.
    """
    # d/dν of ν²/2 + (events + ν error) - n ln(events + ν error) is 0.
    linear = events / error + error
    root = (linear**2 + 4 * (observed - events)) ** 0.5
    value = (root - linear) / 2
    mean = events + value * error
    return 2 * (mean - observed * math.log(mean)) + value**2


class CardLikelihood:
    """-2 ln L of a card without sidebands whose bins all have Combine's one parameter for their
    statistics, which is taken out in closed form: as `expected_events` and `shared_statistics`, but
    for all uncertainties of a process at once.

    Args:
        card: the card.
        templates: its histograms.
        start: parameter → value near the minimum, the first one the strength.
        covariance: of these parameters, in their order; only the speed depends on it.
    """

    STEP = 1e-3  # of the error of a parameter, for derivatives

    def __init__(self, card, templates, start, covariance):
        self.start, self.covariance = np.array(list(start.values())), covariance
        self.observed = templates.observed
        self.place = {name: index for index, name in enumerate(start)}
        self.normal = [
            self.place[item.name] for item in card.uncertainties if item.name in self.place
        ]
        self.processes = {
            entry: self._process(card, templates, entry) for entry in templates.processes
        }

    def _process(self, card, templates, entry):
        """Places of the parameters, logarithms of yields at ±1σ, and changes of the fractions."""
        template = templates.processes[entry]
        total, still = template.events.sum(), np.zeros_like(template.events)
        places, scales, yields, changes = [], [], [], []
        for item in card.uncertainties:
            if entry not in item.effects:
                continue
            text = item.effects[entry]
            sides = template.shifts.get(item.name)
            if item.name not in self.place:  # none of the converted model, as it changes nothing
                assert all(np.allclose(side, template.events, rtol=1e-9) for side in sides)
                continue
            places.append(self.place[item.name])
            if sides is not None:
                scales.append(float(text))
                yields.append([math.log(side.sum() / total) for side in sides])
                changes.append([side / side.sum() - template.events / total for side in sides])
            else:
                low, high = text.split("/") if "/" in text else (1 / float(text), text)
                scales.append(1.0)
                yields.append([math.log(float(low)), math.log(float(high))])
                changes.append([still, still])
        factors = [self.place["r"]] if entry[1] in card.signals else []
        for item in card.rate_parameters:
            if item.scales(entry):
                factors += [self.place[name] for name in (item.factors or [item.name])]
        arrays = (np.array(places, int), np.array(scales), np.array(yields).reshape(-1, 2).T)
        return template, factors, *arrays, np.array(changes).reshape(-1, 2, still.size)

    def _expected(self, entry, values):
        """Events of a process and their statistical errors."""
        template, factors, places, scales, (below, above), changes = self.processes[entry]
        x = scales * values[places]
        inner = 2 * x
        weight = (3 * inner**5 - 10 * inner**3 + 15 * inner) / 8
        middle = x * ((above - below) + weight * (above + below)) / 2
        logarithm = np.where(x >= 0.5, x * above, np.where(x <= -0.5, -x * below, middle))
        even = np.where(np.abs(x) > 1, np.abs(x), (3 * x**6 - 10 * x**4 + 15 * x**2) / 8)
        down, up = changes[:, 0], changes[:, 1]
        moved = 0.5 * (x @ (up - down) + even @ (up + down))
        factor = math.exp(logarithm.sum()) * math.prod(values[factors])
        total = template.events.sum()
        return factor * (template.events + total * moved), factor * template.errors

    def expected(self, values):
        """Channel → events and errors in its bins."""
        found = {}
        for channel in self.observed:
            parts = [self._expected(one, values) for one in self.processes if one[0] == channel]
            events, errors = (np.array(item) for item in zip(*parts, strict=True))
            found[channel] = events.sum(axis=0), np.sqrt((errors**2).sum(axis=0))
        return found

    def __call__(self, values):
        found = (values[self.normal] ** 2).sum()
        for channel, (events, error) in self.expected(values).items():
            observed = self.observed[channel]
            linear = events / error + error
            shift = ((linear**2 + 4 * (observed - events)) ** 0.5 - linear) / 2
            # Without data the root may be beyond that of no expectation, where Combine stops.
            shift = np.where(observed == 0, np.maximum(-error, -events / error), shift)
            mean = events + shift * error
            counted = observed > 0
            logarithms = observed[counted] * np.log(mean[counted])
            found += (2 * mean + shift**2).sum() - 2 * logarithms.sum()
        return found

    def lowest(self, held=None):
        """Values at the minimum and its -2 ln L; the strength may be held."""
        start, covariance = self.start, self.covariance
        if held is not None:
            column = covariance[0]
            start = start + column * (held - start[0]) / column[0]
            covariance = (covariance - np.outer(column, column) / column[0])[1:, 1:]
        # In these coordinates -2 ln L is nearly |z|².
        root = np.linalg.cholesky(covariance)
        first = len(start) - len(root)

        def values(z):
            found = start.copy()
            found[first:] += root @ z
            return found

        def gradient(z):
            steps = np.eye(len(z)) * self.STEP
            rises = [self(values(z + one)) - self(values(z - one)) for one in steps]
            return np.array(rises) / (2 * self.STEP)

        found = minimize(
            lambda z: self(values(z)), np.zeros(len(root)), jac=gradient, options={"gtol": 3e-3}
        )
        return values(found.x), found.fun

    def measured(self):
        """Estimate of the strength, and its errors downward and upward by the profile."""
        best, lowest = self.lowest()
        error = self.covariance[0, 0] ** 0.5

        def rise(distance):
            return self.lowest(best[0] + distance * error)[1] - lowest - 1

        ends = [error * brentq(rise, *ends, xtol=1e-3) for ends in ((-1.5, -0.5), (0.5, 1.5))]
        return (best[0], *ends)
