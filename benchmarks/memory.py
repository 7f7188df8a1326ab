"""Peak memory of the event loop for files of 2, 8 and 32 million events: it must not grow with the
file.

    uv run --group benchmarks python benchmarks/memory.py /tmp/events --file zstd

T2 of `event_loop.py`, each file in a process of its own. ROOT puts the larger files together from
copies of the one that `make_events.py` has written, cluster by cluster; they are removed
afterwards.
"""

import argparse
import multiprocessing
import resource
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path


def repeat(source: Path, target: Path, times: int) -> None:
    """Write a file with the events of another one so many times."""
    import ROOT

    # another one would mean to compress again
    compression = ROOT.TFile.Open(str(source)).GetCompressionSettings()
    merger = ROOT.TFileMerger(False)
    merger.SetFastMethod(True)
    merger.OutputFile(str(target), "RECREATE", compression)
    for _ in range(times):
        merger.AddFile(str(source), False)
    if not merger.Merge():
        raise RuntimeError(f"ROOT could not write {target}")


def peak(task: str, path: Path) -> tuple[int, float]:
    """Events of a file, and the peak memory in MB of this process after a task on them."""
    import uproot
    from loop_wollemi import run

    with uproot.open(path) as file:
        entries = int(file["Events"].num_entries)
    run(task, path, 0, entries)
    return entries, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="what make_events.py has written")
    parser.add_argument("--file", default="zstd")
    parser.add_argument("--task", default="t2")
    parser.add_argument("--times", type=int, nargs="+", default=[1, 4, 16])
    arguments = parser.parse_args()
    source = arguments.folder / f"{arguments.file}.root"
    for times in arguments.times:
        path = source if times == 1 else arguments.folder / f"{arguments.file}_{times}.root"
        for work, values in ((repeat, (source, path, times)), (peak, (arguments.task, path))):
            if path == source and work is repeat:
                continue
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
                result = pool.submit(work, *values).result()
        if path != source:
            path.unlink()
        print(f"{times}x: {result[0]:,} events, peak memory {result[1]:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
