"""What two branches of an analysis changed since they parted, where these changes meet, and whether
a merge has all of them; on plain values, written out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wollemi.archive.reading.json_comparison import shorten

Key = tuple[str, ...]  # path of a value: section, name, key ...
Document = Mapping[str, Any]
Edits = Mapping[Key, "Edit"]

# Sections whose entries others name.
_NAMED = (
    "datasets",
    "samples",
    "objects",
    "columns",
    "corrections",
    "variables",
    "regions",
    "systematics",
)
# What is only shown or written for others uses everything, and changes nothing.
_SHOWN = ("name", "title", "description", "plots", "publication")
_WORD = re.compile(r"(?<![\w.])(?:event\.)?[A-Za-z_]\w*")
_EVENT = "event."  # before names of the event in expressions on an object


class _Missing:
    """The value of a key that is not there."""

    def __repr__(self) -> str:
        return "nothing"


MISSING = _Missing()


@dataclass(frozen=True)
class Edit:
    """A changed value; of a new or removed mapping one edit, not one for each of its keys.

    Args:
        key: where it is.
        then: the value before; `MISSING` if it is new.
        now: the value after; `MISSING` if it is gone.
    """

    key: Key
    then: Any
    now: Any

    @property
    def entry(self) -> Key:
        """Section and name."""
        return self.key[:2]

    @property
    def text(self) -> str:
        """One line for people."""
        name = ".".join(self.key)
        if self.now is MISSING:
            return f"{name}: gone"
        if self.then is MISSING:
            return f"{name}: new, {shorten(self.now)}"
        return f"{name}: {shorten(self.then)} → {shorten(self.now)}"


@dataclass(frozen=True)
class Use:
    """An entry that one branch changed, made of one that the other changed.

    Args:
        entry: what uses.
        used: what is used.
        through: entries between them.
        gone: whether what is used was removed.
    """

    entry: Key
    used: Key
    through: tuple[Key, ...]
    gone: bool


def find_edits(then: Any, now: Any, key: Key = ()) -> dict[Key, Edit]:
    """All values that differ; lists are values, as what was added to them has no name.

    Args:
        then: before.
        now: after.
        key: where both are.
    """
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        found: dict[Key, Edit] = {}
        for name in {**then, **now}:
            old, new = then.get(name, MISSING), now.get(name, MISSING)
            found |= find_edits(old, new, (*key, str(name)))
        return found
    same = then is now or (type(then) is type(now) and then == now) or _same_number(then, now)
    return {} if same else {key: Edit(key, then, now)}


def _same_number(then: Any, now: Any) -> bool:
    numbers = [value for value in (then, now) if type(value) in (int, float)]
    return len(numbers) == 2 and numbers[0] == numbers[1]


def alike(ours: Edits, theirs: Edits) -> list[Edit]:
    """What both changed in the same way."""
    return [
        edit
        for key, edit in ours.items()
        if key in theirs and not find_edits(theirs[key].now, edit.now)
    ]


def conflicts(ours: Edits, theirs: Edits) -> list[tuple[Edit, Edit]]:
    """What both changed in different ways: one value, or a part of what the other replaced."""
    return [
        (one, other)
        for one in ours.values()
        for other in theirs.values()
        if _is_within(one.key, other.key)
        and (one.key != other.key or find_edits(one.now, other.now))
    ]


def _is_within(one: Key, other: Key) -> bool:
    """Whether one of two keys is the other or lies in it."""
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def neighbors(ours: Edits, theirs: Edits) -> dict[Key, tuple[list[str], list[str]]]:
    """Entry → the keys of it that one branch changed and those that the other did, where both
    changed some, and different ones.
    """
    found: dict[Key, tuple[list[str], list[str]]] = {}
    for one in ours.values():
        for other in theirs.values():
            if one.entry == other.entry and not _is_within(one.key, other.key):
                mine, others = found.setdefault(one.entry, ([], []))
                mine.append(".".join(one.key[2:]))
                others.append(".".join(other.key[2:]))
    return {
        entry: (list(dict.fromkeys(mine)), list(dict.fromkeys(others)))
        for entry, (mine, others) in found.items()
    }


def uses(document: Document, changed: Edits, others: Edits) -> Iterator[Use]:
    """What a branch changed that is made of what the other branch changed, also through entries
    that neither did.

    Args:
        document: the analysis in the branch.
        changed: its edits.
        others: edits of the other branch.
    """
    made_of = _made_of(document, {edit.entry for edit in others.values()})
    touched = {
        edit.entry: edit.now is MISSING and edit.key == edit.entry for edit in others.values()
    }
    for entry in dict.fromkeys(edit.entry for edit in changed.values()):
        if entry[0] in _SHOWN:
            continue
        paths: dict[Key, tuple[Key, ...]] = {entry: ()}
        pending = [entry]
        while pending:
            place = pending.pop(0)
            for used in made_of.get(place, ()):
                if used not in paths:
                    paths[used] = paths[place] if place == entry else (*paths[place], place)
                    pending.append(used)
        for used, through in paths.items():
            if used != entry and used in touched:
                yield Use(entry, used, through, touched[used])


def _made_of(document: Document, more: set[Key]) -> dict[Key, list[Key]]:
    """Entry → entries whose names it has. `more` are entries that are named, but may be gone."""
    entries: dict[Key, Any] = {
        (section, str(name)): content
        for section, items in document.items()
        if isinstance(items, Mapping)
        for name, content in items.items()
    }
    entries |= {(section,): items for section, items in document.items() if (section,) in more}
    by_name: dict[str, list[Key]] = {}
    for entry in dict.fromkeys([*entries, *more]):
        if len(entry) == 2 and entry[0] in _NAMED:
            by_name.setdefault(entry[1], []).append(entry)
    skim = [entry for entry in dict.fromkeys([*entries, *more]) if entry[0] == "skim"]
    return {
        entry: [
            *(
                used
                for word in _words(content)
                for used in by_name.get(
                    word[len(_EVENT) :] if word.startswith(_EVENT) else word, ()
                )
                if used != entry and not _is_field(word, used, entry, content)
            ),
            # Events that the skim drops are in no region.
            *(skim if entry[0] == "regions" else ()),
        ]
        for entry, content in entries.items()
    }


def _is_field(word: str, used: Key, entry: Key, content: Any) -> bool:
    """Whether a word with the name of a column is a field of an object."""
    of_object = entry[0] == "objects" or (
        isinstance(content, Mapping) and bool({"object", "objects"} & content.keys())
    )
    return of_object and used[0] == "columns" and not word.startswith(_EVENT)


def _words(content: Any) -> dict[str, None]:
    """Words of all texts and keys, without those behind a dot: these are fields."""
    if isinstance(content, Mapping):
        items: list[Any] = [*map(str, content), *content.values()]
    elif isinstance(content, list):
        items = content
    else:
        return dict.fromkeys(_WORD.findall(content)) if isinstance(content, str) else {}
    return {word: None for item in items for word in _words(item)}


def value_at(document: Any, key: Key) -> Any:
    """The value of a key, or `MISSING`."""
    for name in key:
        if not isinstance(document, Mapping):
            return MISSING
        known = {str(other): value for other, value in document.items()}
        if name not in known:
            return MISSING
        document = known[name]
    return document


def lost(edits: Edits, merged: Document, undecided: Edits) -> list[tuple[Edit, Any]]:
    """Edits of a branch that a merge does not have, with what it has there instead.

    Args:
        edits: of the branch.
        merged: the merged analysis.
        undecided: edits that contradict each other, which are left out.
    """
    found = [(edit, value_at(merged, key)) for key, edit in edits.items() if key not in undecided]
    return [(edit, value) for edit, value in found if find_edits(edit.now, value)]


def added(base: Document, merged: Document, *branches: Edits) -> list[Edit]:
    """What a merge has changed that no branch did."""
    known = [key for edits in branches for key in edits]
    return [
        edit
        for key, edit in find_edits(base, merged).items()
        if not any(_is_within(key, other) for other in known)
    ]
