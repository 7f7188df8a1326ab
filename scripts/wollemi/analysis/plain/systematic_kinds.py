"""The kinds of systematics: one class per kind, with everything derived from plain values.

Jobs use `acts_on` of a kind, the checks its references and expressions, the pages its text, but not
its name. CONTRIBUTING.md explains how to add a kind. Standard library only, on the plain YAML
values.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from wollemi.analysis.plain.queries import as_list

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

    Placed = tuple[str, str]  # place in the analysis file, expression
    Copies = Mapping[str, list[str]]

SIDES = ("up", "down")
MIRRORED = "symmetrize"
# The effect of a systematic, which determines the jobs that use it:
YIELDS = "yields"  # the model alone: a factor on the yields
WEIGHTS = "weights"  # histograms, filled with other weights
VIEWS = "views"  # the skim and histograms: objects or columns of the events change
WEIGHT_SETS = "weight sets"  # histograms of many weights, which merging combines into two sides
TEMPLATES = "templates"  # histograms alone, which are in files of histograms
DATASETS = "datasets"  # the model alone: other datasets replace a sample


class Reference(NamedTuple):
    """Names in a systematic that must exist in another section.

    Args:
        key: Key of the names in the systematic.
        section: Section of the analysis file.
        names: Entries of the section.
    """

    key: str
    section: str
    names: list[str]


class Kind(ABC):
    """One kind of systematic; items are the plain values of a systematic.

    Attributes:
        name: Value of `kind` in the analysis file.
        text: One-line description for readers of the pages.
        acts_on: Effect of the systematic, one of the constants above.
        by_era: Whether `up` and `down` may have one value for each era.
        checks: Names in `wollemi.loading.systematics` of the checks in addition to names and
            expressions.
    """

    name: str
    text: str
    acts_on: str
    by_era = False
    checks: tuple[str, ...] = ()

    @abstractmethod
    def expressions(self, place: str, item: Document, era: str | None = None) -> list[Placed]:
        """Expressions on the names of an event.

        Args:
            place: Place of the systematic in the analysis file.
            item: Settings of the systematic.
            era: Era in which the expressions act; None for all eras.
        """

    def field_expressions(self, place: str, item: Document) -> dict[str, list[Placed]]:
        """Object → expressions on its fields, in places that end with the field that changes."""
        return {}

    def column_expressions(self, place: str, item: Document) -> dict[str, list[Placed]]:
        """Column → expressions on the names of an event that replace it."""
        return {}

    def references(self, item: Document) -> list[Reference]:
        """Names in other sections, in addition to `samples`, `regions` and `eras`."""
        return []

    def changes_weight(self, item: Document) -> bool:
        """Whether the weight changes in addition to objects or columns."""
        return False

    def with_copies(self, item: Document, copies: Copies) -> dict[str, Any]:
        """The item, extended to change copies of objects like the objects themselves.

        Args:
            item: Settings of the systematic.
            copies: Object → names of its copies.
        """
        return dict(item)

    def effect(self, item: Document) -> dict[str, Any]:
        """Its effect at `up` and `down`, for readers of the pages."""
        return {side: item[side] for side in SIDES}

    @property
    def has_histograms(self) -> bool:
        """Whether events are filled into separate histograms, under a name that regions share."""
        return self.acts_on in (WEIGHTS, VIEWS, WEIGHT_SETS)

    @property
    def acts_by_itself(self) -> bool:
        """Whether it acts on a sample without events, such as one estimated from data or given by
        efficiencies.
        """
        return self.acts_on == YIELDS

    @property
    def given_by_efficiencies(self) -> bool:
        """Whether a signal given by its efficiencies may specify the effect on them."""
        return self.acts_on in (WEIGHTS, VIEWS)

    def is_one_sided(self, item: Document) -> bool:
        """Whether -1σ is the mirror image of +1σ."""
        return item.get("down") in (MIRRORED, [MIRRORED])

    def eras(self, item: Document) -> list[str] | None:
        """Eras to which it is restricted, by the key `eras` or by values for some eras only; None
        for every era.
        """
        if item.get("eras"):
            return [str(era) for era in item["eras"]]
        values = item["up"] if self.by_era and not self.by_sample(item) else None
        return list(values) if isinstance(values, Mapping) else None

    def by_sample(self, item: Document) -> bool:
        """Whether a side has one value for each of its samples."""
        return False

    def of_sample(self, item: Document, sample: str) -> dict[str, Any]:
        """The item with the values of one of its samples."""
        values = {side: item[side] for side in SIDES} if self.by_sample(item) else {}
        return {**item, **{side: _chosen(value, sample) for side, value in values.items()}}

    def in_era(self, item: Document, era: str | None) -> dict[str, Any]:
        """The item with the values of an era; without any, the item as in the file, for the check
        to report.
        """
        chosen = {side: _chosen(item[side], era) for side in SIDES} if self.by_era else {}
        return {**item, **chosen}

    def for_events(self, item: Document, era: str | None) -> dict[str, Any]:
        """The settings that affect the events of an era, not its place in the model.

        Views have the form of `object` or `column`, weights the form of `weight`: jobs know only
        these.
        """
        return {
            key: value
            for key, value in self.in_era(item, era).items()
            if key not in ("regions", "variation", "smoothing", "symmetrization")
        }

    def _sides(self, place: str, item: Document, era: str | None = None) -> list[tuple[str, Any]]:
        """`up` and `down`, each with its place, and separately for each era; without mirror
        images.
        """
        found: list[tuple[str, Any]] = []
        for side in SIDES:
            values = item[side]
            if self.by_era and isinstance(values, Mapping):
                found += [
                    (f"{place}.{side}.{key}", value)
                    for key, value in values.items()
                    if era in (None, key)
                ]
            else:
                found.append((f"{place}.{side}", values))
        return [(where, value) for where, value in found if value != MIRRORED]


def _chosen(values: Any, key: str | None) -> Any:
    return values.get(key, values) if isinstance(values, Mapping) else values


class Normalization(Kind):
    """An uncertainty of the yield."""

    name, acts_on, by_era = "normalization", YIELDS, True
    text = "a factor on the yield"
    checks = ("factors",)

    def expressions(self, place: str, item: Document, era: str | None = None) -> list[Placed]:
        """No expressions: its sides are numbers."""
        return []

    def by_sample(self, item: Document) -> bool:
        """Whether a side is a mapping with one of its samples."""
        samples, sides = {*as_list(item["samples"])}, (item[side] for side in SIDES)
        return any(samples & side.keys() for side in sides if isinstance(side, Mapping))


class Weight(Kind):
    """A change of event weights."""

    name, acts_on, by_era = "weight", WEIGHTS, True
    text = "a factor on the weight of each event"
    checks = ("factors",)

    def expressions(self, place: str, item: Document, era: str | None = None) -> list[Placed]:
        """The factors on the weight."""
        return self._sides(place, item, era)


class Object(Kind):
    """A change of an object's fields."""

    name, acts_on = "object", VIEWS
    text = "fields of an object change; object cuts, selection and variables are evaluated again"

    def expressions(self, place: str, item: Document, era: str | None = None) -> list[Placed]:
        """No expressions on the event."""
        return []

    def field_expressions(self, place: str, item: Document) -> dict[str, list[Placed]]:
        """New values of fields."""
        placed = [
            (f"{where}.{field}", str(text))
            for where, texts in self._sides(place, item)
            for field, text in texts.items()
        ]
        return dict.fromkeys(as_list(item["object"]), placed)

    def references(self, item: Document) -> list[Reference]:
        """The objects."""
        return [Reference("object", "objects", as_list(item["object"]))]

    def with_copies(self, item: Document, copies: Copies) -> dict[str, Any]:
        """The item in which copies change like their object."""
        names = [one for name in as_list(item["object"]) for one in (name, *copies.get(name, ()))]
        return {**item, "object": list(dict.fromkeys(names))} if len(names) > 1 else dict(item)

    def effect(self, item: Document) -> dict[str, Any]:
        """The fields, with their object as the key."""
        names = ", ".join(as_list(item["object"]))
        return {
            side: item[side] if item[side] == MIRRORED else {names: item[side]} for side in SIDES
        }


