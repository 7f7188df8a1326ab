"""One timed call in a process of its own, for `event_loop.py`; as a program, one task on a whole
file, for `programs.py`.
"""

import importlib
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Timing:
    """CPU time of all threads in s, and the seconds of the clock at which the call began and
    ended.
    """

    cpu: float
    began: float
    ended: float

    @property
    def wall(self) -> float:
        """Seconds of the clock."""
        return self.ended - self.began

    @classmethod
    def together(cls, timings: list["Timing"]) -> "Timing":
        """Of calls that ran side by side."""
        return cls(
            sum(t.cpu for t in timings),
            min(t.began for t in timings),
            max(t.ended for t in timings),
        )


@dataclass(frozen=True)
class Result:
    """Histograms: name → sums of weights and of squared weights (2, bins)."""

    timing: Timing
    histograms: dict[str, Any]


def call(module: str, task: str, path: Path, start: int, stop: int) -> Result:
    """Import a module and let it do a task on a range of entries."""
    began, used = time.time(), _cpu()
    histograms = importlib.import_module(module).run(task, path, start, stop)
    return Result(Timing(_cpu() - used, began, time.time()), histograms)


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Do a task on a whole file, and keep the histograms."""
    import numpy as np
    import uproot

    module, task, path, target = sys.argv[1:]
    with uproot.open(path) as file:
        entries = int(file["Events"].num_entries)
    histograms = importlib.import_module(module).run(task, Path(path), 0, entries)
    np.savez(target, **histograms)


if __name__ == "__main__":
    main()
