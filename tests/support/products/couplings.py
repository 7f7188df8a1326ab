"""Random models whose samples are scaled by expressions of couplings, some of them negative."""

from typing import Any

import numpy as np

EXPRESSIONS = (
    "c1",
    "c1**2",
    "c1 * c2",
    "mu * kappa**2",
    "1 - c2 / 3 + c2**2",
    "kappa**2 / (0.3 + 0.7 * mu)",
)


def coupled_model(seed: int) -> dict[str, Any]:
    """A workspace of two regions: a background, the standard model, and samples scaled by
    expressions, with systematics, factors of bins, and a plain normalization of a coupling.
    """
    rng = np.random.default_rng(seed)
    expressions = [str(item) for item in rng.choice(EXPRESSIONS, 4, replace=False)]
    expressions += ["c1"] if not any("c1" in item for item in expressions) else []
    channels = []
    for region, bins in (("one", 4), ("two", 3)):
        samples = [_sample(rng, "background", rng.uniform(40, 80, bins), [])]
        for number, text in enumerate(expressions):
            size = (
                rng.uniform(-4, 6, bins) if text in ("c1", "c1 * c2") else rng.uniform(1, 9, bins)
            )
            factor = {"name": f"factor_{number}", "type": "customfunc", "data": {"expr": text}}
            samples.append(_sample(rng, f"signal_{number}", size, [factor]))
        # A coupling that scales a sample by itself as well, and two expressions on one sample.
        samples[1]["modifiers"].append({"name": "c1", "type": "normfactor", "data": None})
        samples[2]["modifiers"].append(
            {"name": "twice", "type": "customfunc", "data": {"expr": "0.5 + c1 / 4"}}
        )
        errors = (0.1 * samples[0]["data"][0] * np.ones(bins)).tolist()
        samples[0]["modifiers"].append(
            {"name": f"staterror_{region}", "type": "staterror", "data": errors}
        )
        channels.append({"name": region, "samples": samples})
    names = sorted(
        {name for text in expressions for name in ("c1", "c2", "mu", "kappa") if name in text}
        | {"c1"}
    )
    parameters = [
        {"name": name, "inits": [0.8], "bounds": [[-3.0, 3.0] if name[0] == "c" else [0.1, 4.0]]}
        for name in names
    ]
    totals = [np.sum([s["data"] for s in item["samples"]], axis=0) for item in channels]
    return {
        "version": "1.0.0",
        "channels": channels,
        "observations": [
            {
                "name": item["name"],
                "data": rng.poisson(np.maximum(total, 1.0)).astype(float).tolist(),
            }
            for item, total in zip(channels, totals, strict=True)
        ],
        "measurements": [{"name": "m", "config": {"poi": "c1", "parameters": parameters}}],
    }


def _sample(rng: Any, name: str, data: Any, modifiers: list[Any]) -> dict[str, Any]:
    shift = 0.1 * np.abs(data) * rng.uniform(-1, 1, len(data))
    systematics = [
        {"name": "scale", "type": "normsys", "data": {"hi": 1.1, "lo": 0.92}},
        {
            "name": "shape",
            "type": "histosys",
            "data": {"hi_data": (data + shift).tolist(), "lo_data": (data - 0.7 * shift).tolist()},
        },
    ]
    return {"name": name, "data": data.tolist(), "modifiers": [*modifiers, *systematics]}
