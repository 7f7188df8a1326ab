"""Texts such as READMEs from templates of jinja2; `wollemi.pages` has those in HTML."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined


def render_text(template: Path, **values: Any) -> str:
    """A text without HTML: nothing is escaped, and a value that the template does not get is an error.

    Args:
        template: its file.
        values: name in the template → value.
    """
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)  # noqa: S701
    return environment.from_string(template.read_text(encoding="utf-8")).render(values)
