"""Drawing a million events from a file, a web server and an XRootD server, all on this machine.

    uv run --group test python benchmarks/remote_draw.py

Needs root and apt-get: the servers are those of the recipes beside the project, as in
`tests/programs/test_draw_remote.py`. Wall time, and CPU time of the command without the servers,
from the interpreter to the end; medians, in turn.
"""

import argparse
import statistics
import sys
from pathlib import Path

from ten_tasks import ROOT, Cost, timed

sys.path.insert(0, str(ROOT / "tests"))

from support.events.many import write_pairs
from support.services.recipes import service_folder, storage

XROOTD = "xrootd==6.2.1"


def draw(source: str, folder: Path) -> Cost:
    """Draw the mass of two muons.

    Raises:
        SystemExit: it failed.
    """
    command = ["uv", "run", "--quiet", "--no-sync", "--project", str(ROOT), "--with", XROOTD]
    command += ["wollemi", "draw", source, "m(mu, mu)", "--bins", "40", "80", "100"]
    log = folder / "log"
    cost, code = timed(command, folder, log)
    if code != 0:
        sys.exit(log.read_text(encoding="utf-8"))
    return cost


def main() -> None:
    """Draw from all three in turn."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--repetitions", type=int, default=3)
    arguments = parser.parse_args()
    with service_folder() as folder:
        path = folder / "pairs.root"
        write_pairs(path, arguments.events)
        print(f"{arguments.events:,} events, {path.stat().st_size / 1e6:.0f} MB", flush=True)
        with storage(folder) as (root, http):
            sources = {"file": f"{folder}/", "http": http, "root": root}
            costs: dict[str, list[Cost]] = {name: [] for name in sources}
            for _ in range(arguments.repetitions):
                for name, place in sources.items():
                    costs[name].append(draw(f"{place}pairs.root", folder))
                    print(name, costs[name][-1], flush=True)
    print("| from | wall s | CPU s |\n| --- | --- | --- |")
    for name, found in costs.items():
        wall = statistics.median(cost.wall for cost in found)
        cpu = statistics.median(cost.cpu for cost in found)
        print(f"| {name} | {wall:.1f} | {cpu:.1f} |")


if __name__ == "__main__":
    main()
