"""Single numbers of the products, each with its unit, under the names that the analysis assigns."""

from collections.abc import Mapping
from typing import Any

from wollemi.analysis.models.results import NamedResult
from wollemi.analysis.settings import Settings
from wollemi.base.json_pointer import PointerError, join_tokens, pointer_tokens, resolve_pointer
from wollemi.results.marks import BLINDED, find_marks, measurement_marks
from wollemi_likelihood.base.errors import WollemiError

Content = Mapping[str, Any]


def describe_result(
    name: str, item: NamedResult, content: Content, digest: str, marks: tuple[str, ...]
) -> dict[str, Any]:
    """A named result as written to the product.

    Args:
        name: Name of the result.
        item: Entry of the result in the analysis file.
        content: Content of the file.
        digest: SHA-256 of the file.
        marks: Marks of the file.

    Raises:
        WollemiError: The pointer points to nothing, or not to a number; the message lists the
            existing entries.
    """
    try:
        value, pointer = resolve_pointer(content, item.pointer)
    except PointerError as error:
        value, pointer = None, item.pointer
        if not is_asimov(content, item.pointer):
            remedy = "correct the pointer in the analysis file"
            raise WollemiError(
                f"results.{name}", f"{item.pointer} of {item.file}: {error}", remedy
            ) from None
    if isinstance(value, bool) or not isinstance(value, int | float | None):
        inside = (
            f"; it has {', '.join(map(str, value))}"[:200] if isinstance(value, Mapping) else ""
        )
        problem = f"{item.pointer} of {item.file} is {_kind(value)}, not a number{inside}"
        raise WollemiError(f"results.{name}", problem, "let the pointer end at a number")
    about = {
        "unit": item.unit,
        "description": item.description,
        "file": item.file,
        "pointer": pointer,
    }
    return (
        {"value": None if is_hidden(item, marks) else value}
        | about
        | {"sha256": digest, "marks": list(marks)}
    )


def _kind(value: object) -> str:
    return {"dict": "an object", "list": "a list", "str": "a text", "bool": "true or false"}[
        type(value).__name__
    ]


def content_marks(content: Content, settings: Settings) -> tuple[str, ...]:
    """Marks of a product, for example `pseudo-data` or `BLINDED`: from its measurement, its list of
    marks, or its dataset.
    """
    if "measurement" in content:
        return measurement_marks(content["measurement"])
    if "marks" in content:
        return tuple(content["marks"])
    dataset = content["dataset"]
    samples = {
        name: sample for name, sample in settings.samples.items() if dataset in sample.datasets
    }
    return tuple(find_marks(samples, settings.datasets, {dataset: content}))


def is_hidden(item: NamedResult, marks: tuple[str, ...]) -> bool:
    """Whether a number is the value of a parameter fitted to blinded data, hence to Asimov data."""
    return item.file == "fit.json" and BLINDED in marks and item.pointer.endswith("/value")


def is_asimov(content: Content, pointer: str) -> bool:
    """Whether the observed value is missing because Asimov data replace blinded ones."""
    *above, last = pointer_tokens(pointer)
    try:
        parent, _ = resolve_pointer(content, join_tokens(above))
    except PointerError:
        return False
    return last == "observed" and isinstance(parent, Mapping) and "asimov" in parent
