"""Reading the JSON that an earlier step has written."""

import json
from pathlib import Path
from typing import Any

from wollemi.base.errors import WollemiError

REMEDY = "it was changed after it was made: remove it and run again, or see verify_results"


def read_json(path: Path) -> Any:
    """Plain values of a JSON file.

    Raises:
        WollemiError: it is none.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise WollemiError(str(path), f"is no JSON ({error})", REMEDY) from error
