"""Shared settings of an analysis file: `extends`, `lists`, `like`, `defaults`. They are expanded
when the file is read, so that later code does not know them.

Standard library and YAML only, like `wollemi.loading.all`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wollemi.base.yaml import load_yaml
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean, nearest_name, suggestion

if TYPE_CHECKING:
    Values = Mapping[str, Any]
    Lists = Mapping[str, Values]

# Sections whose entries can have `like` and defaults.
SECTIONS = ("datasets", "samples", "systematics", "variables", "regions")
RESERVED = ("sample", "signal")  # filled in by `systematics` and `results`
_PLACE = re.compile(r"\{(\w+)(?:\.(\w+))?\}")


def read_composed(path: str | Path) -> Any:
    """Read an analysis file and the files that it extends, and expand it; other content is left to
    the checks.

    Args:
        path: Path of the analysis file.

    Returns:
        Plain values.

    Raises:
        WollemiError: A file cannot be read, or these four keys contain an error.
    """
    document = _extended(Path(path), ())
    return composed(document, str(path)) if isinstance(document, dict) else document


def composed_files(path: str | Path) -> list[str]:
    """The files that an analysis file extends, directly or indirectly, without repetition."""
    found: dict[str, None] = {}
    pending = _bases(Path(path), load_yaml(path))
    while pending:
        other = pending.pop(0)
        if str(other) not in found:
            found[str(other)] = None
            pending = [*_bases(other, load_yaml(other)), *pending]
    return list(found)


def composed(document: Values, where: str) -> dict[str, Any]:
    """The analysis with `lists`, `like` and `defaults` expanded, in this order.

    Args:
        document: Plain values, without `extends`.
        where: Path of the file, for errors.
    """
    rest = {key: value for key, value in document.items() if key != "lists"}
    if (lists := document.get("lists")) is not None:
        rest = _repeated(rest, _checked_lists(lists, where), {}, where)
    defaults = rest.pop("defaults", None) or {}
    _check_defaults(defaults, where)
    for section in SECTIONS:
        if isinstance(entries := rest.get(section), dict):
            rest[section] = _with_defaults(
                _resolved(entries, f"{where}: {section}"), section, defaults.get(section) or {}
            )
    return rest


def merged(base: Values, own: Values) -> dict[str, Any]:
    """A mapping merged over another one: mappings are merged key by key, other values are replaced,
    and null removes a key.
    """
    result = dict(base)
    for key, value in own.items():
        if value is None and key in base:
            del result[key]
        elif isinstance(value, Mapping) and isinstance(base.get(key), Mapping):
            result[key] = merged(base[key], value)
        else:
            result[key] = value
    return result


def _extended(path: Path, above: tuple[Path, ...]) -> Any:
    document = load_yaml(path)
    if not isinstance(document, dict) or "extends" not in document:
        return document
    base: dict[str, Any] = {}
    for other in _bases(path, document):
        if other in (*above, path):
            chain = " → ".join(str(item) for item in (*above, path, other))
            raise WollemiError(
                f"{path}: extends", f"goes round in a circle: {chain}", "take one of them out"
            )
        content = _extended(other, (*above, path))
        if not isinstance(content, dict):
            raise WollemiError(
                f"{path}: extends", f"'{other}' is not a mapping of sections", "correct that file"
            )
        base = merged(base, content)
    return merged(base, {key: value for key, value in document.items() if key != "extends"})


def _bases(path: Path, document: Any) -> list[Path]:
    """The files that a file extends; archives and REANA copy such files from the folder of analyses
    only.
    """
    if not isinstance(document, dict) or "extends" not in document:
        return []
    given = document["extends"]
    names = given if isinstance(given, list) else [given]
    if not all(isinstance(name, str) and name for name in names):
        raise WollemiError(
            f"{path}: extends",
            "is neither a path nor a list of paths",
            "write one, such as extends: ../zprime/analysis.yaml",
        )
    top = path.parent.parent
    for name in names:
        if Path(name).is_absolute() or os.path.relpath(path.parent / name, top).startswith(".."):
            raise WollemiError(
                f"{path}: extends",
                f"'{name}' is outside of '{top}'",
                "keep what analyses share beside them: archives and REANA take it along from there",
            )
    return [Path(os.path.normpath(path.parent / name)) for name in names]


def _checked_lists(lists: Any, where: str) -> dict[str, dict[str, Any]]:
    """List → value (as text) → its fields."""
    place = f"{where}: lists"
    if not isinstance(lists, dict):
        raise WollemiError(
            place, "is not a mapping", "write a name and a list, such as mass: [2, 3]"
        )
    found = {}
    for name, values in lists.items():
        if name in RESERVED or not name.isidentifier():
            problem = f"'{name}' is {'taken' if name in RESERVED else 'no name'}"
            raise WollemiError(place, problem, "take another name of letters, digits and _")
        plain = isinstance(values, list) and all(
            isinstance(item, (str, int, float)) for item in values
        )
        fields = isinstance(values, dict) and all(isinstance(x, dict) for x in values.values())
        if not values or not (plain or fields):
            raise WollemiError(
                f"{place}.{name}",
                "is neither a list of values nor a mapping from values to fields",
                f"such as {name}: [2000, 2500], or {name}: {{2000: {{seed: 7}}}}",
            )
        found[name] = values if fields else {str(item): {} for item in values}
    return found


def _repeated(value: Any, lists: Lists, chosen: Mapping[str, str], where: str) -> Any:
    """A value in which entries and items with `{list}` are repeated for each value of the list."""
    if isinstance(value, dict):
        return _repeated_entries(value, lists, chosen, where)
    if isinstance(value, list):
        return [
            _repeated(item, lists, {**chosen, **choice}, where)
            for item in value
            for choice in _choices(item, lists, chosen)
        ]
    return _filled(value, lists, chosen, where) if isinstance(value, str) else value


def _repeated_entries(
    entries: Values, lists: Lists, chosen: Mapping[str, str], where: str
) -> dict[str, Any]:
    """Entries of a mapping; an explicit entry is merged over the repeated entry of its name."""
    made: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for key, item in entries.items():
        repeated = any(name in lists for name, _ in _PLACE.findall(key))
        for choice in _choices(key, lists, chosen):
            chosen_here = {**chosen, **choice}
            place = f"{where}: {key}" if ": " not in where else f"{where}.{key}"
            name = str(_filled(key, lists, chosen_here, where))
            if repeated and name in made and name not in own:
                raise WollemiError(
                    place, f"'{name}' is made twice", "let the names of the entries differ"
                )
            target = made if repeated else own
            target[name] = _repeated(item, lists, chosen_here, place)
            made.setdefault(name, target[name])
    for name, item in own.items():
        both = isinstance(item, dict) and isinstance(made[name], dict) and made[name] is not item
        made[name] = merged(made[name], item) if both else item
    return made


def _choices(text: Any, lists: Lists, chosen: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Each combination of values of the lists that a text names and that are not chosen yet; a
    single empty one if it names none.
    """
    places = _PLACE.findall(text) if isinstance(text, str) else []
    named = dict.fromkeys(name for name, _ in places if name in lists and name not in chosen)
    for values in product(*(lists[name] for name in named)):
        yield {name: values[index] for index, name in enumerate(named)}


