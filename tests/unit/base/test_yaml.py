import re
import time
import tracemalloc

import pytest

from wollemi.base.yaml import load_yaml
from wollemi_likelihood.base.errors import WollemiError


def load(tmp_path, text):
    path = tmp_path / "file.yaml"
    path.write_text(text)
    return load_yaml(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e5", 1e5), ("-2.5E-3", -2.5e-3), (".5", 0.5), ("6.", 6.0), ("1e-3", 0.001), ("7", 7)],
)
def test_numbers_are_numbers(tmp_path, text, value):
    loaded = load(tmp_path, f"a: {text}")["a"]
    assert loaded == value
    assert type(loaded) is type(value)


@pytest.mark.parametrize("text", ["v1e5", "1e5x", "2016-01-01", "1.2.3", "e5", "."])
def test_text_stays_text(tmp_path, text):
    assert load(tmp_path, f"a: {text}")["a"] == text


def test_a_key_twice_is_an_error_with_its_place(tmp_path):
    with pytest.raises(
        WollemiError, match=r"line 3, column 3: the key 'b' appears twice \(first in line 2\)"
    ):
        load(tmp_path, "a:\n  b: 1\n  b: 2\n")


def test_a_key_twice_in_a_list_of_mappings(tmp_path):
    with pytest.raises(WollemiError, match="'x' appears twice"):
        load(tmp_path, "a:\n  - {x: 1, x: 2}\n")


def test_broken_yaml_says_where(tmp_path):
    with pytest.raises(WollemiError, match="line 2"):
        load(tmp_path, "a: [1, 2\nb: 3\n")


def test_a_missing_file(tmp_path):
    with pytest.raises(WollemiError, match="cannot be read"):
        load_yaml(tmp_path / "nothing.yaml")


@pytest.mark.parametrize(
    ("data", "message"), [(b"a: \x87", "not UTF-8 text"), (b"a: \x01", "does not allow")]
)
def test_bytes_that_are_no_text(tmp_path, data, message):
    (tmp_path / "a.yaml").write_bytes(data)
    with pytest.raises(WollemiError, match=message):
        load_yaml(tmp_path / "a.yaml")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{2011: 1, 2012: 1, "2012": 2}', "the key '2012' appears twice"),
        ('{1.5: 1, "1.5": 2}', "the key '1.5' appears twice"),
        ("a: {x: 1, 'x': 2}", "the key 'x' appears twice"),
        *(
            (f"{key}: 1", "put it in quotes")
            for key in ("yes", "no", "on", "off", "true", "null", "~")
        ),
        ('{yes: 1, "true": 2}', "put it in quotes"),
        ("? [a, b]\n: 1", "not a list or a mapping"),
        ("? {a: b}\n: 1", "not a list or a mapping"),
        ("a: {<<: {b: 1}}", "write its keys out"),
    ],
)
def test_keys_are_text_and_unique_as_text(tmp_path, text, problem):
    with pytest.raises(WollemiError, match=re.escape(problem)):
        load(tmp_path, text)


@pytest.mark.parametrize("key", ["2012", "1.50", "012", "0x10", "a b", "é"])
def test_a_key_is_what_stands_there(tmp_path, key):
    assert load(tmp_path, f"{key}: 1") == {key: 1} == load(tmp_path, f"'{key}': 1")


@pytest.mark.parametrize("value", ["!!binary aGVsbG8=", "!!set {x}", "!!int abc", "!!float x", "!!bool x", "!!null x",  # noqa: E501
    "!!map [1]", "!!seq {a: 1}", "!!str [a]", "!!int [1]", "!!timestamp 2016-01-01", "!own x",
    "!!python/object/apply:os.system [ls]", ".inf", "-.INF", ".nan", "1e400", "9" * 5000, "-" + "9" * 19])  # fmt: skip  # noqa: E501
def test_only_plain_values(tmp_path, value):
    with pytest.raises(WollemiError, match="line 1, column 4"):
        load(tmp_path, f"a: {value}")


@pytest.mark.parametrize("text", ["1:30", "010", "0x10", "0b1", "0o7", "="])
def test_no_number_that_is_not_one_at_first_sight(tmp_path, text):
    assert load(tmp_path, f"a: {text}") == {"a": text}


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefghijklmno", "bcdefghijklmnop", strict=True)
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (LAUGHS, "when the aliases are written out"),
        ("a: &a [*a]", "an alias inside of what it stands for"),
        ("a: &a {b: &b {c: *a}}", "an alias inside of what it stands for"),
        ("[" * 500 + "]" * 500, "nests deeper than 60 levels"),
        ("{a: " * 100 + "1" + "}" * 100, "nests deeper than 60 levels"),
        ("[" * 100_000 + "]" * 100_000, "nesting"),
        ("x" * 8_000_001, "at most 8,000,000 are read"),
    ],
    ids=range(7),
)
def test_bombs(tmp_path, text, problem):
    tracemalloc.start()
    began = time.perf_counter()
    with pytest.raises(WollemiError, match=problem):
        load(tmp_path, text)
    assert time.perf_counter() - began < 2
    assert tracemalloc.get_traced_memory()[1] < 100e6
    tracemalloc.stop()


def test_aliases_are_no_bombs(tmp_path):
    assert load(tmp_path, "a: &a [1, 2]\nb: *a\nc: {d: *a}") == {
        "a": [1, 2],
        "b": [1, 2],
        "c": {"d": [1, 2]},
    }


@pytest.mark.parametrize("path", ["x" * 5000, "a\x00b"])
def test_names_that_no_file_has(path):
    with pytest.raises(WollemiError):
        load_yaml(path)