class Column(Kind):
    """A change of a quantity of the event."""

    name, acts_on = "column", VIEWS
    text = "a quantity of the event changes, and all that is computed from it"
    checks = ("column",)

    def expressions(self, place: str, item: Document, era: str | None = None) -> list[Placed]:
        """The column and its new values."""
        return [*self._sides(place, item), (f"{place}.column", str(item["column"]))]

    def column_expressions(self, place: str, item: Document) -> dict[str, list[Placed]]:
        """New values of the column."""
        return {str(item["column"]): self._sides(place, item)}

    def effect(self, item: Document) -> dict[str, Any]:
        """The value, with its column as the key."""
        return {"up": {item["column"]: item["up"]}, "down": item["down"]}


class Combined(Kind):
    """Several changes with one parameter."""

    name, acts_on = "combined", VIEWS
    text = "fields of objects, quantities of the event and its weight change together"
    checks = ("changes",)

    def expressions(self, place: str, item: Document, era: str | None = None) -> list[Placed]:
        """New values of columns, the columns, and factors on the weight."""
        columns = [
            (where, text)
            for name, placed in self.column_expressions(place, item).items()
            for where, value in placed
            for text in (value, name)
        ]
        sides = self._sides(place, item)
        weights = [(f"{where}.weight", side.get("weight")) for where, side in sides]
        return [*columns, *((where, str(text)) for where, text in weights if text is not None)]

    def field_expressions(self, place: str, item: Document) -> dict[str, list[Placed]]:
        """New values of fields."""
        found: dict[str, list[Placed]] = {}
        for where, side in self._sides(place, item):
            for name, fields in (side.get("objects") or {}).items():
                found.setdefault(name, []).extend(
                    (f"{where}.objects.{name}.{field}", str(text)) for field, text in fields.items()
                )
        return found

    def column_expressions(self, place: str, item: Document) -> dict[str, list[Placed]]:
        """New values of columns."""
        found: dict[str, list[Placed]] = {}
        for where, side in self._sides(place, item):
            for name, text in (side.get("columns") or {}).items():
                found.setdefault(name, []).append((f"{where}.columns.{name}", str(text)))
        return found

    def changes_weight(self, item: Document) -> bool:
        """Whether a side has a factor on the weight."""
        return any(side.get("weight") is not None for _, side in self._sides("", item))

    def with_copies(self, item: Document, copies: Copies) -> dict[str, Any]:
        """The item in which copies change like their object."""
        changed = {}
        for key, side in ((key, item[key]) for key in SIDES):
            objects = {} if side == MIRRORED else side.get("objects") or {}
            own = {copy: objects[name] for name in objects for copy in copies.get(name, ())}
            changed[key] = {**side, "objects": {**objects, **own}} if own else side
        return {**item, **changed}

    def effect(self, item: Document) -> dict[str, Any]:
        """Objects with their fields, columns, and the factor on the weight."""
        return {side: _flat(item[side]) for side in SIDES}


