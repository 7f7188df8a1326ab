"""Missing transverse momentum that follows calibrations and variations of objects, expanded to
objects and columns.

-Σ(p_calibrated - p_raw) over all entries of a collection, independent of the analysis cuts, needs
the collection twice: `met_jet` has the calibrations and variations of `jet`, `met_jet_raw` has the
momenta in the stored value. Both have the entries of the files in their order. Standard library
only, on the plain YAML values.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.systematic_kinds import kind_of
from wollemi_engine.expressions.fields import own_names
from wollemi_likelihood.expressions.syntax import ExpressionError

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

COUNTS, SHARE = "counts", "share"
MADE = ("collection", "mass_gev", "calibrate")  # of the object


def expand_missing_momentum(document: Document) -> dict[str, Any]:
    """The analysis with the columns and objects of its missing momenta, after its own, and with
    systematics that also change these objects.

    Names in use, and names that are not objects, are left to `check_missing_momentum`.

    Args:
        document: Analysis accepted by the schema.
    """
    if not document.get("missing_momentum"):
        return dict(document)
    changed = dict(document)
    for section, entries in written_out(document).items():
        own = document.get(section) or {}
        changed[section] = {**own, **{key: entries[key] for key in entries if key not in own}}
    copies = copies_of(document)
    changed["systematics"] = {
        name: kind_of(item).with_copies(item, copies)
        for name, item in (document.get("systematics") or {}).items()
    }
    return changed


def copies_of(document: Document) -> dict[str, list[str]]:
    """Object → its copies in the missing momenta."""
    copies: dict[str, list[str]] = {}
    for name, _, momentum in _followed(document):
        copies.setdefault(name, []).append(copy_name(momentum, name))
    return copies


def copy_name(momentum: str, name: str) -> str:
    """Name of the object with the entries of another one, as a missing momentum counts them."""
    return f"{momentum}_{name}"


def written_out(document: Document) -> dict[str, dict[str, Any]]:
    """Section → entries that missing momenta need: objects and columns."""
    objects: dict[str, Any] = {}
    for name, item, momentum in _followed(document):
        copy, own = copy_name(momentum, name), document["objects"][name]
        objects[copy] = _counted(own, item)
        raw = {key: own[key] for key in ("collection", "mass_gev") if key in own}
        given = {} if item.get("raw") is None else {"calibrate": {"pt": item["raw"]}}
        objects[f"{copy}_raw"] = {**raw, **given}
    columns: dict[str, str] = {}
    for momentum, item in document["missing_momentum"].items():
        for part, function in (("px", "cos"), ("py", "sin")):
            start = f"({item['pt']}) * {function}({item['phi']})"
            changes = [
                _change(copy_name(momentum, name), part, followed)
                for name, followed in item["objects"].items()
            ]
            columns[f"{momentum}_{part}"] = " - ".join([start, *changes])
        x, y = f"{momentum}_px", f"{momentum}_py"
        columns[f"{momentum}_pt"] = f"sqrt({x} ** 2 + {y} ** 2)"
        columns[f"{momentum}_phi"] = f"atan2({y}, {x})"
    return {"objects": objects, "columns": columns}


def momentum_key(document: Document, place: str) -> str:
    """The key in the file, for a place in the expansion of missing momenta."""
    section, _, rest = place.partition(".")
    name, _, key = rest.partition(".")
    for own, _, momentum in _followed(document):
        copy, path = copy_name(momentum, own), f"missing_momentum.{momentum}.objects.{own}"
        keys = {f"fields.{COUNTS}": f"{path}.cuts", f"fields.{SHARE}": f"{path}.share"}
        if (section, name) == ("objects", f"{copy}_raw"):
            return f"{path}.raw" if key == "calibrate.pt" else f"objects.{own}.{key}"
        if (section, name) == ("objects", copy):
            return keys.get(key, f"objects.{own}.{key}")
    for momentum in document["missing_momentum"]:
        if section == "columns" and name in column_names(momentum):
            return f"missing_momentum.{momentum}"
    return place


def column_names(momentum: str) -> list[str]:
    """Names of the columns of a missing momentum."""
    return [f"{momentum}_{part}" for part in ("px", "py", "pt", "phi")]


def _change(copy: str, part: str, item: Document) -> str:
    """The sum of the changes of an object's momentum along an axis."""
    change = f"({copy}.{part} - {copy}_raw.{part})"
    change += f" * {copy}.{SHARE}" if item.get("share") is not None else ""
    return f"sum(where({copy}.{COUNTS}, {change}, 0))" if item.get("cuts") else f"sum({change})"


def _counted(own: Document, item: Document) -> dict[str, Any]:
    """The object with the calibrations and variations of another one, but without its cuts."""
    asked = {COUNTS: item.get("cuts"), SHARE: item.get("share")}
    asked = {key: text for key, text in asked.items() if text is not None}
    fields = {**_needed_fields(own, map(str, asked.values())), **asked}
    made = {key: own[key] for key in MADE if own.get(key) is not None}
    return {**made, "fields": fields} if fields else made


def _needed_fields(own: Document, texts: Iterable[str]) -> dict[str, Any]:
    """Fields of the object that expressions use; others may depend on the missing momentum."""
    fields = own.get("fields") or {}
    needed: set[str] = set()
    pending = [str(text) for text in texts]
    while pending:
        try:
            found = own_names(pending.pop()) & set(fields) - needed
        except ExpressionError:  # reported with all other expressions
            continue
        needed |= found
        pending += [str(fields[name]) for name in found]
    return {name: text for name, text in fields.items() if name in needed}


def _followed(document: Document) -> list[tuple[str, Document, str]]:
    """Each object of a missing momentum that is a collection, its settings there, and the name of
    the momentum.
    """
    objects = document.get("objects") or {}
    return [
        (name, item or {}, momentum)
        for momentum, settings in document["missing_momentum"].items()
        for name, item in settings["objects"].items()
        if (objects.get(name) or {}).get("collection")
    ]
