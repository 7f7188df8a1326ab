"""The mass of two electrons in 1,083,815 generated events, asked as a func_adl query: cold, with
the answer kept, and offline; the same by `wollemi draw` and by func_adl_uproot.

    uv run --group test python benchmarks/query_dielectrons.py /tmp/dielectrons

prints seconds of CPU time, and whether the histograms of all three agree bin by bin.
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
import vector
from numpy.typing import NDArray

EVENTS = 1_083_815
CHUNK = 100_000
SEED = 1083815
ELECTRON_MASS = 0.000511  # GeV
Z_MASS, Z_WIDTH = 91.1876, 2.4952  # GeV
BINS = (120, 60.0, 120.0)
QUERY = """# The two electrons of an event.
EventDataset({where})
.Select(lambda e: Zip({{
    "pt": e.Electron_pt, "eta": e.Electron_eta, "phi": e.Electron_phi,
    "mass": e.Electron_mass, "charge": e.Electron_charge,
}}).ToFourMomentum())
.Select(lambda electrons: electrons.Where(lambda ele: ele.pt > 20 and abs(ele.eta) < 2.5))
.Where(lambda electrons: electrons.Count() == 2)
.Where(lambda electrons: electrons.First().charge != electrons.Last().charge)
.Select(lambda electrons: {{"mass": (electrons.First() + electrons.Last()).mass}})
"""
# No event has more than two electrons.
WHERE = (
    "count(Electron) == 2 and all(Electron.pt > 20 and abs(Electron.eta) < 2.5) "
    "and Electron[0].charge != Electron[1].charge"
)
MASS = "(Electron[0] + Electron[1]).mass"


def _electrons(rng: np.random.Generator, events: int) -> ak.Array:
    """Electrons from Z bosons, of which one in ten is not found (events, 0 to 2)."""
    mass = np.abs(Z_MASS + Z_WIDTH / 2 * rng.standard_cauchy(events)).clip(20, 500)
    pt, phi = rng.exponential(15, events), rng.uniform(-np.pi, np.pi, events)
    z = vector.array({"pt": pt, "phi": phi, "eta": rng.normal(0, 2, events), "mass": mass})
    cosine, angle = rng.uniform(-1, 1, events), rng.uniform(-np.pi, np.pi, events)
    sine, momentum = np.sqrt(1 - cosine**2), mass / 2
    x, y, along = sine * np.cos(angle), sine * np.sin(angle), cosine
    legs = [
        vector.array(
            {
                "px": sign * momentum * x,
                "py": sign * momentum * y,
                "pz": sign * momentum * along,
                "E": momentum,
            }
        ).boost_p4(z)
        for sign in (1, -1)
    ]
    columns = {
        name: np.stack([np.asarray(getattr(leg, name)) for leg in legs], axis=1).astype(np.float32)
        for name in ("pt", "eta", "phi")
    }
    columns["mass"] = np.full((events, 2), ELECTRON_MASS, np.float32)
    columns["charge"] = np.tile(np.array([-1, 1], np.int32), (events, 1))
    found = ak.from_regular(ak.Array(rng.uniform(size=(events, 2)) < 0.9))
    return ak.from_regular(ak.zip(columns))[found]


def make_events(path: Path, events: int) -> None:
    """Write the tree `Events`; equal numbers of events give equal events."""
    rng = np.random.default_rng(SEED)
    path.parent.mkdir(parents=True, exist_ok=True)
    with uproot.recreate(path) as file:
        for first in range(0, events, CHUNK):
            number = min(CHUNK, events - first)
            branches = {
                "Electron": _electrons(rng, number),
                "genWeight": ak.Array(np.ones(number, np.float32)),
            }
            if first == 0:
                file.mktree("Events", {name: item.type.content for name, item in branches.items()})
            file["Events"].extend(branches)


def histogram(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Entries of the bins (bins,)."""
    return np.histogram(values, bins=BINS[0], range=BINS[1:])[0]


def ask(source: Path, query: Path, answer: Path, *options: str) -> None:
    """Run the command."""
    command = [Path(sys.executable).parent / "wollemi", "query", source, query, answer, *options]
    subprocess.run(list(map(str, command)), check=True)


def drawn(source: Path) -> NDArray[np.int64]:
    """The histogram of `wollemi draw`, whose expressions are evaluated in another way."""
    from wollemi.check.quick_look import Look, read_entries
    from wollemi.inputs.schemas import Layout

    return histogram(read_entries([source], Layout(), Look(MASS, WHERE)).values)


def of_peer(source: Path) -> NDArray[np.int64]:
    """The histogram of func_adl_uproot, which computes with the float32 of the file."""
    import qastle
    from func_adl_uproot.executor import ast_executor

    text = QUERY.format(where=f"[{str(source)!r}], 'Events'")
    tree = qastle.insert_linq_nodes(ast.parse(f"(\n{text}\n)"))
    found = ast_executor(qastle.python_ast_to_text_ast(tree))
    return histogram(np.asarray(ak.flatten(found["mass"], axis=None), np.float64))


def timed(what: str, function: Callable[[], Any]) -> Any:
    """Call a function, and print the seconds of CPU time, those of processes included."""
    before = sum(os.times()[:4])
    found = function()
    print(f"{what:<28} {sum(os.times()[:4]) - before:6.1f} CPU s", flush=True)
    return found


def main() -> None:
    """Make the events, ask in all ways, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=EVENTS)
    options = parser.parse_args()
    folder = options.folder.absolute()
    source, query, answer = (folder / name for name in ("z.root", "mass.py", "mass.parquet"))
    os.environ["WOLLEMI_CACHE"] = str(folder / "cache")
    shutil.rmtree(folder / "cache", ignore_errors=True)
    timed("events made", lambda: make_events(source, options.events))
    query.write_text(QUERY.format(where='"Events"'))
    timed("query, cold", lambda: ask(source, query, answer))
    timed("query, kept", lambda: ask(source, query, answer))
    timed("query, offline", lambda: ask(source, query, answer, "--offline"))
    ours = histogram(ak.to_numpy(ak.from_parquet(answer)["mass"]))
    expected = timed("wollemi draw (in process)", lambda: drawn(source))
    peer = timed("func_adl_uproot (in process)", lambda: of_peer(source))
    print(f"{ours.sum():,} entries in {len(ours)} bins")
    for name, others in (("wollemi draw", expected), ("func_adl_uproot", peer)):
        print(f"bins that differ from {name}: {np.count_nonzero(ours != others)}")


if __name__ == "__main__":
    main()
