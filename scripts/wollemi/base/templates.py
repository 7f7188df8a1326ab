"""READMEs and other texts from jinja2 templates; HTML templates are in `wollemi.pages.pages`."""

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

# Characters that Markdown would interpret: emphasis, code, HTML, an entity, a link, and, at the
# beginning of a line, a block.
_SIGNS = re.compile(
    r"[\\`*]|<(?=[A-Za-z/!?])|&(?=#?\w+;)|\](?=[(\[])|(?<![^\W_])_|_(?![^\W_])|~(?=~)|(?<=~)~"
)
_BLOCKS = re.compile(r"^(?:(?=[#>+=|~-]|\[[^\]\n]*\]:)|(\d{1,9})(?=[.)]))", re.MULTILINE)


def markdown_text(text: str) -> str:
    """Escape a text of the analysis so that Markdown shows it literally; paragraphs are kept.

    Args:
        text: Plain text.
    """
    lines = "\n".join(line.strip() for line in str(text).splitlines()).strip()
    return _BLOCKS.sub(
        lambda match: f"{match[1] or ''}\\", _SIGNS.sub(lambda match: f"\\{match[0]}", lines)
    )


def markdown_line(text: str) -> str:
    """Escape a text of the analysis for one line, such as a heading or a list item."""
    return markdown_text(" ".join(str(text).split()))


def code_span(text: str) -> str:
    """Format a text as inline code."""
    text = " ".join(str(text).split())
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}"


def render_text(template: Path, **values: Any) -> str:
    """Render a Markdown template; texts of the analysis pass the filters `text`, `line` and `code`.

    A missing value is an error.

    Args:
        template: Path of the template.
        values: Name in the template → value.
    """
    environment = Environment(  # noqa: S701
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters |= {"text": markdown_text, "line": markdown_line, "code": code_span}
    return environment.from_string(template.read_text(encoding="utf-8")).render(values)
