"""The code in a source file, without comments, docstrings and blank lines.

Standard library only, without the syntax tree: its form differs between versions of Python, and a
digest must not.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<string>"{3}(?:[^\\]|\\.)*?"{3}|'{3}(?:[^\\]|\\.)*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<open>[(\[{])
      | (?P<close>[)\]}])
      | (?P<newline>\n)
      | (?P<other>[^"'#()\[\]{}\n\\]+|\\\n|.)""",  # noqa: E501
    re.VERBOSE | re.DOTALL,
)
_DEPTH = {"open": 1, "close": -1}


def code_text(source: str) -> str:
    """The code of a Python source without comments and trailing spaces; docstrings become `...`.

    A docstring is any statement that consists of a string only.

    Args:
        source: Text of a file.
    """
    return "".join(text for statement in _statements(source) for text in _code_of(statement))


def code_digest(source: str) -> str:
    """SHA-256 of the code of a Python source; see `code_text`."""
    return hashlib.sha256(code_text(source).encode()).hexdigest()


def _statements(source: str) -> Iterator[list[list[tuple[str, str]]]]:
    """Logical lines, each as its lines of tokens: kind and text."""
    lines: list[list[tuple[str, str]]] = [[]]
    depth = 0
    for match in _TOKEN.finditer(source):
        kind = str(match.lastgroup)
        depth += _DEPTH.get(kind, 0)
        if kind != "newline":
            lines[-1].append((kind, match.group()))
        elif depth:
            lines.append([])
        else:
            yield lines
            lines = [[]]
    yield lines


def _code_of(statement: list[list[tuple[str, str]]]) -> Iterator[str]:
    """The lines of a statement that contain code, each with its line ending."""
    said = {
        kind
        for line in statement
        for kind, text in line
        if kind != "comment" and not text.isspace()
    }
    for line in statement:
        texts = [
            "..." if said == {"string"} and kind == "string" else text
            for kind, text in line
            if kind != "comment"
        ]
        code = "".join(texts).rstrip()
        if code:
            yield f"{code}\n"
