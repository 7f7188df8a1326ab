"""NanoAOD-like events: muons, electrons, jets with b-tags and missing momentum, jagged and
float32.
"""

from typing import Any

import awkward as ak
import numpy as np

from support.tiny.events import masses, muons


def _sorted(objects: ak.Array) -> ak.Array:
    return objects[ak.argsort(objects.pt, axis=1, ascending=False, stable=True)]


def _lists(counts: np.ndarray, columns: dict[str, np.ndarray]) -> ak.Array:
    """Records (events, var), hardest first; floats are stored as float32."""
    single = {
        name: values.astype(np.float32 if values.dtype == np.float64 else np.int32)
        for name, values in columns.items()
    }
    return _sorted(ak.unflatten(ak.zip(single), counts))


def leptons(rng: np.random.Generator, events: int, pairs: float, mass: float) -> ak.Array:
    """Prompt and soft leptons of one flavor, in a share of the events the two of a Z decay with
    them.
    """
    counts = rng.choice(5, events, p=[0.3, 0.42, 0.18, 0.07, 0.03])
    number = int(counts.sum())
    columns = {
        "pt": 3 + rng.exponential(18, number),
        "eta": rng.uniform(-2.5, 2.5, number),
        "phi": rng.uniform(-np.pi, np.pi, number),
        "mass": np.full(number, mass),
        "charge": rng.choice([-1, 1], number),
    }
    decays = muons(masses("dy_low", rng, events), rng)
    decays = ak.with_field(decays, ak.full_like(decays.mass, mass), "mass")
    chosen = ak.broadcast_arrays(ak.Array(rng.random(events) < pairs), decays.pt)[0]
    return _sorted(ak.concatenate([_lists(counts, columns), decays[chosen]], axis=1))


def jets(rng: np.random.Generator, near: ak.Array) -> ak.Array:
    """Jets of a falling spectrum, and one in the direction of most leptons, which the jet finder
    takes for jets, too.
    """
    counts = rng.poisson(3.5, len(near))
    number = int(counts.sum())
    columns = {
        "pt": 15 + rng.exponential(25, number),
        "eta": rng.normal(0, 1.8, number),
        "phi": rng.uniform(-np.pi, np.pi, number),
        "mass": rng.gamma(4, 2, number),
        "btag": np.where(rng.random(number) < 0.2, rng.beta(6, 2, number), rng.beta(1, 6, number)),
    }
    found = near[ak.unflatten(rng.random(int(ak.sum(ak.num(near)))) < 0.6, ak.num(near))]
    size = int(ak.sum(ak.num(found)))
    shift = rng.normal(0, 0.15, (2, size))
    copies = {
        "pt": ak.to_numpy(ak.flatten(found.pt)) * rng.uniform(1, 1.5, size) + 10,
        "eta": ak.to_numpy(ak.flatten(found.eta)) + shift[0],
        "phi": np.remainder(ak.to_numpy(ak.flatten(found.phi)) + shift[1] + np.pi, 2 * np.pi)
        - np.pi,
        "mass": rng.gamma(2, 1, size),
        "btag": rng.beta(1, 9, size),
    }
    return _sorted(
        ak.concatenate(
            [_lists(counts, columns), _lists(ak.to_numpy(ak.num(found)), copies)], axis=1
        )
    )


def nano_events(seed: int, events: int) -> dict[str, Any]:
    """Branches as `support.tiny.events.write_root` takes them.

    Args:
        seed: of the random numbers.
        events: how many.
    """
    rng = np.random.default_rng(seed)
    muon, electron = leptons(rng, events, 0.25, 0.10566), leptons(rng, events, 0.2, 0.000511)
    return {
        "run": np.full(events, 194_533, np.uint32),
        "luminosityBlock": np.arange(events, dtype=np.uint32) // 100 + 1,
        "event": np.arange(events, dtype=np.uint64) + 1,
        "Muon": muon,
        "Electron": electron,
        "Jet": jets(rng, ak.concatenate([muon, electron], axis=1)),
        "MET_pt": rng.gamma(2, 14, events).astype(np.float32),
        "MET_phi": rng.uniform(-np.pi, np.pi, events).astype(np.float32),
        "genWeight": rng.normal(1, 0.1, events).astype(np.float32),
    }


def plain_events(branches: dict[str, Any]) -> list[dict[str, Any]]:
    """The same events as plain Python values, for loops over them."""
    columns = {name: ak.Array(values).tolist() for name, values in branches.items()}
    return [dict(zip(columns, event, strict=True)) for event in zip(*columns.values(), strict=True)]


def as_batch(branches: dict[str, Any]) -> ak.Array:
    """The same events as a record array with a field a branch, as it is read from a file."""
    columns: dict[str, Any] = {}
    for name, values in branches.items():
        fields = ak.fields(values)
        columns |= (
            {f"{name}_{field}": values[field] for field in fields} if fields else {name: values}
        )
    return ak.Array(columns)
