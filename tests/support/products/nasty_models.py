"""Random pyhf workspaces that are hard to fit: few events, empty bins, yields that turn negative,
large asymmetric systematics, nearly degenerate parameters and narrow bounds.
"""

from typing import Any

import numpy as np

from support.products.statistical_models import (
    histosys,
    modifier,
    normsys,
    sample,
    staterror,
    workspace,
)

# Expected events of a bin: most of them at the Poisson counts where no likelihood is a parabola.
SCALES = (0.3, 1.0, 3.0, 10.0, 50.0)
FEW = 4.0
POI_BOUNDS = ((0.0, 10.0), (-5.0, 10.0), (-1.0, 3.0), (0.0, 0.8), (-50.0, 50.0))


def nasty_model(seed: int) -> dict[str, Any]:
    """One or two channels of a signal and one to three backgrounds, with their counts.

    Args:
        seed: of the random numbers; equal seeds give equal models.
    """
    random = np.random.default_rng([seed, 30])
    count = int(random.integers(1, 4))
    channels = [_channel(random, number, count) for number in range(random.integers(1, 3))]
    injected = float(random.choice([0.0, 0.0, 1.0, 2.0]))
    observations = [
        {"name": channel["name"], "data": _counts(random, channel["samples"], injected)}
        for channel in channels
    ]
    lower, upper = POI_BOUNDS[int(random.integers(len(POI_BOUNDS)))]
    init = 0.5 * (max(lower, 0.0) + min(upper, 1.0))
    poi = {"name": "mu", "inits": [init], "bounds": [[lower, upper]]}
    return workspace(channels, observations, [poi])


def _counts(random: np.random.Generator, samples: list[dict], injected: float) -> list[int]:
    """Poisson counts of the nominal expectation; one bin in five of those with few is emptied."""
    signal, *others = (np.array(item["data"]) for item in samples)
    expected = np.maximum(injected * signal + np.sum(others, axis=0), 1e-3)
    counts = random.poisson(expected)
    counts[(random.uniform(size=counts.size) < 0.2) & (expected < FEW)] = 0
    return counts.tolist()


def _channel(random: np.random.Generator, number: int, count: int) -> dict[str, Any]:
    bins, scale = int(random.choice([1, 2, 3])), float(random.choice(SCALES))
    signal = scale * random.uniform(0.1, 2.0, bins)
    if random.uniform() < 0.2:  # interference: the signal takes events away from a bin
        signal[0] *= -0.5
    items = [
        sample("signal", signal, modifier("normfactor", "mu"), *_systematics(random, signal, "s"))
    ]
    for place in range(count):
        nominal = scale * random.uniform(0.2, 2.0, bins)
        if place > 0 and random.uniform() < 0.3:  # generators with negative weights
            nominal[int(random.integers(bins))] *= -0.2
        extra = _extra(random, nominal, place, number)
        items.append(
            sample(f"b{place}", nominal, *_systematics(random, nominal, f"b{place}"), *extra)
        )
    return {"name": f"channel{number}", "samples": items}


def _systematics(
    random: np.random.Generator, nominal: np.ndarray, name: str
) -> list[dict[str, Any]]:
    """Normalizations with both sides up, or far apart, and shapes that turn a bin negative."""
    found = []
    if random.uniform() < 0.6:
        high, low = random.uniform(0.6, 2.2), random.uniform(0.4, 1.6)
        found.append(normsys(f"norm_{random.choice(['one', 'two', name])}", high, low))
    if random.uniform() < 0.4:
        up, down = random.uniform(-0.7, 1.2, nominal.size), random.uniform(-0.9, 0.7, nominal.size)
        found.append(histosys(f"shape_{random.choice(['one', 'two'])}", nominal, up, down))
    return found


def _extra(
    random: np.random.Generator, nominal: np.ndarray, place: int, number: int
) -> list[dict[str, Any]]:
    found = []
    if random.uniform() < 0.2:
        found.append(modifier("normfactor", f"k{place}"))
    if place == 0 and random.uniform() < 0.15:
        found.append(modifier("shapefactor", f"free{number}"))
    kind = random.uniform()
    if kind < 0.25 and (nominal > 0).all():
        found.append(staterror(f"stat{number}", nominal, float(random.uniform(0.1, 0.6))))
    elif kind < 0.4 and (nominal > 0).all():
        widths = (random.uniform(0.2, 0.9) * nominal).tolist()
        found.append(modifier("shapesys", f"fakes{place}_{number}", widths))
    return found
