"""The text datacards of Combine's repository, which is not part of the project: which of them are
converted, and why the others are not. As a program it prints the list, which
docs/coming_from_combine.md counts:

    PYTHONPATH=scripts:tests uv run python -m support.combine.cards > tests/data/combine_cards.yaml
"""

import logging
import os
import re
from pathlib import Path

import yaml

from support.project.paths import ROOT
from wollemi_convert.datacards.reading import read_model
from wollemi_likelihood.base.errors import WollemiError

REPOSITORY = Path(os.environ.get("COMBINE_REPOSITORY", ROOT.parent / "HiggsAnalysis-CombinedLimit"))
MISSING = f"Combine's repository ({REPOSITORY}, or COMBINE_REPOSITORY) is not here"
CONVERTED = "converted"
ABSENT = "there is no file"

# Beginning of the path → what $MASS stands for; 125 without one.
MASSES = {"data/ci/template-analysis": "200", "data/tutorials/longexercise": "200"}

# Pattern of an error → reason in words.
REASONS = {
    "RooFit workspace": "parametric, or templates in a RooFit workspace",
    "'shapeU'": "`shapeU`: a shape without a constraint",
    "'shapeN' of 'sigma'": "`shapeN` with pairs of factors, which Combine's parser refuses as well",
    "'shapeN'": "`shapeN`: logarithms of events are interpolated",
    "nuisance edit": "`nuisance edit`",
    "in a table": "templates in a table (`.csv`)",
    "numbers for": "lines of different lengths, which Combine's parser refuses as well",
}

LIST = ROOT / "tests/data/combine_cards.yaml"


def cards() -> list[Path]:
    """All text files with a line ``rate``."""
    texts = {path: path.read_text(errors="replace") for path in REPOSITORY.rglob("*.txt")}
    return sorted(path for path, text in texts.items() if re.search(r"(?m)^\s*rate\s", text))


def name(card: Path) -> str:
    """Path in the repository."""
    return str(card.relative_to(REPOSITORY))


def mass(card: Path) -> str:
    """What ``$MASS`` stands for."""
    return next((value for start, value in MASSES.items() if name(card).startswith(start)), "125")


def workspace(card: Path, **options):
    """The workspace of a card."""
    text = card.read_text(errors="replace")
    return read_model(card, text, mass(card), (-20.0, 20.0), {}, **options)


def verdict(card: Path) -> str:
    """``CONVERTED``, ``ABSENT`` for a card whose ROOT file is not here, or the reason in words.

    Raises:
        WollemiError: a card is refused for a reason that is not in `REASONS`.
    """
    try:
        workspace(card)
    except WollemiError as error:
        if error.problem.startswith(ABSENT):
            return ABSENT
        for pattern, reason in REASONS.items():
            if pattern in error.problem:
                return reason
        raise
    return CONVERTED


def listing(verdicts: dict[str, str]) -> dict[str, dict[str, list[str]]]:
    """Verdict → folder in the repository → names of its cards.

    Args:
        verdicts: Path in the repository → verdict; cards without their ROOT file count as
            converted.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for card, reason in verdicts.items():
        folders = found.setdefault(CONVERTED if reason == ABSENT else reason, {})
        folders.setdefault(str(Path(card).parent), []).append(Path(card).stem)
    return found


if __name__ == "__main__":
    logging.disable()
    made = listing({name(card): verdict(card) for card in cards()})
    print(yaml.safe_dump(made, width=120), end="")
