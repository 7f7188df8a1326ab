"""Read a HistFactory model from its files."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from wollemi_convert.histfactory.arithmetic import plain_model
from wollemi_convert.histfactory.parsing import find_file, read_document
from wollemi_convert.histfactory.templates import read_templates
from wollemi_convert.histfactory.workspace import workspace_of
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.plain_likelihood import PlainModel


def read_model(
    path: Path, check: Callable[[Sequence[Path]], None] = lambda files: None
) -> dict[str, Any]:
    """The workspace of a model.

    Args:
        path: Path of the top-level XML.
        check: Function that raises an error for files that must not be read; called with the
            channels' files before they are read, then with the histograms' files.

    Raises:
        WollemiError: A file cannot be read, or pyhf cannot express the model.
    """
    document = read_document(path, check)
    check([find_file(str(path), path.parent, name) for name in document.files])
    try:
        workspace = workspace_of(document, read_templates(document, path.parent))
        for measurement in workspace["measurements"]:
            Likelihood.from_workspace(workspace, measurement["name"])
    except WollemiError as error:
        raise WollemiError(f"{path}, {error.where}", error.problem, error.remedy) from error
    return workspace


def read_plain(path: Path) -> Callable[[str], PlainModel]:
    """Plain arithmetic of the same model, as a function of the name of a measurement.

    Args:
        path: Path of the top-level XML.
    """
    document = read_document(path)
    return partial(plain_model, document, read_templates(document, path.parent))
