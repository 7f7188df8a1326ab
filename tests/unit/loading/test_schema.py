"""Patterns in words: the same ones from the models and from the schemas that are made of them."""

import ast
import random
import re
from typing import Annotated

import pytest
from pydantic import Field, TypeAdapter, ValidationError
from support.project.paths import ROOT

from wollemi.analysis.models.problems import describe_problems
from wollemi.base.schema_keys import PATTERN_PROBLEMS, SCHEMA_END, pattern_problem
from wollemi.loading.schema import read_schema, schema_problems

# Marks of a regular expression, which a reader of a message should not have to know.
MARKS = re.compile(r"[\^$\\*]|\{\d|pattern|regex|\(\?")


def written_patterns():
    """Each `pattern` of a field in a model."""
    found = set()
    for path in (ROOT / "scripts").glob("wollemi*/**/*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Field":
                for keyword in node.keywords:
                    if keyword.arg == "pattern":
                        value = keyword.value
                        found.add(
                            value.value if isinstance(value, ast.Constant) else constants[value.id]
                        )
    return found


def schema_patterns(value):
    if isinstance(value, dict):
        if isinstance(value.get("pattern"), str):
            yield value["pattern"]
        for item in value.values():
            yield from schema_patterns(item)
    elif isinstance(value, list):
        for item in value:
            yield from schema_patterns(item)


def test_each_pattern_of_a_model_has_words():
    assert written_patterns() == set(PATTERN_PROBLEMS)
    for path in (ROOT / "workflow/schemas").glob("*.json"):
        assert all(map(pattern_problem, schema_patterns(read_schema(path)))), path


def refused_texts(pattern, number=20):
    """Random texts that a pattern does not match, some of them close to one that it does."""
    dice = random.Random(pattern)
    letters = "aZ09_.-+/:%~[]{} \n\x00é#"
    starts = ("", "https://", "docker://", "ins", "opendata:", "/", "12", "a" * 64, "a" * 300)
    found = set()
    while len(found) < number:
        text = dice.choice(starts) + "".join(dice.choices(letters, k=dice.randrange(6)))
        if re.search(pattern.replace("$", SCHEMA_END), text) is None:
            found.add(text)
    return sorted(found)


@pytest.mark.parametrize("pattern", PATTERN_PROBLEMS)
def test_both_gates_say_the_same_in_words(pattern):
    words = PATTERN_PROBLEMS[pattern]
    assert not MARKS.search(words)
    model = TypeAdapter(dict[str, Annotated[str, Field(pattern=pattern)]])
    schema = {
        "type": "object",
        "additionalProperties": {"pattern": pattern.replace("$", SCHEMA_END)},
    }
    for text in refused_texts(pattern):
        document = {"key": text}
        with pytest.raises(ValidationError) as error:
            model.validate_python(document)
        lines = describe_problems(error.value.errors(), document, dict)
        assert len(lines) == 1
        assert lines[0].endswith(f"': {words}")
        if len(repr(text)) < 200:
            assert schema_problems(document, schema) == lines


@pytest.mark.parametrize("pattern", PATTERN_PROBLEMS)
def test_an_example_in_words_matches(pattern):
    examples = re.findall(r"(?:such as|as in) (\S+?)(?: or (\S+))?$", PATTERN_PROBLEMS[pattern])
    for example in filter(None, sum(examples, ())):
        assert re.search(pattern, example), example