def _filled(text: str, lists: Lists, chosen: Mapping[str, str], where: str) -> Any:
    """A text with the values inserted; a text that consists of `{list}` is the value itself."""

    def value(match: re.Match[str]) -> Any:
        name, field = match.groups()
        if name not in lists:
            _refuse_misspelled(match, lists, where)
            return match.group()
        if name not in chosen:
            raise WollemiError(
                where,
                f"'{match.group()}' is in an entry that is not repeated",
                f"put {{{name}}} into the name of the entry, or into an item of a list",
            )
        if field is None:
            return _number(chosen[name])
        fields = lists[name][chosen[name]]
        if field not in fields:
            raise WollemiError(
                where,
                f"{name} {chosen[name]} has no '{field}'{did_you_mean(field, fields)}",
                f"add it to lists.{name}",
            )
        return fields[field]

    whole = _PLACE.fullmatch(text)
    return value(whole) if whole else _PLACE.sub(lambda match: str(value(match)), text)


def _refuse_misspelled(match: re.Match[str], lists: Lists, where: str) -> None:
    """Raise an error for a name in braces that is nearly the name of a list. Braces also occur in
    TeX, as in `m_{T}`, and around names that other sections fill in.
    """
    name, before = match.group(1), match.string[: match.start()][-1:]
    meant = nearest_name(name, lists)
    of_tex = before.isalpha() or before in {"_", "^", "}"}
    if meant and name not in RESERVED and not of_tex:
        raise WollemiError(
            where,
            f"unknown list '{name}' in '{match.group()}'{suggestion(meant)}",
            f"write {{{meant}}}, or add a list of that name",
        )


def _number(text: str) -> Any:
    """A value of a list as YAML reads it: a number if possible."""
    for kind in (int, float):
        try:
            return kind(text) if str(kind(text)) == text else text
        except ValueError:
            pass
    return text


def _check_defaults(defaults: Any, where: str) -> None:
    if not isinstance(defaults, dict):
        raise WollemiError(
            f"{where}: defaults", "is not a mapping", "write sections, such as datasets"
        )
    for section, values in defaults.items():
        if section not in SECTIONS:
            raise WollemiError(
                f"{where}: defaults",
                f"'{section}' has no defaults{did_you_mean(section, SECTIONS)}",
                f"sections with defaults: {', '.join(SECTIONS)}",
            )
        if not isinstance(values, dict):
            raise WollemiError(
                f"{where}: defaults.{section}",
                "is not a mapping",
                "write keys and values, as in an entry of that section",
            )


def _resolved(entries: Values, where: str) -> dict[str, Any]:
    """Entries of a section, each merged over the entry named by `like`."""
    return {name: _like(name, entries, (), where) for name in entries}


def _like(name: str, entries: Values, above: tuple[str, ...], where: str) -> Any:
    entry = entries[name]
    if not isinstance(entry, dict) or "like" not in entry:
        return entry
    other = entry["like"]
    if other not in entries:
        raise WollemiError(
            f"{where}.{name}.like",
            f"'{other}' is not there{did_you_mean(str(other), entries)}",
            "name another entry of this section",
        )
    if other in (*above, name):
        chain = " → ".join([*above, name, other])
        raise WollemiError(
            f"{where}.{name}.like", f"goes round in a circle: {chain}", "take one of them out"
        )
    base = _like(other, entries, (*above, name), where)
    own = {key: value for key, value in entry.items() if key != "like"}
    return merged(base, own) if isinstance(base, dict) else own


def _with_defaults(entries: Values, section: str, defaults: Values) -> dict[str, Any]:
    """Entries merged over the defaults of their section, which come last: digests depend on the
    order of keys. Pseudo-data are drawn from histograms and do not get these defaults.
    """
    found = {}
    for name, entry in entries.items():
        found[name] = entry
        if isinstance(entry, dict) and not (section == "datasets" and "draw" in entry):
            whole = merged(defaults, entry)
            found[name] = {key: whole[key] for key in [*entry, *defaults] if key in whole}
    return found