def _flat(side: Any) -> Any:
    if side == MIRRORED:
        return side
    weight = {"weight": side["weight"]} if side.get("weight") is not None else {}
    return {**(side.get("objects") or {}), **(side.get("columns") or {}), **weight}


class _WeightSet(Kind):
    """A change described by many weights per event."""

    acts_on = WEIGHT_SETS

    def expressions(self, place: str, item: Document, era: str | None = None) -> list[Placed]:
        """The list of weights."""
        return [(f"{place}.weights", str(item["weights"]))]

    def effect(self, item: Document) -> dict[str, Any]:
        """The members, and their combination."""
        return {"up": {item["weights"]: item["members"]}, "down": item.get("method", "envelope")}


class ScaleEnvelope(_WeightSet):
    """The largest shift of several weights."""

    name = "scale_envelope"
    text = "the largest shift of several weights, in each bin"
    checks = ("members",)


class Pdf(_WeightSet):
    """A set of parton distributions."""

    name = "pdf"
    text = "parton distributions: many weights together"
    checks = ("members", "pdf set")


class Template(Kind):
    """Varied histograms in the files of a dataset."""

    name, acts_on = "histogram", TEMPLATES
    text = "histograms that come with the nominal ones"
    checks = ("paths of histograms",)

    def expressions(self, place: str, item: Document, era: str | None = None) -> list[Placed]:
        """No expressions: its sides are paths."""
        return []


class Dataset(Kind):
    """Another simulation of a sample."""

    name, acts_on = "dataset", DATASETS
    text = "another simulation of the same sample"
    checks = ("eras of datasets",)

    def expressions(self, place: str, item: Document, era: str | None = None) -> list[Placed]:
        """No expressions: its sides are datasets."""
        return []

    def references(self, item: Document) -> list[Reference]:
        """The datasets that replace the sample."""
        return [
            Reference(side, "datasets", as_list(item[side]))
            for side in SIDES
            if side == "up" or not self.is_one_sided(item)
        ]

    def is_one_sided(self, item: Document) -> bool:
        """Whether -1σ is the mirror image of +1σ."""
        return as_list(item["down"]) == [MIRRORED]


# In the order of the pages.
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Normalization(),
        Weight(),
        Object(),
        Column(),
        Combined(),
        ScaleEnvelope(),
        Pdf(),
        Template(),
        Dataset(),
    )
}


def kind_of(item: Document) -> Kind:
    """The kind of a systematic."""
    return KINDS[item["kind"]]
