"""Files of events given for a new analysis, by name or in a list of datasets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from wollemi.check.quick_look import Entries, Look, read_entries
from wollemi.inputs.event_files import open_events
from wollemi.inputs.inspection import guess_layout
from wollemi.inputs.schemas import Layout, locate
from wollemi_likelihood.expressions.bounds import UNWEIGHTED

ROLES = ("data", "background", "signal")
VARIATION = "variation"  # role of a dataset that replaces another one in a systematic
ENOUGH = 20_000  # number of inspected events of a file
NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)


@dataclass(frozen=True)
class GivenFile:
    """A file of events, and its role; from a list, the first file of a dataset.

    Args:
        path: Path of the file.
        role: Role, one of `ROLES` or `VARIATION`.
        cross_section_pb: Cross section of its process in pb; None for data.
        weight: Weight of simulated events, or `none`; empty for the only candidate in the file.
        dataset: Name of its dataset in a list.
        sample: Name of its sample in a list.
        keys: Keys of its dataset in a list; `files` are all its files.
        remark: Comment above its dataset in the analysis file.
    """

    path: Path
    role: str
    cross_section_pb: float | None = None
    weight: str = ""
    dataset: str = ""
    sample: str = ""
    keys: Mapping[str, Any] = field(default_factory=dict)
    remark: str = ""

    @property
    def label(self) -> str:
        """Name in questions and messages."""
        return self.dataset or self.path.name

    @property
    def names_in_options(self) -> tuple[str, ...]:
        """Names that options accept: the dataset, or its sample for all datasets of the sample."""
        return (self.label, self.sample) if self.sample else (self.label,)

    @property
    def name(self) -> str:
        """Name of its dataset."""
        if self.dataset:
            return self.dataset
        name = re.sub(r"\W+", "_", self.path.stem, flags=re.ASCII).strip("_").lower()
        return name if NAME.fullmatch(name) else f"sample_{name}".rstrip("_")

    @cached_property
    def layout(self) -> Layout:
        """Layout of its events, guessed from the content."""
        return guess_layout(self.path, tree=self.keys.get("tree", ""))

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


def listed_files(document: Mapping[str, Any], comments: Mapping[str, str]) -> list[GivenFile]:
    """Datasets of a list as given files.

    Args:
        document: Sections `datasets`, `samples`, perhaps without roles, and `systematics`.
        comments: Path in the document, such as `datasets.dy` → comment.
    """
    owners = {
        name: (sample, item.get("role", ""))
        for sample, item in document["samples"].items()
        for name in item["datasets"]
    }
    for item in document.get("systematics", {}).values():
        for name in (*item["up"], *([] if isinstance(item["down"], str) else item["down"])):
            owners[name] = (item["samples"][0], VARIATION)
    return [
        GivenFile(
            next(Path(path) for path in keys["files"] if isinstance(path, str)),
            owners[name][1],
            keys.get("cross_section_pb"),
            dataset=name,
            sample="" if owners[name][1] == "data" else owners[name][0],
            keys=keys,
            remark=comments.get(f"datasets.{name}", ""),
        )
        for name, keys in document["datasets"].items()
    ]
