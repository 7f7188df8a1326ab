"""A HistFactory model from its files."""

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
        path: top-level XML.
        check: refuses files that may not be read, before they are; first those of the channels,
            then those of histograms.

    Raises:
        WollemiError: a file cannot be read, or the model is none of pyhf.
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
    """The plain arithmetic of a model that `read_model` reads, by the name of a measurement.

    Args:
        path: Top-level XML.
    """
    document = read_document(path)
    return partial(plain_model, document, read_templates(document, path.parent))
