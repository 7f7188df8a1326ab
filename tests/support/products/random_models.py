"""Random pyhf workspaces: any number of channels of any number of bins, with every modifier."""

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


def random_model(seed: int) -> dict[str, Any]:
    """Channels of one bin and of several, samples that are missing, empty bins, modifiers that one
    channel or several share.
    """
    random = np.random.default_rng(seed)
    names = [f"sample{number}" for number in range(random.integers(2, 5))]
    channels = [_channel(random, number, names) for number in range(random.integers(1, 4))]
    lumi = {"inits": [1.0], "bounds": [[0.5, 1.5]], "auxdata": [1.02], "sigmas": [0.03]}
    observations = [
        {
            "name": channel["name"],
            "data": random.poisson(
                1e-3 + np.sum([item["data"] for item in channel["samples"]], axis=0)
            ).tolist(),
        }
        for channel in channels
    ]
    return workspace(channels, observations, [{"name": "lumi", **lumi}])


def _channel(random: np.random.Generator, number: int, names: list[str]) -> dict[str, Any]:
    bins = int(random.choice([1, 2, 7]))
    stat = f"stat{number}"
    items = []
    for place, name in enumerate(names):
        if place > 1 and random.uniform() < 0.2:
            continue
        nominal = random.uniform(5, 100, bins)
        nominal[random.uniform(size=bins) < 0.1 * (place > 0)] = 0.0
        modifiers = [modifier("normfactor", "mu")] if place == 0 else []
        modifiers += _modifiers(random, nominal, f"{name}_{number}")
        if random.uniform() < 0.7:
            modifiers.append(staterror(stat, nominal))
        items.append(sample(name, nominal, *modifiers))
    return {"name": f"channel{number}", "samples": items}


def _modifiers(random: np.random.Generator, nominal: np.ndarray, here: str) -> list[dict[str, Any]]:
    """A random choice; those with `here` in their name are no other sample's."""
    bins = len(nominal)
    up, down = random.uniform(0.0, 0.2, bins), random.uniform(-0.2, 0.0, bins)
    choices = [
        [modifier("lumi", "lumi")],
        [normsys("norm", random.uniform(1.02, 1.2), random.uniform(0.8, 0.98))],
        [normsys("both", 1.05, 0.97), histosys("both", nominal, up, down)],
        [histosys("shape", nominal, down, up)],
        [normsys(f"norm_{here}", 1.1, 0.95)],
        [modifier("normfactor", "k")],
        [modifier("shapefactor", f"free_{here}")],
        [modifier("shapesys", f"fakes_{here}", (0.2 * nominal).tolist())],
    ]
    weights = [0.5, 0.6, 0.4, 0.5, 0.3, 0.3, 0.1, 0.2]
    chosen = [c for c, w in zip(choices, weights, strict=True) if random.uniform() < w]
    return [item for choice in chosen for item in choice]
