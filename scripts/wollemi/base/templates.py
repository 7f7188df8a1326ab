"""Texts such as READMEs from jinja2 templates; HTML templates are in `wollemi.pages.pages`."""

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

# Characters that Markdown would interpret: as emphasis, code, HTML, an entity, a link, and, at the
# beginning of a line, as a block.
_SIGNS = re.compile(
    r"[\\`*]|<(?=[A-Za-z/!?])|&(?=#?\w+;)|\](?=[(\[])|(?<![^\W_])_|_(?![^\W_])|~(?=~)|(?<=~)~"
)
_BLOCKS = re.compile(r"^(?:(?=[#>+=|~-]|\[[^\]\n]*\]:)|(\d{1,9})(?=[.)]))", re.MULTILINE)


def markdown_text(text: str) -> str:
    """A text of the analysis as Markdown that shows it literally: its characters are escaped, and
    paragraphs are kept.

    Args:
        text: plain text.
    """
    lines = "\n".join(line.strip() for line in str(text).splitlines()).strip()
    return _BLOCKS.sub(
        lambda match: f"{match[1] or ''}\\", _SIGNS.sub(lambda match: f"\\{match[0]}", lines)
    )


def markdown_line(text: str) -> str:
    """A text of the analysis on one line, such as a heading or a list item."""
    return markdown_text(" ".join(str(text).split()))


def code_span(text: str) -> str:
    """A text as inline code."""
    text = " ".join(str(text).split())
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}"


def render_text(template: Path, **values: Any) -> str:
    """A text in Markdown, where texts of the analysis go through the filters `text`, `line` and
    `code`.

    A missing template value is an error.

    Args:
        template: its file.
        values: name in the template → value.
    """
    environment = Environment(  # noqa: S701
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters |= {"text": markdown_text, "line": markdown_line, "code": code_span}
    return environment.from_string(template.read_text(encoding="utf-8")).render(values)
