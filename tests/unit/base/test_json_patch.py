"""Patches that do not apply: which operation, and why, without the document."""

import copy

import pytest

from wollemi.base.json_patch import apply_patch
from wollemi_likelihood.base.errors import WollemiError

DOCUMENT = {"a": [1, {"b/c": [2, 3]}, "x"], "m~n": {"k": None}, "e": []}


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ({"op": "ad", "path": "/a"}, "operation 2 is none of JSON Patch.*: Unknown operation 'ad'"),
        (
            {"op": "add", "path": "/a"},
            "operation 2 is none of JSON Patch.*: The operation does not contain a 'value' member",
        ),
        (
            {"op": "add", "path": 5, "value": 1},
            "operation 2 is none of JSON Patch.*: Invalid 'path'",
        ),
        (5, "operation 2 is none of JSON Patch.*: Operation must be an object"),
        (
            {"op": "add", "path": "a", "value": 1},
            "operation 2, add 'a', does not apply: Location must start with /",
        ),
        (
            {"op": "add", "path": "/a/7", "value": 1},
            "operation 2, add '/a/7', does not apply: can't insert outside of list",
        ),
        ({"op": "add", "path": "/m~0n/q/x", "value": 1}, "does not apply: member 'q' not found\n"),
        (
            {"op": "add", "path": "/a/2/x/y", "value": 1},
            "does not apply: Cannot apply token 'x' to non-container type",
        ),
        (
            {"op": "copy", "from": "/none", "path": "/a"},
            "operation 2, copy '/a', does not apply: 'none'",
        ),
        (
            {"op": "move", "from": "/a", "path": "/a/0"},
            "Cannot move values into their own children",
        ),
        ({"op": "remove", "path": ""}, "can't remove the whole document"),
        (
            {"op": "test", "path": "/a/0", "value": 2},
            "operation 2, test '/a/0', does not apply: 1 .* is not equal",
        ),
    ],
)
def test_refusals(operation, message):
    kept = copy.deepcopy(DOCUMENT)
    with pytest.raises(WollemiError, match=message):
        apply_patch(DOCUMENT, [{"op": "add", "path": "/e/-", "value": 1}, operation], "patch")
    assert kept == DOCUMENT


def test_operations_see_those_before_them():
    operations = [
        {"op": "replace", "path": "", "value": [1]},
        {"op": "add", "path": "/-", "value": 2},
    ]
    assert apply_patch(DOCUMENT, operations, "patch") == [1, 2]
