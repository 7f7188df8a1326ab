"""The text of an imported analysis holds its values and comments."""

import random
from pathlib import Path

import pytest

from wollemi.base.yaml import parse_yaml
from wollemi_convert.configurations.imported import Imported
from wollemi_convert.configurations.writing import analysis_text

TEXTS = [
    "name", "yes", "null", "1e5", "0.7", "12", "-1", "1:30", "a: b", "x, y", "{file}_up", "# no",
    "", " spaced ", "- item", "a > 0 and (b or not c)", "where(x > 0, x, 1)", "ü µ", "'quoted'",
    '"double"', "back\\slash", "two\nlines", "*star", "&and", "!tag", "%", "@", "`", "true", "~",
    "2016-01-01", "[1]", "a #b", "a:b", "/path/to:x",
]  # fmt: skip


def value(draw, depth=0):
    kind = draw.randrange(6 if depth < 3 else 4)
    if kind == 0:
        return draw.choice(TEXTS)
    if kind == 1:
        return draw.choice([0, 1, -3, 10**12, True, False, None])
    if kind == 2:
        return draw.choice([0.5, -1e-8, 1.0, 3e20, 0.1 + 0.2, -2.0])
    if kind == 3:
        return [draw.choice(TEXTS) for _ in range(draw.randrange(4))]
    if kind == 4:
        return [value(draw, depth + 1) for _ in range(draw.randrange(4))]
    return {f"key_{number}": value(draw, depth + 1) for number in range(draw.randrange(5))}


def paths(content, path=""):
    for key, item in content.items() if isinstance(content, dict) else ():
        yield path + key
        yield from paths(item, f"{path}{key}.")


@pytest.mark.parametrize("seed", range(60))
def test_the_values_return(seed):
    draw = random.Random(seed)
    document = {f"section_{number}": value(draw) for number in range(6)}
    known = list(paths(document))
    comments = {path: f"about {path}: a # b" for path in draw.sample(known, min(4, len(known)))}
    text = analysis_text(document, Imported({}, comments, ("lost: a\nb",)), "fit.yml of x")
    assert parse_yaml("text", text) == document
    for comment in comments.values():
        assert f"# {comment}\n" in text


def test_its_looks():
    document = {
        "name": "own",
        "regions": {"SR": {"selection": "n > 1", "role": "signal"}},
        "model": {"poi": "mu", "free_normalizations": {"k": {"samples": ["a", "b"]}}},
        "limits": {},
    }
    comments = {"regions": "all of them", "model.free_normalizations.k": "starts at 2"}
    unsaid = ("Sample 'x', Smooth: " + "a long reason " * 8).strip()
    found = Imported(document, comments, (unsaid,), {"imported/fit.yml": Path("fit.yml")})
    assert (
        analysis_text(document, found, "fit.yml of cabinetry")
        == """\
# Imported from fit.yml of cabinetry.
# Not imported, or changed:
# - Sample 'x', Smooth: a long reason a long reason a long reason a long reason a long reason a long
#   reason a long reason a long reason

name: own

# all of them
regions:
  SR: {selection: n > 1, role: signal}

model:
  poi: mu
  free_normalizations:
    # starts at 2
    k: {samples: [a, b]}

limits: {}
"""
    )
