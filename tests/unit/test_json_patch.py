"""JSON Patch against the library `jsonpatch`, on random patches, and what does not apply."""

import copy
import random

import jsonpatch
import pytest

from wollemi.errors import WollemiError
from wollemi.json_patch import apply_patch

DOCUMENT = {"a": [1, {"b/c": [2, 3]}, "x"], "m~n": {"k": None}, "e": []}
THERE = ["/a", "/a/0", "/a/1", "/a/1/b~1c", "/a/1/b~1c/1", "/m~0n", "/m~0n/k", "/e", "/a/2"]
NEW = ["/a/1/b~1c/-", "/e/0", "/e/-", "/m~0n/new", "/z"]
NOWHERE = ["/a/7", "/none/x", "/a/2/deeper/x", "/e/1", "/a/1/b~1c/3"]
VALUES = [5, "x", [1], {"y": 2}, None]
REFUSED = (WollemiError, jsonpatch.JsonPatchException, jsonpatch.JsonPointerException)


def random_operation(rng):
    kind = rng.choice(["add", "remove", "replace", "move", "copy", "test"])
    if kind in ("move", "copy"):
        return {"op": kind, "from": rng.choice(THERE + NOWHERE), "path": rng.choice(NEW + NOWHERE)}
    path = rng.choice((THERE + NEW if kind == "add" else THERE) + NOWHERE)
    return {"op": kind, "path": path} | ({} if kind == "remove" else {"value": rng.choice(VALUES)})


def outcome(apply, operations):
    try:
        return apply(copy.deepcopy(DOCUMENT), operations)
    except REFUSED:
        return "refused"


@pytest.mark.parametrize("seed", range(20))
def test_as_the_library(seed):
    rng, kept = random.Random(seed), copy.deepcopy(DOCUMENT)
    seen = set()
    for _ in range(100):
        operations = [random_operation(rng) for _ in range(rng.randint(1, 3))]
        own = outcome(lambda document, operations: apply_patch(document, operations, "patch"), operations)
        assert own == outcome(jsonpatch.apply_patch, operations), operations
        seen.add(own == "refused")
        assert kept == DOCUMENT
    assert seen == {True, False}


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ({"op": "ad", "path": "/a"}, "operation 1 is none of JSON Patch"),
        ({"op": "add", "path": "/a"}, "operation 1 is none of JSON Patch"),
        ("add", "operation 1 is none of JSON Patch"),
        ({"op": "add", "path": "a", "value": 1}, "a path begins with /"),
        ({"op": "add", "path": "/a/01", "value": 1}, "there is no element 01 of 3"),
        ({"op": "move", "from": "/a", "path": "/a/0"}, "a value cannot be moved into itself"),
        ({"op": "remove", "path": ""}, "the whole document cannot be removed"),
    ],
)
def test_refusals(operation, message):
    with pytest.raises(WollemiError, match=message):
        apply_patch(DOCUMENT, [operation], "patch")


def test_the_whole_document():
    assert apply_patch(
        DOCUMENT, [{"op": "replace", "path": "", "value": [1]}, {"op": "add", "path": "/-", "value": 2}], "patch"
    ) == [1, 2]
