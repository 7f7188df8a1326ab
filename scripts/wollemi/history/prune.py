"""Shrink a store: remove the states unused for the longest time, and contents used by no other
state. Standard library only, for the Snakefile.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from wollemi.history.store import SCHEMA, Store


class Pruned(NamedTuple):
    """Result of removing states.

    Args:
        states: Number of states.
        removed: Size of the removed contents, in bytes.
        left: Size of the remaining contents, in bytes.
    """

    states: int
    removed: int
    left: int


def pruned(
    store: Store, limit: float, spared: Collection[tuple[str, str]] = (), wait: bool = True
) -> Pruned | None:
    """Remove states until the contents take no more than the limit.

    Args:
        store: Store to shrink.
        limit: Largest allowed size in bytes.
        spared: Run and name of states that are kept.
        wait: Whether to wait for writers; otherwise nothing is done while one is active.

    Returns:
        Result; None if the store could not be locked.
    """
    if wait is False and _total(_sizes(store)) <= limit:
        return Pruned(0, 0, 0)
    with store.locked(alone=True, wait=wait) as held:
        return _pruned(store, limit, spared) if held else None


def _pruned(store: Store, limit: float, spared: Collection[tuple[str, str]]) -> Pruned:
    sizes = _sizes(store)
    states = sorted(store.states.glob("*/*.json"), key=lambda path: path.stat().st_mtime_ns)
    named = {path: state_contents(store, _read(path)) & sizes.keys() for path in states}
    users: dict[str, int] = {}
    for digests in named.values():
        for digest in digests:
            users[digest] = users.get(digest, 0) + 1
    before = _total(sizes)
    # Contents without a state remain if a writer was killed before it wrote the state.
    left = _total({digest: sizes[digest] for digest in users})
    removed = 0
    for path, digests in named.items():
        if left <= limit:
            break
        if (path.parent.name, path.stem) in spared:
            continue
        path.unlink()
        removed += 1
        for digest in digests:
            users[digest] -= 1
            left -= sizes[digest] if not users[digest] else 0
    for digest in sizes:
        if not users.get(digest):
            with contextlib.suppress(FileNotFoundError):
                store.path(digest).unlink()
    # The lock is exclusive: no process is writing them.
    for path in store.partial.glob("*"):
        path.unlink()
    return Pruned(removed, before - left, left)


def state_contents(store: Store, state: Mapping[str, Any]) -> set[str]:
    """Digests of all contents that a state needs.

    Args:
        store: Store with the contents.
        state: Content of its file; may be empty.
    """
    found = {*state.get("files", {}).values(), state.get("document")}
    for job in state.get("jobs", {}).values():
        found.update(job.values())
        found.update(_outputs(store, job["record"]))
    return found - {None}


def _outputs(store: Store, record: str) -> list[str]:
    text = store.read(record)
    return list(json.loads(text)["outputs"].values()) if text else []


def _read(path: Path) -> dict[str, Any]:
    """Content of a state; empty if it is damaged."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return content if content["schema"] == SCHEMA else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _sizes(store: Store) -> dict[str, int]:
    return dict(_contents(store.contents))


def _contents(folder: Path) -> Iterator[tuple[str, int]]:
    with contextlib.suppress(FileNotFoundError):
        for group in os.scandir(folder):
            for entry in os.scandir(group.path):
                yield group.name + entry.name, entry.stat().st_size


def _total(sizes: Mapping[str, int]) -> int:
    return sum(sizes.values())
