"""The likelihood of Combine for a datacard, line by line from its documentation (arXiv:2404.06614):
its own interpolations, and no HistFactory.
"""

import math

import numpy as np

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
