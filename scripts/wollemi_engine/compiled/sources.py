"""Compilation of the sources of objects: entries of a collection, other objects, or combinations;
see `events.objects`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from math import factorial
from typing import Any

from llvmlite import ir

from wollemi_engine.compiled.arithmetic import binary
from wollemi_engine.compiled.code import BIT, Code, integer
from wollemi_engine.compiled.entries import CALIBRATE, CHANGES, FIELDS, is_entry, read_entry
from wollemi_engine.compiled.formulas import MOMENTUM_ONLY, Fields
from wollemi_engine.compiled.hoisting import RecordAt, hoist, with_parts
from wollemi_engine.compiled.lists import ListCode, equal_origin
from wollemi_engine.compiled.objects import ObjectNode
from wollemi_engine.compiled.values import Scalar, Single, Value
from wollemi_engine.events.combinations import EVENT_LIMIT
from wollemi_engine.events.objects import outdated
from wollemi_engine.expressions.fields import parse_fields
from wollemi_likelihood.expressions.syntax import LEGS, MOMENTUM


def emit_list(node: ObjectNode) -> None:
    """Emit the functions of an object."""
    done: set[str] = set()
    while left := sorted(set(node.computed) - done):
        node.emit_computed(left[0])
        done.add(left[0])
    code = node.program.begin(node.function, node.stamp)
    lists = ListCode(node, code)
    if node.item.combine:
        _emit_combinations(lists)
    elif node.item.collection:
        _emit_collection(lists)
    else:
        _emit_members(lists)
    lists.end()


def _emit_collection(lists: ListCode) -> None:
    node, code = lists.node, lists.code
    start, length = node.program.entries(code, str(node.item.collection))
    code.begin_main()

    def stored(index: Any) -> Fields:
        return node.collection_record(code, code.builder.add(start, index), index)

    steps = {CALIBRATE: lists.item.calibrate, CHANGES: node.view.changes.get(node.name, {})}
    record_at: RecordAt = stored
    for step, changes in steps.items():
        record_at = _with_changes(lists, step, changes, (start, length), record_at)
    corrected = [name for name, text in lists.item.fields.items() if is_entry(node, text)]
    fields = {name: read_entry(node, code, FIELDS, name, start) for name in corrected}
    with code.loop(length) as index:
        record = record_at(index)
        for _, parts in fields.values():
            record = with_parts(record, parts, index)
        lists.candidate(record, {name: tree for name, (tree, _) in fields.items()})


def _with_changes(
    lists: ListCode,
    step: str,
    changes: Mapping[str, str],
    entries: tuple[Any, Any],
    record_at: RecordAt,
) -> RecordAt:
    """Apply changes to the fields of entries, each computed from the unchanged fields."""
    node, code, (start, length) = lists.node, lists.code, entries
    hoisted = {
        name: read_entry(node, code, step, name, start)
        if is_entry(node, text)
        else hoist(node, code, text, length, record_at)
        for name, text in changes.items()
    }

    def changed(index: Any) -> Fields:
        source = record = record_at(index)
        for name, (tree, parts) in hoisted.items():
            record = lists.with_field(record, name, tree, with_parts(source, parts, index))
        return _up_to_date(record, changes)

    return changed


def _emit_members(lists: ListCode) -> None:
    code, node = lists.code, lists.node
    sources = node.sources()
    lengths = [source.length(code) for source in sources]
    code.begin_main()
    for source, length in zip(sources, lengths, strict=True):
        with code.loop(length) as index:
            element = source.element(code, index).record
            stored = [
                *(name for name in source.stored if name in node.stored),
                *(f"@{number}" for number in range(source.origins)),
            ]
            parts = {name: partial(element.get, code, name) for name in stored}
            lists.candidate(_changed(lists, Fields(parts, source.coordinates)))


def _changed(lists: ListCode, source: Fields) -> Fields:
    """Apply the changes of the variation, each computed from the unchanged fields."""
    record, changes = source, lists.node.view.changes.get(lists.node.name, {})
    for name, text in changes.items():
        record = lists.with_field(record, name, parse_fields(text), source)
    return _up_to_date(record, changes)


def _up_to_date(record: Fields, changes: Mapping[str, str]) -> Fields:
    old = outdated(record.parts, changes)
    return (
        Fields(
            {name: part for name, part in record.parts.items() if name not in old},
            record.coordinates,
        )
        if old
        else record
    )


def _emit_combinations(lists: ListCode) -> None:
    code, sources, names = lists.code, lists.node.sources(), lists.node.item.combine or ()
    lengths = [source.length(code) for source in sources]
    count = _count(code, names, lengths)
    code.fail(code.builder.icmp_signed(">", count, integer(EVENT_LIMIT)))
    enough = code.builder.icmp_signed(">", count, integer(0))
    with code.when(
        code.builder.and_(enough, code.builder.icmp_signed("<=", count, integer(EVENT_LIMIT)))
    ):
        code.begin_main()
        _leg(lists, sources, names, lengths, [])
        code.end_main()


def _count(code: Code, names: Sequence[str], lengths: Sequence[Any]) -> Any:
    """Emit the number of combinations in an event, including those that use an object twice."""
    total, equal = integer(1), 0
    for index, length in enumerate(lengths):
        equal = equal + 1 if index and names[index] == names[index - 1] else 0
        total = code.builder.mul(total, code.builder.sub(length, integer(equal)))
        if index + 1 == len(names) or names[index + 1] != names[index]:
            total = code.builder.sdiv(total, integer(factorial(equal + 1)))
    return total


def _leg(
    lists: ListCode,
    sources: Sequence[ObjectNode],
    names: Sequence[str],
    lengths: Sequence[Any],
    chosen: list[Any],
) -> None:
    """Emit the loop over the next leg, or the combination once all legs are selected."""
    code, place = lists.code, len(chosen)
    if place == len(sources):
        lists.candidate(
            _combination(
                lists,
                [
                    source.element(code, index)
                    for source, index in zip(sources, chosen, strict=True)
                ],
            )
        )
        return
    same = place > 0 and names[place] == names[place - 1]
    start = code.builder.add(chosen[-1], integer(1)) if same else integer(0)
    with code.loop(lengths[place], start) as index, ExitStack() as nested:
        for other in range(place):
            if sources[other] is sources[place] and sources[place].distinct:
                continue
            nested.enter_context(
                code.when(_disjoint(code, sources, (other, chosen[other]), (place, index)))
            )
        _leg(lists, sources, names, lengths, [*chosen, index])


def _disjoint(
    code: Code, sources: Sequence[ObjectNode], first: tuple[int, Any], second: tuple[int, Any]
) -> Any:
    one, other = (sources[place].element(code, index).record for place, index in (first, second))
    result = ir.Constant(BIT, 1)
    for left in range(sources[first[0]].origins):
        for right in range(sources[second[0]].origins):
            result = code.builder.and_(
                result, code.builder.not_(equal_origin(code, one, left, other, right))
            )
    return result


def _combination(lists: ListCode, legs: Sequence[Single]) -> Fields:
    """Emit a candidate with the sum of the four-momenta, from the first leg to the last."""
    code = lists.code
    parts: dict[str, Callable[[], Value]] = {}
    for name, leg in zip(LEGS, legs, strict=False):
        parts[name] = partial(_itself, leg)
    for name in MOMENTUM["cartesian"]:
        parts[name] = partial(_total, code, name, legs)
    number = 0
    for source, leg in zip(lists.node.sources(), legs, strict=True):
        for index in range(source.origins):
            parts[f"@{number}"] = partial(leg.record.get, code, f"@{index}")
            number += 1
    return Fields(parts, "cartesian")


def _itself(leg: Single) -> Single:
    return leg


def _total(code: Code, name: str, legs: Sequence[Single]) -> Value:
    values = [leg.record.get(code, f"{MOMENTUM_ONLY}{name}") for leg in legs]
    total = values[0]
    for value in values[1:]:
        assert isinstance(total, Scalar)
        assert isinstance(value, Scalar)
        total = binary(code, "Add", total, value)
    return total
