"""Events of the tiny analysis: resonances and a falling spectrum that decay to two muons, written
as NanoAOD-like ROOT files.
"""

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
from numpy.typing import NDArray

LUMINOSITY_IFB = 0.1
CROSS_SECTION_PB = {
    "dy_low": 12.0,
    "dy_high": 6.0,
    "dy_alternative": 18.0,
    "signal_200": 1.0,
    "signal_300": 0.5,
}
# Dataset → entries of each of its files.
ENTRIES = {
    "dy_low": [300, 200, 250, 50, 300, 1, 200],
    "dy_high": [1500],
    "dy_alternative": [2000],
    "signal_200": [600],
}
Floats = NDArray[np.float64]
ZLIB = uproot.ZLIB(1)


def masses(dataset: str, rng: np.random.Generator, events: int) -> Floats:
    """True dimuon masses (events,) in GeV."""
    peak = 91.2 + 4 * np.tan((rng.random(events) - 0.5) * 0.9 * np.pi)
    tail = 120 + rng.exponential(80, events)
    if dataset == "dy_alternative":
        return np.where(rng.random(events) < 0.65, peak, tail + 4)
    resonances = {
        "signal_200": rng.normal(200, 4, events),
        "signal_300": rng.normal(300, 6, events),
    }
    return {"dy_low": peak, "dy_high": tail, **resonances}[dataset]


def muons(mass: Floats, rng: np.random.Generator) -> ak.Array:
    """Muons (events, var), hardest first: one or both of the decay, sometimes a third, soft one."""
    events = mass.size
    cosine, azimuth, rapidity = (
        rng.uniform(-1, 1, events),
        rng.uniform(-np.pi, np.pi, events),
        rng.normal(0, 0.8, events),
    )
    pt = mass / 2 * np.sqrt(1 - cosine**2)
    sign = rng.choice([-1, 1], events)
    same = np.where(rng.random(events) < 0.03, 1, -1)
    columns = {
        "pt": np.stack([pt, pt, rng.exponential(8, events)], axis=1)
        * rng.normal(1, 0.03, (events, 3)).clip(0.8, 1.2),
        "eta": np.stack(
            [
                rapidity + np.arctanh(cosine),
                rapidity - np.arctanh(cosine),
                rng.normal(0, 1.5, events),
            ],
            axis=1,
        ),
        "phi": np.stack(
            [azimuth, azimuth - np.sign(azimuth) * np.pi, rng.uniform(-np.pi, np.pi, events)],
            axis=1,
        ),
        "mass": np.full((events, 3), 0.105),
        "charge": np.stack([sign, sign * same, rng.choice([-1, 1], events)], axis=1),
    }
    found = rng.random((events, 3)) < [0.97, 0.95, 0.1]
    types = {"charge": np.int32}
    records = ak.zip(
        {
            name: ak.Array(values.astype(types.get(name, np.float32)))
            for name, values in columns.items()
        }
    )
    present = ak.from_regular(records)[ak.from_regular(ak.Array(found))]
    return present[ak.argsort(present.pt, axis=1, ascending=False, stable=True)]


def make_events(
    dataset: str, rng: np.random.Generator, entries: int, simulated: bool = True
) -> dict[str, Any]:
    """Branches of a dataset's events; only simulated ones have a weight and the true pileup."""
    branches = {
        "run": np.full(entries, 1 if simulated else 2012, np.uint32),
        "luminosityBlock": np.arange(entries, dtype=np.uint32) // 100 + 1,
        "event": np.arange(entries, dtype=np.uint64) + 1,
        "Muon": muons(masses(dataset, rng, entries), rng),
        "MET_pt": rng.exponential(15, entries).astype(np.float32),
        "MET_phi": rng.uniform(-np.pi, np.pi, entries).astype(np.float32),
    }
    if simulated:
        sign = np.where(rng.random(entries) < 0.02, -1.0, 1.0)
        branches["genWeight"] = (sign * rng.normal(1, 0.1, entries)).astype(np.float32)
        branches["Pileup_nTrueInt"] = rng.normal(20, 5, entries).astype(np.float32)
    return branches


def join(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Events of several datasets one after the other, numbered anew."""
    joined = {name: ak.concatenate([part[name] for part in parts]) for name in parts[0]}
    return joined | {"event": np.arange(len(joined["event"]), dtype=np.uint64) + 1}


def write_root(
    path: Path, branches: dict[str, Any], tree: str = "Events", compression: Any = ZLIB
) -> None:
    """Write one ROOT file with one tree, in which each collection has one counter."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {name: ak.Array(values) for name, values in branches.items()}
    with uproot.recreate(path, compression=compression) as file:
        file.mktree(tree, {name: values.type.content for name, values in arrays.items()})
        file[tree].extend(arrays)


def write_histograms(path: Path, rng: np.random.Generator) -> None:
    """The signal that enters at the histogram stage: a TH1 of its mass in each region, as generated
    events.
    """
    peak = rng.normal(300, 6, 500)
    with uproot.recreate(path) as file:
        file["search/mass_search"] = np.histogram(peak, bins=10, range=(150, 400))
        file["peak/mass_peak"] = np.histogram(rng.normal(90, 2, 20), bins=10, range=(60, 120))


def write_inputs(folder: Path) -> None:
    """All production files of the tiny analysis: simulation and histograms in `input`, data in
    `mirror`.
    """
    for number, (dataset, files) in enumerate(ENTRIES.items()):
        for index, entries in enumerate(files):
            rng = np.random.default_rng([1, number, index])
            events = make_events(dataset, rng, entries)
            events["luminosityBlock"] += np.uint32(1000 * index)
            write_root(folder / f"input/{dataset}_{index}.root", events)
    rng = np.random.default_rng(2)
    expected = {
        name: CROSS_SECTION_PB[name] * LUMINOSITY_IFB * 1000 for name in ("dy_low", "dy_high")
    }
    data = [
        make_events(name, rng, int(rng.poisson(events)), simulated=False)
        for name, events in expected.items()
    ]
    write_root(folder / "mirror/data.root", join(data))
    write_histograms(folder / "input/signal_300.root", rng)


def copy_as_another(source: Path, target: Path, number: int = 1) -> None:
    """Copy a ROOT file with another UUID in its header: the same events in another file.

    Args:
        source: the file.
        target: its copy.
        number: another one for each copy.
    """
    content = bytearray(source.read_bytes())
    content[55:63] = number.to_bytes(8, "big")
    target.write_bytes(content)
