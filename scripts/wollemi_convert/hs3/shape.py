"""Schema of the parts of an HS3 document that are read: required parts and their types."""

from collections.abc import Mapping
from typing import Any

from wollemi.base.numbers import check_finite
from wollemi.loading.schema import schema_problems
from wollemi_likelihood.base.errors import WollemiError, listed

Schema = dict[str, Any]

_MOST = 5  # most problems in a message
_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_FLAG: Schema = {"type": "boolean"}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _object(*required: str, **properties: Schema) -> Schema:
    return {"type": "object", "required": list(required), "properties": properties}


_NUMBERS, _NAMES = _list(_NUMBER), _list(_TEXT)
_BINS = _object("contents", contents=_NUMBERS, errors=_NUMBERS)
_SIDE: Schema = {"anyOf": [_NUMBER, _object("contents", contents=_NUMBERS)]}
_WORDS = ("name", "type", "parameter", "constraint_name", "constraint_type", "constraint")
_MODIFIER = _object(
    "type",
    parameters=_NAMES,
    data={
        "anyOf": [
            {"type": "null"},
            _object(hi=_SIDE, lo=_SIDE, vals=_NUMBERS, uncertainties=_NUMBERS),
        ]
    },
    **dict.fromkeys(_WORDS, _TEXT),
)
_SAMPLE = _object("data", name=_TEXT, data=_BINS, modifiers=_list(_MODIFIER))
_WIDTH: Schema = {"anyOf": [_NUMBER, _TEXT]}


def _of_type(kind: str, *required: str) -> Schema:
    """Additional required parts of distributions of one type."""
    return {"if": {"properties": {"type": {"const": kind}}}, "then": {"required": list(required)}}


_DISTRIBUTION = _object(
    "name",
    "type",
    name=_TEXT,
    type=_TEXT,
    samples=_list(_SAMPLE),
    x=_TEXT,
    mean=_WIDTH,
    sigma=_WIDTH,
) | {
    "allOf": [
        _of_type("histfactory_dist", "samples"),
        _of_type("gaussian_dist", "x", "mean", "sigma"),
    ]
}
_SCHEMA = _object(
    "distributions",
    "data",
    metadata=_object(packages=_list(_object("name", name=_TEXT))),
    distributions=_list(_DISTRIBUTION),
    data=_list(
        _object("name", name=_TEXT, type=_TEXT, contents=_NUMBERS) | _of_type("binned", "contents")
    ),
    likelihoods=_list(
        _object("name", "distributions", "data", name=_TEXT, distributions=_NAMES, data=_NAMES)
    ),
    domains=_list(
        _object(
            "name",
            "axes",
            name=_TEXT,
            axes=_list(_object("name", name=_TEXT, min=_NUMBER, max=_NUMBER)),
        )
    ),
    parameter_points=_list(
        _object(
            "name",
            "parameters",
            name=_TEXT,
            parameters=_list(_object("name", "value", name=_TEXT, value=_NUMBER, const=_FLAG)),
        )
    ),
    analyses=_list(
        _object(
            "name",
            "likelihood",
            parameters_of_interest=_NAMES,
            domains=_NAMES,
            **dict.fromkeys(("name", "likelihood", "init", "domain"), _TEXT),
        )
    ),
)


def check_shape(where: str, content: Mapping[str, Any]) -> None:
    """Raise an error for a document with missing parts, parts of a wrong type, or numbers that are
    not finite.

    Args:
        where: Name of the file.
        content: Plain values of the document.

    Raises:
        WollemiError: The document has such parts; the message lists them.
    """
    problems = schema_problems(content, _SCHEMA)
    if problems:
        problem = f"has parts that are not of HS3:{listed(problems, _MOST)}"
        raise WollemiError(where, problem, "correct them, or write the model again")
    for item in content.get("likelihoods", ()):
        counts = len(item["distributions"]), len(item["data"])
        if counts[0] != counts[1]:
            problem = (
                f"likelihood '{item['name']}' has {counts[0]} distributions for {counts[1]} data"
            )
            raise WollemiError(where, problem, "name one data set for each distribution")
    check_finite(where, content)
