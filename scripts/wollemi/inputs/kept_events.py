"""Selection of the events of a batch."""

from typing import Any

import awkward as ak
import numpy as np

from wollemi_likelihood.base.arrays import Flags


def kept_events(batch: ak.Array, flags: Flags) -> ak.Array:
    """Events that pass, packed: no data of other events stay in memory.

    Fields that share their offsets, like the branches of a collection, are selected together:
    awkward itself would search for the values to keep once per field.

    Args:
        batch: Records (events,).
        flags: Flags of events that pass, shape (events,).
    """
    layout = batch.layout
    if not isinstance(layout, ak.contents.RecordArray) or not all(map(_is_plain, layout.contents)):
        return ak.to_packed(batch[flags])
    events = np.flatnonzero(flags)
    found: dict[tuple[int, int], tuple[Any, Any]] = {}
    contents = []
    for content in layout.contents:
        if not content.is_list:
            contents.append(_taken(content, events))
            continue
        offsets = np.asarray(content.offsets.data)
        place = offsets.ctypes.data, offsets.size
        if place not in found:
            found[place] = _kept_lists(offsets, flags)
        kept, values = found[place]
        contents.append(ak.contents.ListOffsetArray(kept, _taken(content.content, values)))
    record = ak.contents.RecordArray(contents, layout.fields, length=events.size)
    return ak.Array(record, behavior=batch.behavior, attrs=batch.attrs)


def _is_plain(content: Any) -> bool:
    """Whether a field has a number or a list of numbers per event."""
    if isinstance(content, ak.contents.ListOffsetArray) and not content.parameters:
        content = content.content
    is_numbers = isinstance(content, ak.contents.NumpyArray) and content.data.ndim == 1
    return is_numbers and not content.parameters


def _kept_lists(offsets: Any, flags: Flags) -> tuple[Any, Any]:
    """Offsets of the kept lists, and positions of their values."""
    counts = offsets[1:] - offsets[:-1]
    kept = np.zeros(np.count_nonzero(flags) + 1, np.int64)
    np.cumsum(counts[flags], out=kept[1:])
    return ak.index.Index64(kept), offsets[0] + np.flatnonzero(np.repeat(flags, counts))


def _taken(content: Any, places: Any) -> Any:
    return ak.contents.NumpyArray(np.asarray(content.data).take(places))
