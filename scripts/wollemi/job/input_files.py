"""Check that the inputs of a job are readable files. Standard library only."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from wollemi_likelihood.base.errors import WollemiError


def check_inputs(paths: Iterable[Path]) -> None:
    """Make sure that the inputs of a job exist and can be read.

    Raises:
        WollemiError: An input is not a file or cannot be read.
    """
    for path in paths:
        if path.is_dir():
            raise WollemiError(
                str(path), "this input is a folder, not a file", "name the files in it"
            )
        if path.is_symlink() and not path.exists():
            raise WollemiError(
                str(path),
                "this input is a link to nothing",
                "restore the file it names, or correct the link",
            )
        if not path.is_file():
            raise WollemiError(
                str(path),
                "this input file does not exist",
                "check the path, or run the step that makes it",
            )
        if not os.access(path, os.R_OK):
            raise WollemiError(
                str(path),
                "this input file may not be read",
                "ask its owner for the permission to read it",
            )
