"""Snakemake's own notes on files made by jobs, stored in `.snakemake` under encoded names. Standard
library only.

A note contains the parameters, code and inputs with which a file was made (versions 7 and 9, which
store notes as files).
"""

from __future__ import annotations

import contextlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from pathlib import Path

_NOTES, _UNFINISHED = Path(".snakemake/metadata"), Path(".snakemake/incomplete")
_LONGEST = 255  # longest file name on common file systems, in bytes


def read_notes(names: Iterable[str]) -> dict[str, str] | None:
    """Snakemake's note by file; None if a note is missing or a file is being made.

    Args:
        names: Paths of the files relative to the working folder.
    """
    notes = {}
    for name in names:
        try:
            text = _path(_NOTES, name).read_text(encoding="utf-8")
            json.loads(text)
        except (OSError, ValueError):
            return None
        if _path(_UNFINISHED, name).exists():
            return None
        notes[name] = text
    return notes


def mark_unfinished(names: Iterable[str]) -> None:
    """Mark files so that Snakemake makes them again, unless `write_notes` follows."""
    for name in names:
        _write(_path(_UNFINISHED, name), json.dumps({"external_jobid": None}))


def write_notes(notes: dict[str, str]) -> None:
    """Write Snakemake's notes, and mark the files as finished."""
    for name, text in notes.items():
        _write(_path(_NOTES, name), text)
    for name in notes:
        _remove(_path(_UNFINISHED, name))


def remove_notes(names: Iterable[str]) -> None:
    """Remove Snakemake's notes on files."""
    for name in names:
        _remove(_path(_NOTES, name))
        _remove(_path(_UNFINISHED, name))


def _path(folder: Path, name: str) -> Path:
    """Path as in `snakemake.persistence.file`: a long name is split into folders."""
    text = urlsafe_b64encode(name.encode()).decode()
    pieces = [text[start : start + _LONGEST - 1] for start in range(0, len(text), _LONGEST - 1)]
    return folder.joinpath(*(f"@{piece}" for piece in pieces[:-1]), pieces[-1])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
