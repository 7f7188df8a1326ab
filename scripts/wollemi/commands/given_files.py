"""Files of events given for a new analysis."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from wollemi.check.quick_look import Entries, Look, read_entries
from wollemi.inputs.event_files import open_events
from wollemi.inputs.inspection import guess_layout
from wollemi.inputs.schemas import Layout, locate
from wollemi_likelihood.expressions.bounds import UNWEIGHTED

ROLES = ("data", "background", "signal")
ENOUGH = 20_000  # number of inspected events of a file
NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)


@dataclass(frozen=True)
class GivenFile:
    """A file of events, and its role.

    Args:
        path: Path of the file.
        role: Role, one of `ROLES`.
        cross_section_pb: Cross section of its process in pb; None for data.
        weight: Weight of simulated events, or `none`; empty for the only candidate in the file.
    """

    path: Path
    role: str
    cross_section_pb: float | None = None
    weight: str = ""

    @property
    def name(self) -> str:
        """Name of its dataset."""
        name = re.sub(r"\W+", "_", self.path.stem, flags=re.ASCII).strip("_").lower()
        return name if NAME.fullmatch(name) else f"sample_{name}".rstrip("_")

    @cached_property
    def layout(self) -> Layout:
        """Layout of its events, guessed from the content."""
        return guess_layout(self.path)

    @cached_property
    def names(self) -> list[str]:
        """Names that expressions can use."""
        with open_events(self.path, self.layout) as file:
            return list(locate(self.layout, file.names))

    def read(self, expression: str, where: str = "") -> Entries:
        """Values of an expression in the first events, with their weights."""
        weight = "" if self.role == "data" or self.weight == UNWEIGHTED else self.weight
        look = Look(expression, where, weight=weight)
        return read_entries([self.path], self.layout, look, ENOUGH)
