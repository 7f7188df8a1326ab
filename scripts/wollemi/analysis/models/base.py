"""Building blocks of all sections of an analysis file: names, texts, and numbers, with bounds.

Two checks read the same file: these models in the programs, the JSON Schema made from them in the
Snakefile. So nothing here is coerced ("13" is not a number, `yes` is not 1, 2.0 is not a whole
number), and each constraint is one that a schema can express.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from wollemi_likelihood.expressions.bounds import LONGEST_EXPRESSION, UNWEIGHTED

# Used in file names, which have at most 255 bytes.
NAME_PATTERN = r"^[A-Za-z][A-Za-z0-9_]{0,99}$"
TEMPLATE_PATTERN = r"^([A-Za-z]|\{[A-Za-z0-9_]+\})([A-Za-z0-9_]|\{[A-Za-z0-9_]+\}){0,99}$"
_ERA_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9 _.+-]{0,49}$"
# No part of a path is longer than file systems allow.
_PATH_PATTERN = r"^/*[^/\x00-\x1f]{1,255}(/+[^/\x00-\x1f]{1,255})*/*$"
# Far beyond anything measured, and safe to multiply and divide.
LARGEST, SMALLEST = 1e20, 1e-20
LARGEST_WHOLE = 2**53  # above, a float cannot distinguish neighbors


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _as_text(value: object) -> object:
    return str(value) if _is_whole(value) else value


def _unique(values: tuple[str, ...]) -> tuple[str, ...]:
    twice = [value for place, value in enumerate(values) if value in values[:place]]
    if twice:
        raise ValueError(f"'{twice[0]}' appears twice")
    return values


def _without_none(weight: object) -> object:
    return None if weight == UNWEIGHTED else weight


def _only_whole(value: object) -> object:
    if not _is_whole(value):
        raise ValueError("should be a whole number")
    return value


Flag = Annotated[bool, Field(strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-LARGEST, le=LARGEST)]
Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=SMALLEST, le=LARGEST)]
LuminosityValue = Annotated[Positive, Field(le=1_000_000)]  # in fb⁻¹
NonNegative = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=LARGEST)]
Fraction = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1)]
Integer = Annotated[int, Field(strict=True, ge=-LARGEST_WHOLE, le=LARGEST_WHOLE)]
Whole = Annotated[int, Field(strict=True, ge=0, le=LARGEST_WHOLE)]
# Before a `Literal` of whole numbers: Python takes 1.0 and True for 1.
WholeChoice = BeforeValidator(_only_whole)

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
# With placeholders, each for several names.
NameTemplate = Annotated[str, Field(pattern=TEMPLATE_PATTERN)]
# Hosts by name or number: brackets would need an address of IPv6 that Python can read.
Address = Annotated[
    str, Field(max_length=2000, pattern=r"^https?://[A-Za-z0-9._~%:@!$&'()*+,;=-]+[/?]")
]
FileAddress = Annotated[
    str,
    Field(
        max_length=2000,
        pattern=r"^(https?|davs?|x?root)://[A-Za-z0-9._~%:@!$&'()*+,;=-]+[/?]",
    ),
]
FilePath = Annotated[str, Field(max_length=4000, pattern=_PATH_PATTERN)]
Era = Annotated[
    str,
    BeforeValidator(_as_text),
    Field(pattern=_ERA_PATTERN),
    WithJsonSchema(
        {
            "type": ["string", "integer"],
            "pattern": _ERA_PATTERN,
            "minimum": 0,
            "maximum": LARGEST_WHOLE,
        }
    ),
]
Expression = Annotated[
    str, Field(min_length=1, max_length=LONGEST_EXPRESSION, description="per-event expression")
]
Weight = Annotated[Expression | None, BeforeValidator(_without_none)]  # `none` becomes None
Cuts = Annotated[Mapping[str, Expression], Field(min_length=1)]
Selection = Expression | Cuts
# They become one expression, in which each is nested in the one before.
Categories = Annotated[Mapping[str, Expression], Field(min_length=1, max_length=40)]


def _list_schema(least: int, most: int | None, unique: bool = True) -> dict[str, Any]:
    one = {"type": "string", "pattern": NAME_PATTERN}
    several: dict[str, Any] = {
        "type": "array",
        "items": one,
        "minItems": least,
        "uniqueItems": unique,
    }
    several |= {"maxItems": most} if most else {}
    return {"anyOf": [one, several]} if least < 2 else several


_Unique = Annotated[tuple[Name, ...], AfterValidator(_unique)]
Names = Annotated[_Unique, BeforeValidator(_as_list), WithJsonSchema(_list_schema(0, None))]
OneName = Annotated[
    _Unique,
    BeforeValidator(_as_list),
    Field(min_length=1, max_length=1),
    WithJsonSchema(_list_schema(1, 1)),
]
OneOrTwoNames = Annotated[
    _Unique,
    BeforeValidator(_as_list),
    Field(min_length=1, max_length=2),
    WithJsonSchema(_list_schema(1, 2)),
]
OneOrMoreNames = Annotated[
    _Unique,
    BeforeValidator(_as_list),
    Field(min_length=1),
    WithJsonSchema(_list_schema(1, None)),
]
SeveralNames = Annotated[_Unique, Field(min_length=2), WithJsonSchema(_list_schema(2, None))]
AxisNames = Annotated[
    _Unique, Field(min_length=2, max_length=3), WithJsonSchema(_list_schema(2, 3))
]
# Legs of a combination, which may repeat: three jets have the legs jet, jet, jet.
TwoToFourNames = Annotated[
    tuple[Name, ...], Field(min_length=2, max_length=4), WithJsonSchema(_list_schema(2, 4, False))
]


def _as_number_text(value: object) -> object:
    """A number is an expression, too: `flavor: 13`."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    if not abs(value) <= LARGEST:
        raise ValueError(f"should be a number of at most {LARGEST:g}")
    return repr(value)


_FIELD_SCHEMA = {
    "type": ["string", "number"],
    "minLength": 1,
    "maxLength": LONGEST_EXPRESSION,
    "minimum": -LARGEST,
    "maximum": LARGEST,
}
FieldExpression = Annotated[
    Expression, BeforeValidator(_as_number_text), WithJsonSchema(_FIELD_SCHEMA)
]
Edges = Annotated[tuple[Number, ...], Field(min_length=2, max_length=10_001)]


class Closed(BaseModel):
    """A closed, frozen mapping: unknown keys are errors."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Section(Closed):
    """A part of an analysis file."""

    if TYPE_CHECKING:  # programs get a view of it, see `wollemi.analysis.view`

        @property
        def plain(self) -> Mapping[str, Any]:
            """The mapping as written."""

        def given(self) -> dict[str, Any]:
            """The keys that the file has."""

        def replace(self, **changes: Any) -> Self:
            """The same with other plain values."""
