"""Reading the workspaces of an analysis."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wollemi.base.errors import WollemiError
from wollemi.results.marks import BLINDED
from wollemi.statistics.likelihood import Likelihood


@dataclass(frozen=True)
class Workspace:
    """The model of one signal.

    Args:
        signal: name of the signal sample.
        measurement: name of the measurement, with its marks.
        likelihood: the model with the data.
    """

    signal: str
    measurement: str
    likelihood: Likelihood

    @property
    def blinded(self) -> bool:
        """Whether some bins hold Asimov data, so that results are not observed ones."""
        return f"[{BLINDED}]" in self.measurement


def read_workspaces(paths: Sequence[Path]) -> list[Workspace]:
    """Read workspaces that are named `<signal>.json`.

    Args:
        paths: the files, at least one.

    Raises:
        WollemiError: a file is not JSON, or not a workspace.
    """
    workspaces = []
    for path in paths:
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            name = content["measurements"][0]["name"]
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise WollemiError(
                str(path),
                f"is not a pyhf workspace ({error!r})",
                "make it again with build_workspace.py",
            ) from error
        workspaces.append(Workspace(path.stem, name, Likelihood.from_workspace(content)))
    return workspaces


def read_content(path: Path) -> dict[str, Any]:
    """The content of one workspace, whoever wrote it.

    Args:
        path: the file.

    Raises:
        WollemiError: it cannot be read, or pyhf's schema refuses it.
    """
    import pyhf  # not at the top: most programs that read workspaces need no schema

    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        pyhf.schema.validate(content, "workspace.json")
    except (OSError, ValueError, RecursionError, pyhf.exceptions.InvalidSpecification) as error:
        problem = f"is no workspace of pyhf: {str(error).splitlines()[0]}"
        remedy = "name results/<analysis>/workspaces/<signal>.json, or another workspace"
        raise WollemiError(str(path), problem, remedy) from error
    return dict(content)
