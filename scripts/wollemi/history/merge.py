"""Changes in two branches of an analysis since they parted, conflicts between them, and whether a
merge contains all changes; on plain, fully expanded values.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wollemi.archive.reading.json_comparison import shorten

Key = tuple[str, ...]  # path of a value: section, name, key ...
Edits = Mapping[Key, "Edit"]

# Sections whose entries are referred to by name.
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
# Sections for display and publication use everything and change nothing.
_SHOWN = ("name", "title", "description", "plots", "publication")
_WORD = re.compile(r"(?<![\w.])(?:event\.)?[A-Za-z_]\w*")
_EVENT = "event."  # before names of the event in expressions on an object


class _Missing:
    """The value of a missing key."""

    def __repr__(self) -> str:
        return "nothing"


MISSING = _Missing()


@dataclass(frozen=True)
class Edit:
    """A changed value; a new or removed mapping is one edit, not one per key.

    Args:
        key: Key of the value.
        then: Value before; `MISSING` if it is new.
        now: Value after; `MISSING` if it was removed.
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
        """The edit on one line."""
        name = ".".join(self.key)
        if self.now is MISSING:
            return f"{name}: gone"
        if self.then is MISSING:
            return f"{name}: new, {shorten(self.now)}"
        return f"{name}: {shorten(self.then)} → {shorten(self.now)}"


@dataclass(frozen=True)
class Use:
    """An entry changed in one branch that uses an entry changed in the other branch.

    Args:
        entry: Key of the entry that uses the other.
        used: Key of the used entry.
        through: Keys of the entries between them.
        gone: Whether the used entry was removed.
    """

    entry: Key
    used: Key
    through: tuple[Key, ...]
    gone: bool


def find_edits(then: Any, now: Any, key: Key = ()) -> dict[Key, Edit]:
    """Find all differing values; lists are compared as values, because their items have no names.

    Args:
        then: Content before.
        now: Content after.
        key: Key of both contents.
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
    """Identical changes in both branches."""
    return [
        edit
        for key, edit in ours.items()
        if key in theirs and not find_edits(theirs[key].now, edit.now)
    ]


def conflicts(ours: Edits, theirs: Edits) -> list[tuple[Edit, Edit]]:
    """Contradicting changes: different values of one key, or a change within a replaced part."""
    return [
        (one, other)
        for one in ours.values()
        for other in theirs.values()
        if _is_within(one.key, other.key)
        and (one.key != other.key or find_edits(one.now, other.now))
    ]


def _is_within(one: Key, other: Key) -> bool:
    """Whether two keys are equal or one contains the other."""
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def neighbors(ours: Edits, theirs: Edits) -> dict[Key, tuple[list[str], list[str]]]:
    """Keys that the first and the second branch changed, by entry, for entries in which both
    changed different keys.
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


def uses(document: Mapping[str, Any], changed: Edits, others: Edits) -> Iterator[Use]:
    """Entries changed in a branch that use entries changed in the other branch, also through
    unchanged entries.

    Args:
        document: Analysis in the branch.
        changed: Edits of the branch.
        others: Edits of the other branch.
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


def _made_of(document: Mapping[str, Any], more: set[Key]) -> dict[Key, list[Key]]:
    """Entries used by each entry. `more` are keys that may be used although they were removed."""
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
            # Events dropped by the skim are in no region.
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
    """Words of all texts and keys, except words after a dot, which are fields."""
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


def lost(edits: Edits, merged: Mapping[str, Any], undecided: Edits) -> list[tuple[Edit, Any]]:
    """Edits of a branch that are missing in a merge, with the merge's values instead.

    Args:
        edits: Edits of the branch.
        merged: Merged analysis.
        undecided: Edits that contradict each other; left out.
    """
    found = [(edit, value_at(merged, key)) for key, edit in edits.items() if key not in undecided]
    return [(edit, value) for edit, value in found if find_edits(edit.now, value)]


def added(base: Mapping[str, Any], merged: Mapping[str, Any], *branches: Edits) -> list[Edit]:
    """Changes of a merge that are not in any branch."""
    known = [key for edits in branches for key in edits]
    return [
        edit
        for key, edit in find_edits(base, merged).items()
        if not any(_is_within(key, other) for other in known)
    ]
