"""Reading TTrees and RNTuples of ROOT files, with plain errors for bad files."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from wollemi.inputs.batches import STEP, STEP_BYTES, entry_steps, step_events
from wollemi.inputs.leaves import (
    MISSING,
    OBJECTS,
    UNREAD,
    friend_trees,
    has_records,
    ntuple_leaves,
    numbers,
    refusal,
    tree_leaves,
    unread_layout,
)
from wollemi.inputs.schemas import Layout
from wollemi_likelihood.base.errors import WollemiError, counted
from wollemi_likelihood.base.nearest import did_you_mean

if TYPE_CHECKING:
    import awkward as ak

HEAD = 64  # bytes; every ROOT file has more
TREES = ("TTree", "TNtuple", "TNtupleD")
FINAL = "ROOT::RNTuple"


class Elsewhere(Protocol):
    """A ROOT file on another machine, used in place of a path (`wollemi.inputs.remote_files`).

    Its text is its URL, without credentials.
    """

    @property
    def url(self) -> str:
        """Complete URL."""

    @property
    def suffix(self) -> str:
        """Suffix as of a path: `.root`."""

    @property
    def size(self) -> int:
        """Size in bytes."""

    @property
    def source(self) -> Any:
        """Source class for `uproot.open`."""

    def read(self, start: int, stop: int) -> bytes:
        """Bytes from `start` to before `stop`, or to the end."""


Place = Path | Elsewhere


class TreeEvents:
    """Events of a TTree or an RNTuple.

    Args:
        path: Path of the file, for errors.
        tree: Tree as opened by uproot.
    """

    def __init__(self, path: Place, tree: Any):
        self._path = path
        self.tree = tree
        self._is_ntuple = is_rntuple(tree.classname)
        self.leaves = (ntuple_leaves if self._is_ntuple else tree_leaves)(tree)
        self.names: list[str] = list(self.leaves)
        self.entries = int(tree.num_entries)

    def batches(self, branches: Sequence[str], start: int, stop: int) -> Iterator[ak.Array]:
        """Branches of the events from `start` to before `stop`, as records (events,); at least one
        batch.

        Raises:
            WollemiError: The file is damaged, or values are missing or not numbers.
        """
        wanted = [name for name in self.names if name in set(branches)]
        with reading(self._path):
            self._require_numbers(wanted)
            steps = self.steps(branches, start, stop)
            plain = None if self._is_ntuple else self._plain(wanted)
        for number, (first, last) in enumerate(steps):
            with reading(self._path), self._reading_classes(wanted):
                self._read_ahead(wanted, steps[number : number + 2])
                yield self._read(wanted, first, last) if plain is None else plain.read(first, last)

    def _read_ahead(self, wanted: Sequence[str], steps: Sequence[tuple[int, int]]) -> None:
        """Request all baskets of these steps of a remote file at once: separate requests would cost
        a round trip per basket.
        """
        ask = getattr(self.tree.file.source, "read_ahead", None)
        if ask is not None:
            from wollemi.inputs.root_baskets import basket_places

            branches = self._branches(wanted).values()
            ask([place for branch in branches for place in basket_places(branch, steps)])

    def _read(self, wanted: Sequence[str], first: int, last: int) -> ak.Array:
        """Events from `first` to before `last`, by uproot."""
        import awkward as ak

        leaves = {name: self.leaves[name] for name in wanted}
        if self._is_ntuple:
            # The result also contains the collections of projected fields.
            read = self.tree.arrays(
                filter_name=set(wanted).__contains__, entry_start=first, entry_stop=last
            )
        else:
            read = {
                branch: self.tree[branch].array(entry_start=first, entry_stop=last)
                for branch in {leaf.branch: None for leaf in leaves.values()}
            }
        columns = {}
        for name, leaf in leaves.items():
            values = read[leaf.branch][leaf.fields] if leaf.fields else read[leaf.branch]
            columns[name], missing = numbers(values.layout)
            if missing:
                problem = f"lacks {counted(missing, 'value')} of '{name}'"
                raise WollemiError(str(self._path), problem, MISSING)
            if has_records(columns[name]):
                problem = f"'{name}' is of type {self.types()[name]}, {UNREAD}"
                raise WollemiError(str(self._path), problem, OBJECTS)
        return ak.Array(
            ak.contents.RecordArray(list(columns.values()), list(columns), length=last - first)
        )

    def _branches(self, wanted: Iterable[str]) -> dict[str, Any]:
        """Branches of a TTree that contain the names; empty for an RNTuple."""
        leaves = [] if self._is_ntuple else [self.leaves[name] for name in wanted]
        return {leaf.branch: self.tree[leaf.branch] for leaf in leaves}

    def _require_numbers(self, wanted: Iterable[str]) -> None:
        """Refuse names by `refusal`, and branches that lack events: uproot gives empty lists."""
        for name in wanted:
            if refused := refusal(self.tree, name, self.leaves[name]):
                raise WollemiError(str(self._path), *refused)
        for name, branch in self._branches(wanted).items():
            if branch.num_entries != self.entries:
                raise WollemiError(
                    str(self._path),
                    f"its branch '{name}' has {counted(branch.num_entries, 'entry', ',')}, the "
                    f"tree has {self.entries:,}",
                    "use another branch, or write one that is filled for every event",
                )

    @contextmanager
    def _reading_classes(self, wanted: Iterable[str]) -> Iterator[None]:
        """Turn an error on a branch with an unsupported layout into a message about it: the file is
        not damaged.
        """
        try:
            yield
        except (WollemiError, MemoryError):
            raise
        except Exception as error:
            for name, branch in self._branches(wanted).items():
                if reason := unread_layout(branch):
                    raise WollemiError(str(self._path), f"'{name}' {reason}", OBJECTS) from error
            raise

    def _plain(self, wanted: Sequence[str]) -> Any:
        from wollemi.inputs.root_baskets import PlainBranches

        return PlainBranches.of(self.tree, wanted)

    def types(self) -> dict[str, str]:
        """Name → type, for display."""
        return {
            name: leaf.kind or str(self.tree[name if self._is_ntuple else leaf.branch].typename)
            for name, leaf in self.leaves.items()
        }

    def sizes(self) -> dict[str, tuple[int, int, int]]:
        """Name → compressed and uncompressed bytes and number of baskets of its branch; empty for
        an RNTuple.
        """
        return {
            name: (branch.compressed_bytes, branch.uncompressed_bytes, branch.num_baskets)
            for name in self.names
            for branch in self._branches([name]).values()
        }

    def friends(self) -> list[str]:
        """Friend trees, for display; see `friend_trees`."""
        return [] if self._is_ntuple else friend_trees(self.tree)

    def clusters(self, branches: Iterable[str] | None = None) -> list[int]:
        """Entries at which clusters of some branches, or of all, begin and end."""
        if self._is_ntuple:
            return [cluster.num_first_entry for cluster in self.tree.cluster_summaries]
        named = None if branches is None else self._branches(branches).keys().__contains__
        return list(map(int, self.tree.common_entry_offsets(filter_name=named)))

    def steps(self, branches: Sequence[str], start: int, stop: int) -> list[tuple[int, int]]:
        """Ranges of entries to read at once: complete clusters, see `entry_steps`."""
        boundaries = self.clusters(branches)
        if self._is_ntuple:
            named = set(branches).__contains__
            events = min(STEP, self.tree.num_entries_for(f"{STEP_BYTES} B", filter_name=named))
            return entry_steps(boundaries, start, stop, events)
        size = sum(branch.uncompressed_bytes for branch in self._branches(branches).values())
        return entry_steps(boundaries, start, stop, step_events(size / max(self.entries, 1)))


@contextmanager
def open_tree(path: Place, layout: Layout) -> Iterator[TreeEvents]:
    """Open the tree of a file.

    Args:
        path: Path of the file.
        layout: Layout with the name of the tree.

    Raises:
        WollemiError: The file cannot be read, or the tree is missing.
    """
    with open_root(path) as file:
        with reading(path):
            events = TreeEvents(path, _find_tree(file, path, layout))
        yield events


def open_root(path: Place) -> Any:
    """Open a ROOT file after checking its header: uproot's own errors do not explain the cause to a
    student.
    """
    import uproot

    from wollemi.inputs.root_source import LocalSource

    head = read_head(path)
    size = path.stat().st_size if isinstance(path, Path) else path.size
    if head[:4] != b"root":
        raise WollemiError(
            str(path),
            "is not a ROOT file (its first bytes are not 'root')",
            "check what the file is",
        )
    end = _stated_end(head)
    if size < end:
        raise WollemiError(
            str(path), f"is truncated: {size} bytes of {end}", "copy or fetch the file again"
        )
    if size > end:
        raise WollemiError(
            str(path), f"has {size - end} bytes after its end", "copy or fetch the file again"
        )
    with reading(path):
        if isinstance(path, Path):
            return uproot.open(path, handler=LocalSource)
        # In a mapping, a colon in the URL does not separate the name of an object.
        return uproot.open({path.url: None}, handler=path.source)


def _stated_end(head: bytes) -> int:
    """Size in bytes that a ROOT file states (`fEND`); at least the size of its header."""
    if len(head) < HEAD:
        return HEAD
    version, _, end = struct.unpack(">iii", head[4:16])
    return int(struct.unpack(">q", head[12:20])[0] if version >= 1_000_000 else end)


def read_head(path: Place) -> bytes:
    """First bytes of a file.

    Raises:
        WollemiError: The file is a web page or empty.
    """
    if isinstance(path, Path):
        with path.open("rb") as file:
            head = file.read(HEAD)
    else:
        head = path.read(0, HEAD)
    if head.lstrip()[:1] == b"<":
        remedy = "the download met a login or error page: fetch it again, or check the URL"
        raise WollemiError(str(path), "is a web page, not a file of events or histograms", remedy)
    if not head:
        raise WollemiError(str(path), "is empty", "copy or fetch the file again")
    return head


def read_all_baskets(path: Path) -> None:
    """Read each basket of each branch of all trees, and each page of all RNTuples, used or not.

    Raises:
        WollemiError: A basket cannot be read, or its entries disagree with the tree.
    """
    with open_root(path) as file:
        for name, kind in tree_classes(file.classnames(cycle=False)).items():
            tree = tree_of(file, path, name, kind)
            with reading(path):
                (_read_pages if is_rntuple(kind) else _read_baskets)(tree)


def _read_baskets(tree: Any) -> None:
    for branch in tree.itervalues():
        for number in range(branch.num_baskets):
            try:
                basket = branch.basket(number)
                start, stop = branch.basket_entry_start_stop(number)
                if basket.num_entries != stop - start:
                    raise ValueError(
                        f"it has {basket.num_entries} entries, the tree says {stop - start}"
                    )
            except Exception as error:
                raise ValueError(
                    f"basket {number} of '{branch.name}': {str(error) or type(error).__name__}"
                ) from error


def _read_pages(tree: Any) -> None:
    starts = [cluster.num_first_entry for cluster in tree.cluster_summaries]
    for start, stop in zip(starts, [*starts[1:], tree.num_entries], strict=True):
        tree.arrays(entry_start=start, entry_stop=stop)


def is_rntuple(class_name: str) -> bool:
    """Whether a ROOT class is an RNTuple: `ROOT::RNTuple`, before ROOT 6.34
    `ROOT::Experimental::RNTuple`.
    """
    return class_name.endswith("::RNTuple")


def tree_classes(classes: Mapping[str, str]) -> dict[str, str]:
    """Trees of a file, name → class, among all its objects."""
    return {name: kind for name, kind in classes.items() if kind in TREES or is_rntuple(kind)}


def _find_tree(file: Any, path: Place, layout: Layout) -> Any:
    if not file.keys():
        raise WollemiError(
            str(path),
            "holds no objects: the job that wrote it did not close it",
            "make the file again",
        )
    classes = tree_classes(file.classnames(cycle=False))
    trees = sorted(classes)
    name = next((name for name in layout.trees if name in trees), None)
    if not trees and not layout.trees:
        raise WollemiError(
            str(path),
            "holds no trees of events",
            "name another file, or give the dataset's `histograms`",
        )
    if name is None:
        known = f"it has {', '.join(trees)}" if trees else "it has no trees"
        wanted = layout.trees[0] if layout.trees else "None"
        problem = f"has no tree '{wanted}'{did_you_mean(wanted, trees)} ({known})"
        raise WollemiError(str(path), problem, "set the dataset's `tree`")
    return tree_of(file, path, name, classes[name])


def tree_of(file: Any, path: Place, name: str, kind: str) -> Any:
    """Read a tree of a file.

    Raises:
        WollemiError: The tree cannot be read, or is an RNTuple older than the final format.
    """
    if is_rntuple(kind) and kind != FINAL:
        raise WollemiError(
            str(path),
            f"its RNTuple '{name}' is a {kind} of ROOT {file.file.root_version}: the format was "
            "not final yet, and is not read",
            "write the events again with ROOT 6.34 or later, or as a TTree",
        )
    with reading(path):
        return file[name]


@contextmanager
def reading(path: Place) -> Iterator[None]:
    """Turn any error into one about an unreadable file: uproot's errors have no common class."""
    try:
        yield
    except (WollemiError, MemoryError):
        raise
    except Exception as error:
        raise unreadable(path, error) from error


def unreadable(path: Place, error: Exception) -> WollemiError:
    """Error about a file that a library cannot read."""
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return WollemiError(
        str(path), f"cannot be read: {reason}", "the file is damaged: copy or fetch it again"
    )
