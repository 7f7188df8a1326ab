"""JSON Pointer: the examples of RFC 6901, items by name, and what is said of a pointer to
nothing.
"""

import json

import pytest

from wollemi.base.json_pointer import PointerError, join_tokens, pointer_tokens, resolve_pointer

# Section 5 of RFC 6901.
EXAMPLES = json.loads(
    r'{"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8}'  # noqa: E501
)
POINTERS = {
    "": EXAMPLES, "/foo": ["bar", "baz"], "/foo/0": "bar", "/": 0, "/a~1b": 1, "/c%d": 2, "/e^f": 3, "/g|h": 4, "/i\\j": 5,  # noqa: E501
    '/k"l': 6, "/ ": 7, "/m~0n": 8,
}  # fmt: skip
FIT = {
    "parameters": [{"name": "lumi", "value": 0.5}, {"name": "mu", "value": 1.25}],
    "rows": [{"sample": "dy"}, {"sample": "dy"}],
    "numbers": [1.5, 2.5],
    "none": [],
}


@pytest.mark.parametrize("pointer", POINTERS)
def test_the_examples_of_the_standard(pointer):
    assert resolve_pointer(EXAMPLES, pointer) == (POINTERS[pointer], pointer)
    assert join_tokens(pointer_tokens(pointer)) == pointer


def test_an_escaped_tilde_is_no_slash():
    assert pointer_tokens("/~01") == ["~1"]


def test_an_item_by_its_name_and_the_index_it_has():
    assert resolve_pointer(FIT, "/parameters/mu/value") == (1.25, "/parameters/1/value")
    assert resolve_pointer(FIT, "/parameters/1/value") == (1.25, "/parameters/1/value")


@pytest.mark.parametrize(
    ("pointer", "message"),
    [
        (
            "/paramets/mu",
            (
                "'paramets' is not in the file; did you mean 'parameters'?; known: "
                "parameters, rows, numbers, none"
            ),
        ),
        (
            "/parameters/my/value",
            "'my' is not in /parameters; did you mean 'mu'?; known: lumi, mu",
        ),
        ("/parameters/2/value", "/parameters has 2 items, counted from 0; 2 does not exist"),
        ("/parameters/01/value", "'01' is not in /parameters; known: lumi, mu"),
        ("/parameters/mu/value/0", "/parameters/1/value is a single value and has no '0'"),
        ("/numbers/first", "'first' is not in /numbers; known: 0 to 1"),
        ("/none/first", "'first' is not in /none; known: none"),
        ("/none/0", "/none has 0 items, counted from 0; 0 does not exist"),
        ("/rows/dy", "/rows has several items named 'dy'; give an index, counted from 0"),
    ],
)
def test_a_pointer_to_nothing(pointer, message):
    with pytest.raises(PointerError) as error:
        resolve_pointer(FIT, pointer)
    assert str(error.value) == message


def test_of_many_only_some_are_listed():
    with pytest.raises(PointerError, match=r"known: key0, .*, key11 and 88 more$"):
        resolve_pointer({f"key{index}": index for index in range(100)}, "/other")
