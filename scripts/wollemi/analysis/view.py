"""Views: the plain values of an analysis file, with the attributes of its models.

A view copies and checks nothing: `plain` is the mapping as written, of which digests are taken. The
type checker sees the models, which describe each key; `shapes` tells how its value is read. So all
programs, the Snakefile and REANA's Python 3.8 read an analysis alike: standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.shapes import SHAPES
from wollemi_likelihood.expressions.bounds import UNWEIGHTED

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis


class View:
    """A part of an analysis; a value is read when it is first used.

    Args:
        shape: Name of its model.
        plain: Its mapping, which has the shape of the model.
    """

    plain: Mapping[str, Any]
    _shape: str

    def __init__(self, shape: str, plain: Mapping[str, Any]):
        self.__dict__.update(plain=plain, _shape=shape)

    if not TYPE_CHECKING:  # which knows the attributes from the models

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):  # not yet there while it is copied
                raise AttributeError(name)
            entry = SHAPES[self._shape].get(name)
            if entry is None:
                raise AttributeError(f"{name} is not an attribute of {self._shape}")
            key, reader, *default = entry
            value = self.plain.get(key, *default) if default else self.plain[key]
            if key in self.plain or isinstance(value, (dict, list)):  # other defaults are typed
                value = read(reader, value)
            self.__dict__[name] = value
            return value

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{name}: a view is frozen; use `replace`")

    def replace(self, **changes: Any) -> View:
        """The view with other plain values."""
        return type(self)(self._shape, {**self.plain, **changes})

    def given(self) -> dict[str, Any]:
        """The keys that the file has, in the order of the model, with their values."""
        shape = SHAPES[self._shape].items()
        return {name: getattr(self, name) for name, (key, *_) in shape if key in self.plain}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, View) and (self._shape, self.plain) == (other._shape, other.plain)

    __hash__ = None  # type: ignore[assignment]

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return ((name, getattr(self, name)) for name in SHAPES[self._shape])


def view_of(document: Mapping[str, Any]) -> Analysis:
    """An analysis whose shape has been checked."""
    analysis: Analysis = read("Analysis", document)
    return analysis


def read(reader: Any, value: Any) -> Any:
    """The typed value of a plain one.

    Args:
        reader: Entry of `SHAPES`: empty for a value as it is, the name of a model or a conversion,
            or a mapping with the reader of the values in it.
        value: Plain value.
    """
    if value is None or reader == "" or isinstance(value, View):
        return value
    if isinstance(reader, str):
        known = CONVERSIONS.get(reader)
        return known(value) if known else View(reader, value)
    ((form, below),) = reader.items()
    if form == "any":
        return read(next(one for one in below if _fits(one, value)), value)
    if form == "mapping":
        return {str(key): read(below, item) for key, item in value.items()}
    if form == "list":
        return tuple(read(below, item) for item in value)
    return tuple(map(read, below, value)) if form == "tuple" else value


def _fits(reader: Any, value: Any) -> bool:
    """Whether a value has the form that one of several readers takes; the first one is taken."""
    if isinstance(reader, str) and reader in SHAPES:
        return isinstance(value, Mapping) and all(
            key in value and _fits(below, value[key])
            for key, below, *default in SHAPES[reader].values()
            if not default
        )
    if isinstance(reader, str):
        return reader == "" or (isinstance(value, _FORMS[reader]) and not isinstance(value, bool))
    ((form, below),) = reader.items()
    if form == "any":
        return any(_fits(one, value) for one in below)
    return bool(value == below) if form == "is" else isinstance(value, _FORMS[form])


CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "float": float,
    # As the validators of the same names in the models.
    "_as_list": lambda value: (value,) if isinstance(value, str) else tuple(value),
    "_as_text": str,
    "_as_number_text": str,
    "_without_none": lambda value: None if value == UNWEIGHTED else value,
}
_FORMS: dict[str, Any] = {
    "float": (int, float),
    "_as_list": (str, list, tuple),
    "_as_text": (str, int),
    "_as_number_text": (str, int, float),
    "_without_none": str,
    "mapping": Mapping,
    "list": (list, tuple),
    "tuple": (list, tuple),
}
