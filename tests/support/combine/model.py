"""Points of a converted card, and its differences from Combine's arithmetic at them."""

import numpy as np


def named(likelihood, values):
    """Parameter → value."""
    names = [item.name for item in likelihood.parameters]
    return dict(zip(names, map(float, values), strict=True))


def random_point(likelihood, generator):
    """Parameters within about a standard deviation, away from their bounds.

    Args:
        likelihood: The model.
        generator: Of random numbers.
    """
    values = likelihood.inits.copy()
    for place, item in enumerate(likelihood.parameters):
        if item.fixed:
            continue
        if item.constraint == "none":
            values[place] = item.init * generator.uniform(0.6, 1.5)
        else:
            values[place] = item.nominal + item.width * generator.normal() * 0.9
        values[place] = np.clip(values[place], *item.bounds)
        if item.constraint == "poisson":
            values[place] = max(values[place], 0.05)
    return values


def largest_difference(likelihood, model, points):
    """Largest difference of -2 ln L between points, relative to 1 or to the change, whichever is
    larger.

    Args:
        likelihood: The converted card.
        model: Plain arithmetic of the card.
        points: Values of the parameters.
    """
    ours = [-2 * likelihood.logpdf(values) for values in points]
    theirs = [model.minus_two_log_likelihood(named(likelihood, values)) for values in points]
    changes = zip(np.diff(ours), np.diff(theirs), strict=True)
    return max(abs(a - b) / max(1.0, abs(b)) for a, b in changes)
