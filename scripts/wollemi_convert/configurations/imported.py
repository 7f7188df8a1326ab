"""An analysis read from another program's configuration."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Imported:
    """An analysis file, and what the source has beyond it.

    Args:
        document: Plain values of the analysis file, in the order of its sections. `name`, and
            `title`, `center_of_mass_tev` and `luminosity_ifb` if the source has none, are left
            out: `wollemi new` takes them from its options or prompts. Paths of files are absolute.
        comments: Path in the document, such as `regions.SR` → comment of one line.
        unsaid: Lines on the parts of the source that the analysis lacks: the part, the reason, and
            what to do.
        files: Files to copy next to the analysis: name there → source.
    """

    document: dict[str, Any]
    comments: dict[str, str] = field(default_factory=dict)
    unsaid: tuple[str, ...] = ()
    files: dict[str, Path] = field(default_factory=dict)


# Whether a text is a configuration of its program; never raises an error.
Recognizer = Callable[[str], bool]
# The analysis of a configuration; raises a WollemiError if it cannot be an analysis at all.
Reader = Callable[[Path], Imported]
