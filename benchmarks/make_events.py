"""Make seeded files of NanoAOD-like events: 64 branches, in the layout that ROOT gives NanoAOD, for
the benchmarks of reading.

    uv run --group benchmarks python benchmarks/make_events.py /tmp/events

writes `lz4.root`, `zstd.root`, `zlib.root` (TTrees) and `rntuple.root` (ZSTD) with the same 2
million events, or those of them that `--files` names. A few percent of the events have one lepton
and four jets, as in the top-quark selection of the Analysis Grand Challenge. Floats have 12 bits of
mantissa, as NanoAOD rounds them; a cluster holds 10 MB, as CMS sets it, and ROOT divides it into
baskets.
"""

import argparse
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
from numpy.typing import NDArray

EVENTS = 2_000_000
CHUNK = 100_000
MANTISSA_BITS = 12
CLUSTER_BYTES = 10_000_000  # compressed; NanoAODOutputModule of CMSSW: autoFlush = -10000000
PDF_MEMBERS = 50
SEED = 20150603
# Name → number of the algorithm in ROOT's settings, and level: those of ROOT's presets.
COMPRESSIONS = {"lz4": (4, 4), "zstd": (5, 5), "zlib": (1, 1)}
FILES = [*COMPRESSIONS, "rntuple"]

Floats = NDArray[np.float64]


def make_chunk(number: int, events: int) -> dict[str, Any]:
    """Branches of a chunk of events.

    Args:
        number: of the chunk; each has a seed of its own.
        events: how many.
    """
    rng = np.random.default_rng([SEED, number])
    hard = rng.random(events) < 0.35  # like top-quark pairs; the others like W bosons
    return {
        "Electron": _electrons(rng, rng.poisson(np.where(hard, 0.9, 0.5))),
        "Muon": _muons(rng, rng.poisson(np.where(hard, 1.0, 0.8))),
        "Jet": _jets(rng, rng.poisson(np.where(hard, 7.0, 3.5)), hard),
    } | _event(rng, number, events)


def _rounded(values: Floats) -> NDArray[np.float32]:
    """Floats with a short mantissa (n,), as NanoAOD has them."""
    bits = np.asarray(values, np.float32).view(np.uint32)
    dropped = 23 - MANTISSA_BITS
    return (
        (bits + np.uint32(1 << (dropped - 1))) & np.uint32(0xFFFFFFFF >> dropped << dropped)
    ).view(np.float32)


def _collection(counts: NDArray[np.int64], columns: dict[str, Any]) -> ak.Array:
    """Lists of objects, hardest first."""
    order = np.lexsort((-columns["pt"], np.repeat(np.arange(counts.size), counts)))
    stored = {
        name: (_rounded(values) if values.dtype == np.float64 else values)[order]
        for name, values in columns.items()
    }
    return ak.unflatten(ak.zip(stored), counts)


def _kinematics(
    rng: np.random.Generator, size: int, scale: float, threshold: float, eta: float
) -> dict[str, Any]:
    return {
        "pt": threshold + rng.gamma(1.2, scale, size),
        "eta": rng.normal(0, 1.4, size).clip(-eta, eta),
        "phi": rng.uniform(-np.pi, np.pi, size),
    }


def _leptons(rng: np.random.Generator, size: int, mass: float) -> dict[str, Any]:
    return _kinematics(rng, size, 22, 3, 2.5) | {
        "mass": np.full(size, mass),
        "charge": rng.choice(np.array([-1, 1], np.int32), size),
        "sip3d": rng.exponential(1.6, size),
        "dxy": rng.normal(0, 0.01, size),
        "dz": rng.normal(0, 0.02, size),
        "pfRelIso03_all": rng.exponential(0.12, size),
    }


def _electrons(rng: np.random.Generator, counts: NDArray[np.int64]) -> ak.Array:
    size = int(counts.sum())
    return _collection(
        counts,
        _leptons(rng, size, 0.000511)
        | {
            "cutBased": rng.choice(np.arange(5, dtype=np.int32), size, p=[0.2, 0.1, 0.1, 0.1, 0.5]),
            "r9": rng.normal(0.93, 0.05, size),
            "hoe": rng.exponential(0.02, size),
            "sieie": rng.normal(0.012, 0.004, size),
        },
    )


def _muons(rng: np.random.Generator, counts: NDArray[np.int64]) -> ak.Array:
    size = int(counts.sum())
    quality = rng.random(size)
    return _collection(
        counts,
        _leptons(rng, size, 0.10566)
        | {
            "tightId": quality < 0.8,
            "mediumId": quality < 0.9,
            "looseId": quality < 0.97,
            "pfRelIso04_all": rng.exponential(0.12, size),
            "nStations": rng.integers(0, 5, size, dtype=np.int32),
        },
    )


