"""Costs of each job of a run: time, memory, bytes. Standard library only, for the Snakefile.

The last line of each log contains them; records do not, because they contain no times.
"""

from __future__ import annotations

import contextlib
import csv
import html
import io
import os
import re
import resource
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from wollemi.base.whole_files import write_whole

UTC = timezone.utc  # noqa: UP017 - `datetime.UTC` is not in Python 3.8, where REANA parses
_LINE = re.compile(
    r"^DEBUG (?P<wall>[\d.]+) s wall, (?P<cpu>[\d.]+) s CPU, (?P<memory>\d+) MB peak memory"
    r"(?:, (?P<read>[\d.]+) MB read, (?P<written>[\d.]+) MB written)?"
    r"(?:, (?P<events>\d+) events)?(?:, (?P<each>[\d.]+) µs CPU each)?, started (?P<started>\S+)$",
    re.MULTILINE,
)
_COLUMNS = (
    "job",
    "started",
    "wall_s",
    "cpu_s",
    "memory_mb",
    "read_mb",
    "written_mb",
    "events",
    "events_per_s",
)
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


class Cost(NamedTuple):
    """Costs of one job.

    Args:
        job: Name of its log: rule, with dataset and part if the job has them.
        started: Start of its process, seconds since 1970.
        wall: Wall time until its last log line, seconds.
        cpu: CPU time of all its threads and children, seconds.
        memory: Peak memory, MB.
        read: Data read, MB, including files in the system's cache; None if unknown.
        written: Data written, MB; None if unknown.
        events: Number of events processed; None if the job processes no events.
        event_time: CPU time of an event after the first batch, seconds; None if too few
            events were read.
    """

    job: str
    started: float
    wall: float
    cpu: float
    memory: float
    read: float | None
    written: float | None
    events: int | None
    event_time: float | None = None

    @property
    def rule(self) -> str:
        """Name of the program."""
        return self.job.partition("/")[0]

    @property
    def events_per_s(self) -> float | None:
        """Events processed per second; None if the job processes no events."""
        return self.events / self.wall if self.events is not None and self.wall else None


def cost_line(events: int | None = None, event_time: float | None = None) -> str:
    """The costs of this process so far, for the end of a log.

    Args:
        events: Number of events processed; None if the process has no events.
        event_time: See `Cost`.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = usage.ru_utime + usage.ru_stime + children.ru_utime + children.ru_stime
    wall = _age()
    started = datetime.fromtimestamp(time.time() - wall, UTC).strftime(_TIME)
    counted = "" if events is None else f", {events} events"
    counted += "" if event_time is None else f", {1e6 * event_time:.3f} µs CPU each"
    return (
        f"{wall:.1f} s wall, {cpu:.1f} s CPU, {_peak_memory_mb():.0f} MB peak memory"
        f"{_bytes()}{counted}, started {started}"
    )


_IMPORTED = time.monotonic()


def _age() -> float:
    """Seconds since this process began, including its imports; if the system does not record it,
    since this module was imported.
    """
    with contextlib.suppress(OSError, ValueError, IndexError, AttributeError):
        # After the name, which may contain spaces; field 22 of proc(5), in ticks since boot.
        fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks
    return time.monotonic() - _IMPORTED


def _peak_memory_mb() -> float:
    """Peak memory of this process, MB. On Linux `ru_maxrss` starts from the parent's value: small
    jobs would seem to need as much as Snakemake.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        text = Path("/proc/self/status").read_text(encoding="utf-8")
        return int(text.partition("VmHWM:")[2].split()[0]) / 1024
    # In kB; on macOS in bytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)


def _bytes() -> str:
    with contextlib.suppress(OSError, ValueError):
        lines = Path("/proc/self/io").read_text(encoding="utf-8").splitlines()
        counts = {name: int(number) for name, _, number in (line.partition(":") for line in lines)}
        return f", {counts['rchar'] / 1e6:.1f} MB read, {counts['wchar'] / 1e6:.1f} MB written"
    return ""


def read_costs(logs: Path) -> list[Cost]:
    """Costs from the logs of a run, earliest job first.

    Args:
        logs: Folder of the logs.
    """
    found = []
    for path in logs.rglob("*.log"):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            name = path.relative_to(logs).with_suffix("").as_posix()
            lines = _LINE.finditer(path.read_text(encoding="utf-8"))
            found += [_cost(name, line.groupdict()) for line in lines]
    return sorted(found, key=lambda cost: (cost.started, cost.job))


def _cost(name: str, words: Mapping[str, str | None]) -> Cost:
    def number(key: str) -> float | None:
        text = words[key]
        return None if text is None else float(text)

    started = datetime.strptime(str(words["started"]), _TIME).replace(tzinfo=UTC)
    events = words["events"]
    return Cost(
        name,
        started.timestamp(),
        float(str(words["wall"])),
        float(str(words["cpu"])),
        float(str(words["memory"])),
        number("read"),
        number("written"),
        None if events is None else int(events),
        None if words["each"] is None else float(words["each"]) / 1e6,
    )


def write_costs(run: str, since: float) -> str:
    """Write `costs.csv` and `costs.html` next to the logs of a run, and report their path; empty if
    no job has run or the files cannot be written.

    Args:
        run: Name of the folder of results.
        since: Start of this run, seconds since 1970; the page shows its jobs, the table all jobs.
    """
    logs = Path(f"results/{run}/logs")
    costs = read_costs(logs)
    latest = [cost for cost in costs if cost.started >= since]
    if not latest:
        return ""
    page = logs / "costs.html"
    try:
        write_whole(logs / "costs.csv", costs_table(costs))
        write_whole(page, costs_page(run, latest))
    except OSError:
        return ""
    return f"Where the time went: {page}"


