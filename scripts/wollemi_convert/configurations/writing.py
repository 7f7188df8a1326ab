"""An imported analysis as the text of an analysis file, with comments."""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from wollemi.base.yaml import parse_yaml
from wollemi_convert.configurations.imported import Imported

_WIDTH = 100
_PLAIN = re.compile(r"[A-Za-z][\w./*+()<>=-]*(?: [\w./*+()<>=-]+)*")


def analysis_text(document: Mapping[str, Any], imported: Imported, source: str) -> str:
    """Text of an analysis file.

    Args:
        document: Plain values of the analysis, with the keys that `imported` lacks.
        imported: Its comments, and the parts that could not be imported.
        source: Name of the configuration and its program.
    """
    lines = head_lines(imported, source)
    for number, (key, value) in enumerate(document.items()):
        lines += [""] if isinstance(value, Mapping) or not number else []
        lines += _entry(key, value, imported.comments, key, "")
    return "\n".join(lines) + "\n"


def head_lines(imported: Imported, source: str) -> list[str]:
    """Comments on top of an analysis file: its source, and the parts that it lacks."""
    lines = [*_comment(f"Imported from {source}.")]
    lines += _comment("Not imported, or changed:") if imported.unsaid else []
    for text in imported.unsaid:
        lines += _comment(text, "- ")
    return lines


def _comment(text: str, mark: str = "", indent: str = "") -> Iterator[str]:
    first, rest = f"{indent}# {mark}", f"{indent}# {' ' * len(mark)}"
    words = " ".join(text.split())
    yield from textwrap.wrap(
        words, _WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False
    )


def _entry(key: str, value: Any, comments: Mapping[str, str], path: str, indent: str) -> list[str]:
    lines = [*_comment(comments[path], indent=indent)] if path in comments else []
    line = f"{indent}{_flow(key)}: {_flow(value)}"
    has_comments = any(known.startswith(f"{path}.") for known in comments)
    is_block = isinstance(value, Mapping) and bool(value)
    if not is_block or (indent and len(line) <= _WIDTH and not has_comments):
        return [*lines, line]
    lines.append(f"{indent}{_flow(key)}:")
    for name, item in value.items():
        lines += _entry(name, item, comments, f"{path}.{name}", f"{indent}  ")
    return lines


def _flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_flow(key)}: {_flow(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    # Without quotes if it remains a text: not `yes` or `1e5`.
    is_plain = isinstance(value, str) and _PLAIN.fullmatch(value) and parse_yaml("", value) == value
    return value if is_plain else json.dumps(value, ensure_ascii=False)
