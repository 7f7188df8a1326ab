"""Read a datacard and its histograms."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wollemi_convert.datacards.parsing import parse_card
from wollemi_convert.datacards.templates import histogram_files, read_templates
from wollemi_convert.datacards.workspace import workspace_of
from wollemi_likelihood.base.errors import WollemiError


def read_model(
    path: Path,
    text: str,
    mass: str | None,
    bounds: tuple[float, float],
    strengths: Mapping[str, str],
    check: Callable[[Sequence[Path]], None] = lambda files: None,
    exact: bool = False,
) -> dict[str, Any]:
    """The workspace of a datacard.

    Args:
        path: Path of the card.
        text: Content of the card.
        mass: Text in place of ``$MASS``.
        bounds: Range of the signal strengths.
        strengths: Signal → name of its strength.
        check: Function that raises an error for files that must not be read; called before reading.
        exact: Whether to use Combine's interpolation, statistics and bin limits, not HistFactory's.

    Raises:
        WollemiError: The card, or a file it names, cannot be read.
    """
    try:
        card = parse_card(text)
        unknown = sorted(set(strengths) - card.signals)
        if unknown:
            problem = f"'{unknown[0]}' is no signal: these are {', '.join(sorted(card.signals))}"
            raise WollemiError("strengths", problem, "name a process with a number of 0 or below")
        check(histogram_files(card, path.parent, mass))
        templates = read_templates(card, path.parent, mass, signed=exact)
        return workspace_of(card, templates, bounds, strengths, exact=exact)
    except WollemiError as error:
        raise WollemiError(f"{path}, {error.where}", error.problem, error.remedy) from error
