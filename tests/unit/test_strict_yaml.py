import pytest

from wollemi.errors import WollemiError
from wollemi.strict_yaml import load_yaml


def load(tmp_path, text):
    path = tmp_path / "file.yaml"
    path.write_text(text)
    return load_yaml(path)


@pytest.mark.parametrize(
    ("text", "value"), [("1e5", 1e5), ("-2.5E-3", -2.5e-3), (".5", 0.5), ("6.", 6.0), ("1e-3", 0.001), ("7", 7)]
)
def test_numbers_are_numbers(tmp_path, text, value):
    loaded = load(tmp_path, f"a: {text}")["a"]
    assert loaded == value
    assert type(loaded) is type(value)


@pytest.mark.parametrize("text", ["v1e5", "1e5x", "2016-01-01", "1.2.3", "e5", "."])
def test_text_stays_text(tmp_path, text):
    assert load(tmp_path, f"a: {text}")["a"] == text


def test_a_key_twice_is_an_error_with_its_place(tmp_path):
    with pytest.raises(WollemiError, match=r"line 3, column 3: the key 'b' stands twice \(first in line 2\)"):
        load(tmp_path, "a:\n  b: 1\n  b: 2\n")


def test_a_key_twice_in_a_list_of_mappings(tmp_path):
    with pytest.raises(WollemiError, match="'x' stands twice"):
        load(tmp_path, "a:\n  - {x: 1, x: 2}\n")


def test_broken_yaml_says_where(tmp_path):
    with pytest.raises(WollemiError, match="line 2"):
        load(tmp_path, "a: [1, 2\nb: 3\n")


def test_a_missing_file(tmp_path):
    with pytest.raises(WollemiError, match="cannot be read"):
        load_yaml(tmp_path / "nothing.yaml")


@pytest.mark.parametrize(("data", "message"), [(b"a: \x87", "no UTF-8 text"), (b"a: \x01", "does not allow")])
def test_bytes_that_are_no_text(tmp_path, data, message):
    (tmp_path / "a.yaml").write_bytes(data)
    with pytest.raises(WollemiError, match=message):
        load_yaml(tmp_path / "a.yaml")
