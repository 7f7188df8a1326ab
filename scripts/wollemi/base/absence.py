"""Placeholder in a product for a model that could not be built, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wollemi_likelihood.base.errors import WollemiError

KEY = "no_model"


def absent_model(error: WollemiError) -> dict[str, Any]:
    """Placeholder for a missing model and for every product that needs it.

    Args:
        error: Reason why the model could not be built.
    """
    return {KEY: {"where": error.where, "problem": error.problem, "remedy": error.remedy}}


def absence(content: Any) -> WollemiError | None:
    """Reason why the model is missing, if a product contains one.

    Args:
        content: Content of a JSON file.
    """
    noted = content.get(KEY) if isinstance(content, Mapping) else None
    return WollemiError(**noted) if noted else None
