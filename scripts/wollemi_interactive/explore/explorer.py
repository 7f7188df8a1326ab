"""The work behind the page of `wollemi explore`: answers to its requests, and edits of cuts."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

from wollemi.finished.event_run import EventRun, check_names, read_event_run
from wollemi_interactive.explore.cut_edit import CutEdit, edit_cut, write_over
from wollemi_interactive.explore.explored_limits import limits_content
from wollemi_interactive.explore.explored_page import moved_content, region_content
from wollemi_interactive.explore.explored_region import ExploredRun
from wollemi_interactive.explore.run_look import looked_at
from wollemi_likelihood.base.errors import WollemiError, counted

SLOW = 2.0  # seconds for expected limits, above which they no longer follow a cut


class Explorer:
    """A run whose cuts are moved, and the analysis file to which they are written.

    Requests come from several threads; only one at a time reads and fills events.

    Args:
        folder: Folder of the results.
        path: Path of the analysis file.
        most: Maximum number of events to read from each simulated dataset.

    Raises:
        WollemiError: Results or events are missing.
    """

    def __init__(self, folder: Path, path: Path, most: int):
        self._folder, self._path, self.most = folder, path, most
        self._lock = Lock()
        self._edits: list[CutEdit] = []
        self.progress = "reading events"
        self._explored = ExploredRun(self._read(), most)
        self._limit_seconds = list[float]()

    def _read(self) -> EventRun:
        run = read_event_run(self._folder, self._path, preview=True)
        if not looked_at(run):
            problem = "no sample is filled from events, so that no cut can be moved"
            raise WollemiError(str(self._path), problem, "explore an analysis that reads events")
        return run

    def reload(self) -> None:
        """Read the analysis and the events again."""
        with self._lock:
            self._explored = ExploredRun(self._read(), self.most)

    def page(self) -> dict[str, Any]:
        """Contents of the page before any request."""
        run = self._explored.run
        labels = run.analysis.plots.regions
        return {
            "name": run.analysis.name,
            "title": run.analysis.title,
            "file": _shown(self._path),
            "events": f"at most {counted(self.most, 'event', ',')} of each simulated dataset",
            "regions": [
                {"name": name, "label": f"{name}: {labels[name]}" if name in labels else name}
                for name in self.regions
            ],
        }

    @property
    def regions(self) -> list[str]:
        """Regions in the file, without the regions derived by dropping one of their cuts."""
        regions = self._explored.run.analysis.regions
        return [name for name, item in regions.items() if item.derived_from is None]

    def region(self, name: str) -> dict[str, Any]:
        """Contents for a region; see `region_content`."""
        check_names("region", [name], self.regions)
        with self._lock:
            self._load()
            return region_content(self._explored, name)

    def moved(self, region: str, variable: str, numbers: Mapping[str, str]) -> dict[str, Any]:
        """Contents for a region with moved cuts; see `moved_content`.

        Args:
            region: Name of the region.
            variable: Name of the variable to show.
            numbers: Place of a bound → its number.
        """
        check_names("region", [region], self.regions)
        with self._lock:
            self._load()
            places = {_place(place): number for place, number in numbers.items()}
            return moved_content(self._explored.moved(region, variable, places))

    def limits(self, region: str, numbers: Mapping[str, str]) -> dict[str, Any]:
        """Expected limits with moved cuts, see `limits_content`, or the reason why there are none.

        Args:
            region: Name of the region.
            numbers: Place of a bound → its number.
        """
        check_names("region", [region], self.regions)
        if len(self._limit_seconds) > 1 and min(self._limit_seconds) > SLOW:
            seconds = counted(round(min(self._limit_seconds)), "second")
            return {"rows": [], "reason": f"They take {seconds} here: run the analysis."}
        with self._lock:
            self._load()
            places = {_place(place): number for place, number in numbers.items()}
            start = time.monotonic()
            try:
                found = limits_content(self._explored, region, places)
            except WollemiError as error:
                return {"rows": [], "reason": f"{error.where}: {error.problem}"}
            # The first ones also evaluate the events under all variations.
            self._limit_seconds.append(time.monotonic() - start)
            return {**found, "reason": ""}

    def _load(self) -> None:
        names = self._explored.to_load
        for number, name in enumerate(names):
            self.progress = f"reading events of {name} ({number + 1} of {len(names)})"
            self._explored.load(name)
        self.progress = "evaluating the events"

    def edit(self, region: str, place: int, number: str) -> dict[str, Any]:
        """Preview of writing a number: the file, and the lines of its diff."""
        edit = self._edit(region, place, number)
        return {"path": _shown(edit.path), "diff": edit.diff}

    def _edit(self, region: str, place: int, number: str) -> CutEdit:
        check_names("region", [region], self.regions)
        return edit_cut(self._path, self._explored.texts(region), place, number)

    def write(self, region: str, place: int, number: str) -> dict[str, Any]:
        """Write a number into the file."""
        with self._lock:
            edit = self._edit(region, place, number)
            write_over(edit.path, edit.before, edit.after)
            self._edits.append(edit)
            self._explored = self._with_other_cuts()
        return self._written(
            f"{_shown(edit.path)} (written): run the analysis to make what depends on it"
        )

    def undo(self) -> dict[str, Any]:
        """Undo the last number written.

        Raises:
            WollemiError: Nothing was written, or the file has changed since.
        """
        with self._lock:
            if not self._edits:
                raise WollemiError("explore", "nothing was written", "there is nothing to undo")
            edit = self._edits[-1]
            write_over(edit.path, edit.after, edit.before)
            self._edits.pop()
            self._explored = self._with_other_cuts()
        return self._written(f"{_shown(edit.path)} (as it was before)")

    def _written(self, text: str) -> dict[str, Any]:
        return {"told": text, "undo": bool(self._edits)}

    def _with_other_cuts(self) -> ExploredRun:
        """The run with the current file. Simulated events are kept if only cuts of regions differ;
        data are read again, because their blinded events depend on the cuts.
        """
        explored, before = ExploredRun(self._read(), self.most), self._explored
        kept = before.simulated if explored.event_sections == before.event_sections else {}
        return replace(explored, _loaded={**kept})


def _place(text: str) -> int:
    if not text.isdecimal():
        raise WollemiError("explore", f"'{text}' is not a cut", "load the page again")
    return int(text)


def _shown(path: Path) -> str:
    """A path relative to the folder of the project."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
