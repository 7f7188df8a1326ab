"""HistFactory models of any number of parameters, for benchmarks of fits."""

from typing import Any

import numpy as np

# Effect of all systematics together, as if there were this many of full size.
SYSTEMATICS = 25


def random_model(parameters: int, seed: int = 1) -> dict[str, Any]:
    """A pyhf workspace: channels of falling samples and one signal; each sample has two thirds of
    the systematics, which are normalizations, shapes, or both; a staterror for each channel.

    Args:
        parameters: of the model.
        seed: of everything random in it.
    """
    random = np.random.default_rng(seed)
    channels, samples = (2, 3) if parameters < 100 else (4, 5)
    bins = max(8, parameters // 10) // channels
    kinds = random.integers(0, 3, parameters - 2 - bins * channels)
    size = min(1.0, (SYSTEMATICS / len(kinds)) ** 0.5)
    content = [
        {
            "name": f"channel{channel}",
            "samples": [
                _sample(random, channel, number, bins, kinds, size) for number in range(samples)
            ],
        }
        for channel in range(channels)
    ]
    observations = [
        {
            "name": channel["name"],
            "data": random.poisson(
                np.sum([s["data"] for s in channel["samples"]], axis=0)
            ).tolist(),
        }
        for channel in content
    ]
    measurement = {"name": "measurement", "config": {"poi": "mu", "parameters": []}}
    return {
        "channels": content,
        "observations": observations,
        "measurements": [measurement],
        "version": "1.0.0",
    }


def _sample(
    random: np.random.Generator,
    channel: int,
    number: int,
    bins: int,
    kinds: np.ndarray,
    size: float,
) -> dict[str, Any]:
    place = np.linspace(0, 1, bins)
    if number:
        nominal = random.uniform(50, 400) * np.exp(-2 * place * random.uniform(0.2, 1))
    else:
        nominal = 1 + 30 * np.exp(-0.5 * ((place - 0.6) / 0.15) ** 2)
    modifiers: list[dict[str, Any]] = []
    if number < 2:
        modifiers.append({"name": ("mu", "k")[number], "type": "normfactor", "data": None})
    for index, kind in enumerate(kinds):
        if random.uniform() < 0.35:
            continue
        if kind != 1:
            up = size * random.uniform(0.01, 0.06)
            data = {"hi": 1 + up, "lo": 1 - 0.9 * up}
            modifiers.append({"name": f"systematic{index}", "type": "normsys", "data": data})
        if kind != 0:
            tilt, noise = random.normal(0, 0.02), random.normal(0, 0.005, bins)
            shape = size * (tilt * (2 * place - 1) + noise)
            high, low = nominal * (1 + shape), nominal * (1 - 0.9 * shape)
            data = {"hi_data": high.tolist(), "lo_data": low.tolist()}
            modifiers.append({"name": f"systematic{index}", "type": "histosys", "data": data})
    statistical = (0.03 * nominal).tolist()
    modifiers.append({"name": f"stat{channel}", "type": "staterror", "data": statistical})
    return {"name": f"sample{number}", "data": nominal.tolist(), "modifiers": modifiers}
