"""Reading JSON files written by an earlier step."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wollemi_likelihood.base.errors import WollemiError

REMEDY = "it was changed after it was made: remove it and run again, or see verify_results"


def read_json(path: Path) -> Any:
    """Plain values of a JSON file.

    Raises:
        WollemiError: The file is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise WollemiError(str(path), f"is not JSON ({error})", REMEDY) from error


def render_json(value: Any, default: Callable[[Any], Any] | None = None) -> str:
    """JSON in the format of every product: sorted keys, one space, a final newline; NaN is refused.

    Args:
        value: Plain values.
        default: Function that converts other values to plain ones.
    """
    text = json.dumps(
        value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False, default=default
    )
    return f"{text}\n"
