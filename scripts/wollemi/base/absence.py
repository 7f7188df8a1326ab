"""What stands in a product where no model could be built: the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wollemi.base.errors import WollemiError

KEY = "no_model"


def absent_model(error: WollemiError) -> dict[str, Any]:
    """What stands in the place of a model, and of all that needs one.

    Args:
        error: why there is none.
    """
    return {KEY: {"where": error.where, "problem": error.problem, "remedy": error.remedy}}


def absence(content: Any) -> WollemiError | None:
    """Why there is no model, if a product says so.

    Args:
        content: of a JSON file.
    """
    noted = content.get(KEY) if isinstance(content, Mapping) else None
    return WollemiError(**noted) if noted else None
