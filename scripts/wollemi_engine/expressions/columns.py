"""Names available to an expression, computed on demand, and shared between views of the events."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any


class Columns(Mapping[str, Any]):
    """Names available to an expression, each computed on first use.

    A value of the nominal view is taken if no name that it was computed from has changed.

    Args:
        compute: Name → function that computes it from these names. It must not reference them:
            a reference cycle would keep the arrays of a batch beyond their use.
        nominal: The names in the nominal view; None if these are they.
        changed: Names that differ from the nominal view.
        keeps: Whether the values of expressions are kept, too.
    """

    def __init__(
        self,
        compute: Mapping[str, Callable[[Columns], Any]],
        nominal: Columns | None = None,
        changed: Iterable[str] = (),
        keeps: bool = False,
    ):
        self._compute = dict(compute)
        self._nominal, self._changed, self.keeps = nominal, frozenset(changed), keeps
        # key → value, and the keys that it was computed from
        self._values: dict[Hashable, tuple[Any, set[Hashable]]] = {}
        # of each value that is being computed, the keys so far; the same list in all views
        self.uses: list[set[Hashable]] = [] if nominal is None else nominal.uses

    def kept(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """Value of a name or an expression, computed on first use.

        Args:
            key: Name, or form of the value and text of the expression.
            compute: Function that computes it.
        """
        if key not in self._values:
            known = None if self._nominal is None else self._nominal._values.get(key)
            if known is None or not known[1].isdisjoint(self._changed):
                self.uses.append({key})
                try:
                    value = compute()
                finally:
                    used = self.uses.pop()
                known = value, used
            self._values[key] = known
        value, used = self._values[key]
        if self.uses:
            self.uses[-1] |= used
        return value

    def __getitem__(self, name: str) -> Any:
        return self.kept(name, lambda: self._compute[name](self))

    def __iter__(self) -> Iterator[str]:
        return iter(self._compute)

    def __len__(self) -> int:
        return len(self._compute)
