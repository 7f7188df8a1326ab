"""Replace one number of a cut in the analysis file; everything else is kept as written."""

from __future__ import annotations

import difflib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from wollemi.base.whole_files import whole_file
from wollemi.base.yaml import parse_yaml
from wollemi.loading.composition import composed_files, read_composed
from wollemi_interactive.explore.cut_bounds import (
    Bound,
    Keys,
    Texts,
    checked_number,
    find_bounds,
    moved,
    value_at,
    with_texts,
)
from wollemi_likelihood.base.errors import WollemiError

_BY_HAND = "change the number by hand"


@dataclass(frozen=True)
class CutEdit:
    """An edit of one number.

    Args:
        path: Path of the file.
        before: Text of the file.
        after: Text with the new number.
    """

    path: Path
    before: str
    after: str

    @property
    def diff(self) -> list[str]:
        """The changed lines, as in a unified diff without context."""
        lines = difflib.unified_diff(
            self.before.splitlines(), self.after.splitlines(), lineterm="", n=0
        )
        return list(lines)[3:]


def edit_cut(path: Path, texts: Texts, place: int, number: str) -> CutEdit:
    """The edit that sets a bound to another number.

    Args:
        path: Path of the analysis file.
        texts: Keys → condition, as known to the page.
        place: Place of the bound in `find_bounds`.
        number: The new number.

    Raises:
        WollemiError: The file has changed, or the condition is not written out in it or in a file
            that it extends.
    """
    changed, bound = moved(texts, {place: number}), find_bounds(texts)[place]
    keys, text = bound.keys, texts[bound.keys]
    where = f"{path}: {'.'.join(keys)}"
    if value_at(read_composed(path), keys) != text:
        raise WollemiError(where, "has changed since the page read it", "load the page again")
    files = _files_with(path, keys)
    if len(files) != 1:
        source = f"in {', '.join(map(str, files))}" if files else "by `lists`, `like` or `defaults`"
        raise WollemiError(where, f"is given {source}", f"{_BY_HAND} there")
    before = _read(files[0])
    edit = CutEdit(files[0], before, _replaced(before, bound, checked_number(number), text))
    if not _is_right(edit, keys, text, changed[keys]):
        problem = "is not written as it is read: an alias, an escape, a `{list}`"
        raise WollemiError(f"{files[0]}: {'.'.join(keys)}", problem, _BY_HAND)
    return edit


def _files_with(path: Path, keys: Keys) -> list[Path]:
    """The file itself, if it has a text at the given keys, or else extended files that have one."""
    found = [
        file
        for file in (path, *map(Path, composed_files(path)))
        if _scalar(_read(file), keys) is not None
    ]
    return found[:1] if path in found else found


def _read(path: Path) -> str:
    """Text of a file with its line endings unchanged."""
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def _scalar(text: str, keys: Keys) -> yaml.ScalarNode | None:
    """The scalar at the given keys; None if it does not exist."""
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    for key in keys:
        if not isinstance(node, yaml.MappingNode):
            return None
        node = next((value for name, value in node.value if name.value == key), None)
    return node if isinstance(node, yaml.ScalarNode) else None


def _replaced(text: str, bound: Bound, number: str, value: str) -> str:
    """A file with another number in the condition: the same occurrence of the number in the written
    text as in the parsed text.
    """
    node = _scalar(text, bound.keys)
    assert node is not None
    before = sum(start < bound.start for start, _ in _places(value, bound.number))
    first, last = node.start_mark.index, node.end_mark.index
    places = list(_places(text[first:last], bound.number))
    if before >= len(places):
        return text
    start, stop = (first + place for place in places[before])
    return text[:start] + number + text[stop:]


def _places(text: str, number: str) -> Iterator[tuple[int, int]]:
    """Positions of a number as a whole in a text: 10 is neither in 100 nor in x10."""
    for match in re.finditer(rf"(?<![\w.]){re.escape(number)}(?![\w.])", text):
        yield match.span()


def _is_right(edit: CutEdit, keys: Keys, old: str, new: str) -> bool:
    """Whether the edited file is YAML that differs from the file only in this number."""
    # As JSON, because an alias in YAML repeats the same object.
    before, after = (
        json.loads(json.dumps(parse_yaml(str(edit.path), text)))
        for text in (edit.before, edit.after)
    )
    if (value_at(before, keys), value_at(after, keys)) != (old, new):
        return False
    return bool(with_texts(before, {keys: new}) == after)


def write_over(path: Path, known: str, text: str) -> None:
    """Replace the text of a file.

    Args:
        path: Path of the file.
        known: Expected current text.
        text: New text.

    Raises:
        WollemiError: The text has changed, or the file cannot be written.
    """
    try:
        if _read(path) != known:
            problem = "has changed since the page read it"
            raise WollemiError(str(path), problem, "load the page again")
        with whole_file(path) as partial:
            partial.write_text(text, encoding="utf-8", newline="")
            shutil.copymode(path, partial)
    except OSError as error:
        problem = f"cannot be written ({error.strerror})"
        raise WollemiError(str(path), problem, "check who may write it") from error
