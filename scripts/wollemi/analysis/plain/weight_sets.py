"""Members of systematics with many weights per event, such as scale variations and PDF sets.

Standard library only, on the plain YAML values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wollemi.base.yaml import Document


def member_numbers(members: Iterable[Any]) -> list[int]:
    """Positions in the list of weights; `1-100` includes 1 and 100."""
    numbers: list[int] = []
    for member in members:
        first, _, last = str(member).partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def used_members(item: Document) -> list[int]:
    """Members of a systematic that are histogrammed: its own, then the α_s members."""
    return [*member_numbers(item["members"]), *(item.get("alpha_s") or ())]


def member_variation(variation: str, member: int) -> str:
    """Name of the variation with the weights of one member: `pdf_member7`."""
    return f"{variation}_member{member}"


def member_expressions(systematics: Mapping[str, Document]) -> dict[str, str]:
    """Variation → factor on the event weight, as an expression: `LHEScaleWeight[7] /
    LHEScaleWeight[4]`.

    Args:
        systematics: Systematics from `wollemi.analysis.plain.systematics.weight_sets`.
    """
    factors: dict[str, str] = {}
    for name, item in systematics.items():
        nominal = "" if item["nominal"] is None else f" / ({item['weights']})[{item['nominal']}]"
        for member in item["members"]:
            factors[member_variation(name, member)] = f"({item['weights']})[{member}]{nominal}"
    return factors


def is_member(histogram: str, systematics: Mapping[str, Document]) -> bool:
    """Whether a histogram, judging by its name, belongs to a member of a weight set."""
    variation = histogram.rpartition("/")[2]
    return any(
        variation == member_variation(name, member)
        for name, item in systematics.items()
        for member in used_members(item)
    )


def add_sums(parts: Sequence[Mapping[str, Sequence[float]]]) -> dict[str, list[float]]:
    """Add the sums of batches or parts, in their order: systematic → Σw of each member."""
    total: dict[str, list[float]] = {}
    for part in parts:
        for name, sums in part.items():
            before = total.get(name, [0.0] * len(sums))
            if len(before) != len(sums):
                raise ValueError(f"{name}: {len(before)} and {len(sums)} members")
            total[name] = [one + more for one, more in zip(before, sums)]  # noqa: B905 - Python 3.8
    return total
