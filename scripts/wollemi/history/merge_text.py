"""Two branches of an analysis and their merge, as text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from wollemi.archive.reading.json_comparison import shorten
from wollemi.history.merge import (
    MISSING,
    Edit,
    Key,
    Use,
    added,
    alike,
    conflicts,
    find_edits,
    lost,
    neighbors,
    uses,
    value_at,
)
from wollemi.history.revisions import Revision

_SHOWN = 30  # most edits of a branch
_NAMED = 4  # most entries in a sentence


@dataclass(frozen=True)
class Branches:
    """Two edits of one analysis.

    Args:
        base: Common ancestor of both branches.
        ours: First branch.
        theirs: Second branch.
    """

    base: Revision
    ours: Revision
    theirs: Revision

    @cached_property
    def edits(self) -> tuple[dict[Key, Edit], dict[Key, Edit]]:
        """Edits of both branches."""
        base = self.base.document
        return find_edits(base, self.ours.document), find_edits(base, self.theirs.document)

    @cached_property
    def conflicts(self) -> list[tuple[Edit, Edit]]:
        """Contradicting edits of both branches."""
        return conflicts(*self.edits)


def branch_lines(branches: Branches) -> Iterator[str]:
    """Lines on the changes of each branch, and on their conflicts."""
    same = {edit.key for edit in alike(*branches.edits)}
    for revision, edits in zip((branches.ours, branches.theirs), branches.edits, strict=True):
        yield f"{revision.name}:"
        files = _changed_files(branches.base, revision)
        texts = [edit.text for key, edit in edits.items() if key not in same] + files
        yield from (
            f"  {text}" for text in texts[:_SHOWN] or ["nothing else" if same else "nothing"]
        )
        if len(texts) > _SHOWN:
            yield f"  and {len(texts) - _SHOWN} more"
    if same:
        yield "both alike:"
        yield from (f"  {branches.edits[0][key].text}" for key in branches.edits[0] if key in same)
    yield ""
    found = [*_conflict_lines(branches), *_look_lines(branches)]
    yield from found or ["Neither changed what the other did, or uses."]


def _changed_files(base: Revision, revision: Revision) -> list[str]:
    """Hooks and other files of the analysis that a branch changed."""
    if base.files is None or revision.files is None:
        return []
    old, new = base.files, revision.files
    return [
        f"{name}: {'new' if name not in old else 'gone' if name not in new else 'edited'}"
        for name in {**old, **new}
        if old.get(name) != new.get(name)
    ]


def _conflict_lines(branches: Branches) -> Iterator[str]:
    ours, theirs = branches.ours.name, branches.theirs.name
    for one, other in branches.conflicts:
        place = _outer(one, other)
        mine, others = _now(one, place), _now(other, place)
        yield f"CONFLICT {'.'.join(place)}: {ours} {mine}, {theirs} {others}: choose"


def _outer(one: Edit, other: Edit) -> Key:
    """The shorter of the two edits' keys, which contains the other."""
    return one.key if len(one.key) <= len(other.key) else other.key


def _now(edit: Edit, place: Key) -> str:
    inside = ".".join(edit.key[len(place) :])
    if edit.now is MISSING:
        return f"removed {inside or 'it'}"
    verb = "added" if edit.then is MISSING else "set"
    return f"{verb} {inside + ' to ' if inside else 'it to '}{shorten(edit.now)}"


def _look_lines(branches: Branches) -> Iterator[str]:
    """Changes that git merges silently, and that a physicist should look at."""
    ours, theirs = branches.ours, branches.theirs
    for entry, (mine, others) in neighbors(*branches.edits).items():
        changed = f"{ours.name} changed {', '.join(mine)}, {theirs.name} {', '.join(others)}"
        yield f"LOOK {'.'.join(entry)}: {changed}"
    first, second = branches.edits
    yield from _use_lines(list(uses(ours.document, first, second)), ours.name, theirs.name)
    yield from _use_lines(list(uses(theirs.document, second, first)), theirs.name, ours.name)
    yield from _file_lines(branches)


def _file_lines(branches: Branches) -> Iterator[str]:
    base, ours, theirs = (item.files for item in (branches.base, branches.ours, branches.theirs))
    if base is None or ours is None or theirs is None:
        return
    for name in {**ours, **theirs}:
        if len({base.get(name), ours.get(name), theirs.get(name)}) == 3:
            yield f"LOOK {name}: both edited this file, which git merges as text"


def _use_lines(found: list[Use], branch: str, other: str) -> Iterator[str]:
    for entry in dict.fromkeys(use.entry for use in found):
        used = [use for use in found if use.entry == entry]
        texts = [_used_text(use) for use in used[:_NAMED]]
        more = f" and {len(used) - _NAMED} more" if len(used) > _NAMED else ""
        verb = "CONFLICT" if any(use.gone for use in used) else "LOOK"
        what = "removed" if verb == "CONFLICT" else "changed"
        yield (
            f"{verb} {'.'.join(entry)}, changed by {branch}, uses {', '.join(texts)}{more}, "
            f"which {other} {what}"
        )


def _used_text(use: Use) -> str:
    through = ", ".join(".".join(entry) for entry in use.through)
    return ".".join(use.used) + (f" (through {through})" if through else "")


def merge_lines(branches: Branches, merged: Revision) -> Iterator[str]:
    """Lines on whether a merge has all changes of both; lines with LOST list missing changes."""
    both = branches.conflicts
    undecided = {edit.key: edit for pair in both for edit in pair}
    sides = zip((branches.ours, branches.theirs), branches.edits, strict=True)
    missing = 0
    for revision, edits in sides:
        for edit, value in lost(edits, merged.document, undecided):
            missing += 1
            there = "it is gone" if value is MISSING else f"the merge has {shorten(value)}"
            yield f"LOST {revision.name}: {edit.text}; {there}"
    for one, other in both:
        yield _decision(branches, one, other, merged)
    for edit in added(branches.base.document, merged.document, *branches.edits):
        yield f"OWN {edit.text}, which neither changed"
    if not missing:
        counts = [len(edits) for edits in branches.edits]
        yield (
            f"{merged.name} has all {'other ' if both else ''}changes of both: {counts[0]} of "
            f"{branches.ours.name}, {counts[1]} of {branches.theirs.name}."
        )


def _decision(branches: Branches, one: Edit, other: Edit, merged: Revision) -> str:
    """Line on the branch for which a conflict was decided."""
    name = ".".join(_outer(one, other))
    names: Mapping[str, bool] = {
        branches.ours.name: not find_edits(one.now, value_at(merged.document, one.key)),
        branches.theirs.name: not find_edits(other.now, value_at(merged.document, other.key)),
    }
    chosen = [branch for branch, agrees in names.items() if agrees]
    if chosen:
        return f"CHOSEN {name}: as in {' and '.join(chosen)}"
    value = value_at(merged.document, _outer(one, other))
    return f"CHOSEN {name}: as in neither, {'nothing' if value is MISSING else shorten(value)}"
