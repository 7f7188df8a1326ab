"""The text datacards of Combine's repository, which is not part of the project: which of them are
converted, and why the others are not. As a program it prints the page of the docs:

    PYTHONPATH=scripts:tests uv run python -m support.combine.cards > docs/combine_cards.md
"""

import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path

from support.project.paths import ROOT
from wollemi.base.errors import WollemiError
from wollemi.datacards.reading import read_model

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

ADDRESS = "https://github.com/cms-analysis/HiggsAnalysis-CombinedLimit"
PAGE = f"""\
# Cards that Combine ships

Each text datacard of [Combine's repository]({ADDRESS})
(`main` of April 2026) that has a line `rate`, read by `wollemi convert`: {{converted}} of {{cards}}
are converted, {{refused}} are out of scope. [Coming from Combine](coming_from_combine.md) describes
the conversion. This page is the output of `python -m support.combine.cards`;
`tests/physics/test_combine_cards.py` compares it with the repository where that is present.
"""


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


def page(verdicts: dict[str, str]) -> str:
    """The page of the docs.

    Args:
        verdicts: Path in the repository → verdict; cards without their ROOT file count as
            converted.
    """
    found = {card: CONVERTED if told == ABSENT else told for card, told in verdicts.items()}
    converted = sum(told == CONVERTED for told in found.values())
    numbers = {"cards": len(found), "converted": converted, "refused": len(found) - converted}
    lines = [PAGE.format(**numbers), *_tables(found)]
    return "\n".join(lines) + "\n"


def _tables(found: dict[str, str]) -> Iterator[str]:
    for told in sorted(set(found.values()), key=lambda item: (item != CONVERTED, item)):
        members = [card for card, own in found.items() if own == told]
        yield f"## {told[0].upper()}{told[1:]}: {len(members)}"
        yield ""
        for folder in sorted({str(Path(card).parent) for card in members}):
            names = [Path(card).stem for card in members if str(Path(card).parent) == folder]
            yield f"- `{folder}`: {', '.join(f'`{item}`' for item in names)}"
        yield ""


if __name__ == "__main__":
    logging.disable()
    print(page({name(card): verdict(card) for card in cards()}), end="")