def _jets(rng: np.random.Generator, counts: NDArray[np.int64], hard: NDArray[np.bool_]) -> ak.Array:
    size = int(counts.sum())
    bottom = rng.random(size) < np.where(np.repeat(hard, counts), 0.3, 0.04)
    kinematics = _kinematics(rng, size, 32, 15, 4.7)
    return _collection(
        counts,
        kinematics
        | {
            "mass": kinematics["pt"] * rng.uniform(0.08, 0.2, size),
            "btagCSVV2": np.where(bottom, rng.beta(4, 1, size), rng.beta(1, 5, size)),
            "btagDeepB": np.where(bottom, rng.beta(4, 1.5, size), rng.beta(1, 6, size)),
            "hadronFlavour": np.where(bottom, np.int32(5), np.int32(0)),
            "jetId": rng.choice(np.array([0, 2, 6], np.int32), size, p=[0.03, 0.02, 0.95]),
            "puId": rng.choice(np.array([0, 4, 6, 7], np.int32), size, p=[0.1, 0.1, 0.1, 0.7]),
            "area": rng.normal(0.5, 0.02, size),
            "rawFactor": rng.normal(0.05, 0.05, size),
            "chHEF": rng.beta(5, 4, size),
            "neHEF": rng.beta(1, 8, size),
            "nConstituents": rng.poisson(18, size).astype(np.uint8),
            "nMuons": (rng.random(size) < 0.05).astype(np.int32),
        },
    )


def _event(rng: np.random.Generator, number: int, events: int) -> dict[str, Any]:
    """Quantities of the event (events,)."""
    first = number * CHUNK
    floats = {
        "MET_pt": rng.gamma(2, 18, events),
        "MET_phi": rng.uniform(-np.pi, np.pi, events),
        "MET_sumEt": rng.normal(1500, 300, events),
        "PV_z": rng.normal(0, 4, events),
        "PV_chi2": rng.exponential(1, events),
        "Pileup_nTrueInt": rng.normal(20, 5, events),
        "genWeight": np.where(rng.random(events) < 0.01, -1.0, 1.0) * 687.3,
        "LHEWeight_originalXWGTUP": rng.normal(687.3, 1, events),
        "fixedGridRhoFastjetAll": rng.gamma(10, 1.5, events),
    }
    triggers = {name: rng.random(events) < rate for name, rate in TRIGGER_RATES.items()}
    return (
        {
            "run": np.ones(events, np.uint32),
            "luminosityBlock": ((first + np.arange(events)) // 1000 + 1).astype(np.uint32),
            "event": (first + np.arange(events) + 1).astype(np.uint64),
            "PV_npvs": rng.poisson(18, events).astype(np.int32),
        }
        | {name: _rounded(values) for name, values in floats.items()}
        | triggers
        | {"LHEPdfWeight": ak.from_regular(_rounded(rng.normal(1, 0.02, (events, PDF_MEMBERS))))}
    )


TRIGGER_RATES = {
    "HLT_IsoMu24": 0.15,
    "HLT_Ele27_WPTight": 0.12,
    "HLT_PFHT800": 0.02,
    "HLT_PFMET120": 0.03,
}


def chunks(events: int) -> Iterator[dict[str, Any]]:
    """All events, a chunk at a time."""
    for number, first in enumerate(range(0, events, CHUNK)):
        yield make_chunk(number, min(CHUNK, events - first))


def write_plain(path: Path, events: int) -> None:
    """Write the tree `Events` without compression."""
    with uproot.recreate(path, compression=None) as file:
        for number, chunk in enumerate(chunks(events)):
            if number == 0:
                types = {
                    name: getattr(values, "dtype", None) or values.type.content
                    for name, values in chunk.items()
                }
                file.mktree(
                    "Events",
                    types,
                    counter_name=lambda name: f"n{name}",
                    field_name=lambda a, b: f"{a}_{b}" if a else b,
                )
            file["Events"].extend(chunk)


def rewrite(source: Path, target: Path, algorithm: int, level: int) -> None:
    """Let ROOT write the tree again: with its own baskets and clusters."""
    import ROOT

    plain = ROOT.TFile.Open(str(source))
    file = ROOT.TFile(str(target), "RECREATE", "", 100 * algorithm + level)
    tree = plain.Get("Events").CloneTree(0)
    for branch in tree.GetListOfBranches():
        branch.SetCompressionSettings(100 * algorithm + level)
        branch.SetBasketSize(32000)
    tree.SetAutoFlush(-CLUSTER_BYTES)
    tree.CopyEntries(plain.Get("Events"))
    file.Write()
    file.Close()
    plain.Close()


def write_rntuple(source: Path, target: Path) -> None:
    """Let ROOT write the events as an RNTuple, with its own pages and clusters, in ZSTD."""
    import ROOT

    importer = ROOT.Experimental.RNTupleImporter.Create(str(source), "Events", str(target))
    importer.SetIsQuiet(True)
    importer.Import()


def main() -> None:
    """Write the files that are not there yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--files", nargs="+", choices=FILES, default=FILES)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    plain = arguments.folder / "plain.root"
    made: dict[str, Callable[[Path], None]] = {
        "plain": lambda path: write_plain(path, arguments.events)
    }
    for name, settings in COMPRESSIONS.items():
        made[name] = partial(
            lambda path, settings: rewrite(plain, path, *settings), settings=settings
        )
    made["rntuple"] = partial(write_rntuple, plain)
    for name in ("plain", *arguments.files):
        target = arguments.folder / f"{name}.root"
        unfinished = target.with_name(f"{name}.part.root")
        if not target.exists():
            unfinished.unlink(missing_ok=True)
            made[name](unfinished)
            os.replace(unfinished, target)
            print(f"{target}: {target.stat().st_size / 1e6:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