def costs_table(costs: Iterable[Cost]) -> str:
    """All jobs as CSV; unknown values are empty."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for cost in costs:
        started = datetime.fromtimestamp(cost.started, UTC).strftime(_TIME)
        rate = cost.events_per_s
        writer.writerow(
            ["" if value is None else value for value in (cost.job, started, *cost[2:8])]
            + ["" if rate is None else f"{rate:.0f}"]
        )
    return file.getvalue()


def costs_page(run: str, costs: Sequence[Cost]) -> str:
    """A page with the costs of each rule, most CPU time first, and a timeline of all jobs."""
    rules: dict[str, list[Cost]] = {}
    for cost in costs:
        rules.setdefault(cost.rule, []).append(cost)
    ordered = sorted(rules.items(), key=lambda item: -sum(cost.cpu for cost in item[1]))
    colors = {
        name: f"hsl({360 * place // len(ordered)} 55% {45 if place % 2 else 65}%)"
        for place, (name, _) in enumerate(ordered)
    }
    rows = "".join(_row(name, colors[name], jobs) for name, jobs in ordered)
    begin = min(cost.started for cost in costs)
    length = max(cost.started + cost.wall for cost in costs) - begin
    cpu = sum(cost.cpu for cost in costs)
    return _PAGE.format(
        run=html.escape(run),
        jobs=len(costs),
        length=f"{length:.0f}",
        cpu=f"{cpu:.0f}",
        busy=f"{cpu / length:.1f}" if length else "–",
        rows=rows,
        timeline=_timeline(costs, begin, length, colors),
    )


def _row(name: str, color: str, jobs: Sequence[Cost]) -> str:
    events = sum(cost.events or 0 for cost in jobs)
    wall = sum(cost.wall for cost in jobs)
    cells = (
        str(len(jobs)),
        f"{wall:.1f}",
        f"{sum(cost.cpu for cost in jobs):.1f}",
        f"{max(cost.memory for cost in jobs):.0f}",
        f"{sum(cost.read or 0 for cost in jobs):.1f}",
        f"{sum(cost.written or 0 for cost in jobs):.1f}",
        f"{events / wall:,.0f}" if events and wall else "",
    )
    numbers = "".join(f"<td>{cell}</td>" for cell in cells)
    mark = f'<span style="background: {color}"></span>'
    return f"<tr><th>{mark}{html.escape(name)}</th>{numbers}</tr>\n"


_WIDTH, _LANE = 1000, 18


def _timeline(costs: Sequence[Cost], begin: float, length: float, colors: Mapping[str, str]) -> str:
    """An SVG: each job is a bar in the first free lane, in the color of its rule."""
    lanes: list[float] = []
    bars = []
    scale = _WIDTH / length if length else 0.0
    for cost in costs:
        free = [number for number, end in enumerate(lanes) if end <= cost.started]
        lane = free[0] if free else len(lanes)
        lanes[lane : lane + 1] = [cost.started + cost.wall]
        bars.append(
            f'<rect x="{(cost.started - begin) * scale:.1f}" y="{lane * _LANE}" '
            f'width="{max(cost.wall * scale, 1):.1f}" height="{_LANE - 3}" '
            f'fill="{colors[cost.rule]}">'
            f"<title>{html.escape(cost.job)}: {cost.wall:.1f} s, {cost.cpu:.1f} s CPU, "
            f"{cost.memory:.0f} MB</title></rect>\n"
        )
    height = len(lanes) * _LANE
    ticks = "".join(
        f'<text x="{_WIDTH * part / 4:.0f}" y="{height + 14}" '
        f'text-anchor="{("start", "middle", "middle", "middle", "end")[part]}">'
        f"{length * part / 4:.0f} s</text>\n"
        for part in range(5)
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height + 20}" role="img" '
        f'aria-label="Timeline of the jobs">\n{"".join(bars)}{ticks}</svg>'
    )


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{run}: where the time went</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; }}
.wide {{ overflow-x: auto; }}
th, td {{ text-align: right; padding: .2rem .8rem; border-bottom: 1px solid #ddd; }}
th:first-child {{ text-align: left; font-weight: normal; white-space: nowrap; }}
th span {{ display: inline-block; width: .8rem; height: .8rem; margin-right: .5rem; }}
svg {{ width: 100%; }}
svg text {{ font-size: 12px; fill: #555; }}
</style>
</head>
<body>
<h1>{run}: where the time went</h1>
<p>{jobs} jobs in {length} s, with {cpu} s of CPU time: {busy} cores were busy. Time counts from the
start of a job's process, without Snakemake's own. Bytes are those that jobs asked for, also where
the system had them in memory. Each job: <a href="costs.csv">costs.csv</a>.</p>
<div class="wide"><table>
<thead><tr><th>rule</th><th>jobs</th><th>wall (s)</th><th>CPU (s)</th><th>largest memory (MB)</th>
<th>read (MB)</th><th>written (MB)</th><th>events per s</th></tr></thead>
<tbody>
{rows}</tbody>
</table></div>
<h2>Timeline</h2>
<p>Each bar is a job; hold the pointer over it for its name.</p>
{timeline}
</body>
</html>
"""  # noqa: E501
