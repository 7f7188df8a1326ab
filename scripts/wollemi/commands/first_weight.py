"""Choose the weight of simulated events in a new analysis."""

from collections.abc import Sequence
from pathlib import Path

from wollemi.check.quick_look import Look, read_entries
from wollemi.commands.given_files import GivenFile
from wollemi.inputs.weights import WeightCandidate, only_weight
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.expressions.bounds import UNWEIGHTED
from wollemi_likelihood.expressions.syntax import ExpressionError

BY_OPTION = f"with --weight [FILE=]EXPR; {UNWEIGHTED} counts each event as 1"


def positive_weight(path: Path, candidates: Sequence[WeightCandidate]) -> str:
    """Weight of simulated events without a choice: the only candidate, or `none`.

    Args:
        path: Path of the file, for error messages.
        candidates: Possible weights in the file.

    Raises:
        WollemiError: There are several candidates, or the sum of the weights is not positive.
    """
    weight = only_weight(path, candidates, f"choose {BY_OPTION}")
    for found in candidates:
        _require_positive(path, found.total, str(found))
    return weight


def check_weight(file: GivenFile, weight: str) -> None:
    """Check a weight chosen by the user.

    Raises:
        WollemiError: The expression cannot be evaluated, or its sum is not positive.
    """
    if weight == UNWEIGHTED:
        return
    try:
        entries = read_entries([file.path], file.layout, Look("1", weight=weight))
    except ExpressionError as error:
        raise WollemiError("--weight", str(error), "correct the expression") from None
    total = float(entries.weights.sum())
    _require_positive(file.path, total, f"{weight} (Σ {total:.6g})")


def _require_positive(path: Path, total: float, shown: str) -> None:
    if not total > 0:
        problem = f"cannot be normalized to its cross section with the weight {shown}"
        raise WollemiError(str(path), problem, f"correct the file, or choose {BY_OPTION}")
