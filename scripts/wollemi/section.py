"""What all sections of an analysis file are made of."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Era = Annotated[str, BeforeValidator(_as_text), WithJsonSchema({"type": ["string", "integer"]})]
Expression = Annotated[str, Field(min_length=1, description="per-event expression")]
Cuts = Annotated[Mapping[str, Expression], Field(min_length=1)]
Selection = Expression | Cuts
Names = Annotated[
    tuple[Name, ...],
    BeforeValidator(_as_list),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
Positive = Annotated[float, Field(gt=0)]


class Section(BaseModel):
    """A closed, frozen mapping: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)
