"""The base of all JSON products: a frozen model that defines the schema, page, reader, tolerances
and names.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

from pydantic import ConfigDict, Field, ValidationError

from wollemi.analysis.models.base import Closed
from wollemi.base.absence import KEY, absence
from wollemi.base.json_files import REMEDY, read_json
from wollemi_likelihood.base.errors import WollemiError

TABLES = "pandas, any JSON reader"
Five = Field(min_length=5, max_length=5, description="without signal, at -2, -1, 0, +1, +2σ")


class Part(Closed):
    """A part of a product. A key that is not given is not written, to distinguish it from null."""

    # Most programs read few products, so a validator is built on first use.
    model_config = ConfigDict(defer_build=True)

    def plain(self) -> dict[str, Any]:
        """Plain values, as in the file."""
        return self.model_dump(exclude_unset=True, by_alias=True)

    @classmethod
    def of(cls, result: Any, **more: Any) -> Self:
        """The part with the numbers of a result of `wollemi_likelihood`, whose fields have the same
        names. Fields with their default value are not given.

        Args:
            result: Result, a dataclass.
            more: Further keys, or keys that replace numbers of the result.
        """
        return cls.model_validate(_plain(result) | more)

    def noting(self, **more: Any) -> Self:
        """A copy with more keys, which are given only if they carry information."""
        return type(self).model_validate(
            {name: getattr(self, name) for name in self.model_fields_set} | more
        )


def _plain(result: Any) -> Any:
    """Plain values of a result, without the fields that have their default value."""
    if is_dataclass(result):
        found = {item.name: (getattr(result, item.name), item.default) for item in fields(result)}
        return {name: _plain(value) for name, (value, usual) in found.items() if value != usual}
    if isinstance(result, Mapping):
        return {name: _plain(value) for name, value in result.items()}
    return [_plain(value) for value in result] if isinstance(result, list | tuple) else result


class Tolerance(NamedTuple):
    """Allowed deviation of numbers in a re-execution, see `wollemi.archive.reading.tolerances`."""

    path: str
    relative: float
    absolute: float
    scaled: bool
    reason: str


FITS = "where a fit ends depends on the processor's linear algebra"
P_VALUE = Tolerance(
    "*p_value", 1e-4, 0, False, "relative errors of p-values are those of Z, times up to Z²"
)
OF_A_FIT = Tolerance("*", 1e-6, 0, False, FITS)
OF_SUMS = Tolerance("*", 1e-12, 0, False, "sums of floating-point numbers depend on their order")
EXACT = Tolerance("*", 0, 0, False, "nothing is computed")


class Product(Part):
    """The content of a JSON product. The class also holds its metadata, which `write_schemas.py`
    collects.
    """

    place: ClassVar[str]  # path below the folder of results; `*` matches a name, `**` folders
    word: ClassVar[str]  # name of its schema
    about: ClassVar[str]  # description in texts
    reader: ClassVar[str] = "any JSON reader"
    tolerances: ClassVar[tuple[Tolerance, ...]]  # the first match applies
    # Section of the analysis file that named results require to point to it; empty: not required;
    # None: they must not point to it.
    section: ClassVar[str | None] = None
    # First step of a pointer into it → kind of name of the second one.
    names: ClassVar[tuple[tuple[str, str], ...]] = ()

    @classmethod
    def format_name(cls) -> str:
        """Name and version of the format. A product may omit it, which means the first version."""
        return f"wollemi-{cls.word}-1"

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the product.

        Raises:
            WollemiError: The file is not this product, or records a missing model.
        """
        return cls.parse(str(path), read_json(path))

    @classmethod
    def parse(cls, where: str, content: Any) -> Self:
        """The product from its plain values.

        Args:
            where: Name of the file, for errors.
            content: Content of the file.

        Raises:
            WollemiError: The content is not this product, or records a missing model.
        """
        missing = None if KEY in cls.model_fields else absence(content)
        if missing:
            raise WollemiError(
                missing.where, f"there is no model: {missing.problem}", missing.remedy
            )
        found, known = (
            content.get("format") if isinstance(content, Mapping) else None,
            cls.format_name(),
        )
        if isinstance(found, str) and found.startswith("wollemi-") and found != known:
            problem = f"has the format {found}, and this version of Wollemi reads {known}"
            raise WollemiError(
                where, problem, "read it with the version that made it, or a later one"
            )
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"])) or "the file"
            problem = f"is not in the format {known} (docs/products.md): {place}: {first['msg']}"
            raise WollemiError(where, problem, REMEDY) from error
