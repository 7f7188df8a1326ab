"""Each JSON product of a finished run: of a known kind, valid by its schema, written again the same
by its model.
"""

import json
from fnmatch import fnmatchcase

import jsonschema
import pytest
from support.documents.mutations import mutations
from support.project.paths import ROOT

from wollemi.archive.reading.json_comparison import is_number
from wollemi.base.absence import absent_model
from wollemi.base.json_files import render_json
from wollemi.results.models import PRODUCTS, model_of
from wollemi.results.products import KINDS
from wollemi_likelihood.base.errors import WollemiError

# Those that the run of the tiny analysis does not make: programs that write them have tests of
# their own.
ELSEWHERE = {
    "parts/*.json",  # of a preview
    "results.json",
    "luminosity.json",
    "products/*.json",  # of functions of an analysis
    "imported.json",  # of a published model
    "simplified/simplified_likelihood.json",
    "simplified/closure.json",
}
MADE = [model for model in PRODUCTS if model.place not in ELSEWHERE]
IDS = [model.word for model in MADE]


def schema_of(model):
    return json.loads((ROOT / f"workflow/schemas/{model.word}.schema.json").read_text())


@pytest.fixture(scope="module")
def texts(finished):
    """Name below the folder of results → text of each JSON product; logs are none."""
    folder = finished / "results/tiny"
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*.json"))
        if path.relative_to(folder).parts[0] != "logs"
    }


def of(model, texts):
    return {name: text for name, text in texts.items() if model_of(name) is model}


def test_each_is_of_a_known_kind(texts):
    kinds = (
        [kind for kind in KINDS if not kind.endswith("/*")],
        [kind for kind in KINDS if kind.endswith("/*")],
    )
    assert not [
        name
        for name in texts
        if name not in kinds[0] and f"{name.partition('/')[0]}/*" not in kinds[1]
    ]


def test_each_without_a_model_is_in_the_format_of_others_or_of_a_part(texts):
    others = {name.partition("/")[0] for name in texts if model_of(name) is None}
    assert others == {"cutflow", "histograms", "likelihood", "plots", "workspaces"}
    assert all(
        name.count("/") == 2
        for name in texts
        if name.startswith("cutflow/") and model_of(name) is None
    )


@pytest.mark.parametrize("model", MADE, ids=IDS)
def test_it_is_valid_and_written_again_the_same(model, texts):
    found = of(model, texts)
    assert found
    validator = jsonschema.Draft7Validator(schema_of(model))
    for name, text in found.items():
        validator.validate(json.loads(text))
        assert render_json(model.parse(name, json.loads(text)).plain()) == text


def is_refused(model, content):
    try:
        model.parse("x.json", content)
    except WollemiError:
        return True
    return False


def numbers(content, path=""):
    """The paths of all numbers of a product, as tolerances have them."""
    items = (
        content.items()
        if isinstance(content, dict)
        else enumerate(content)
        if isinstance(content, list)
        else ()
    )
    for key, value in items:
        place = (
            f"{path}[{key}]" if isinstance(content, list) else f"{path}.{key}" if path else str(key)
        )
        yield from [place] if is_number(value) else numbers(value, place)


@pytest.mark.parametrize("model", MADE, ids=IDS)
def test_its_tolerances_are_of_numbers_that_it_has(model, texts):
    found = [path for text in of(model, texts).values() for path in numbers(json.loads(text))]
    assert model.tolerances[-1].path == "*"
    for item in model.tolerances:
        assert item.path == "*" or any(fnmatchcase(path, item.path) for path in found), item


@pytest.mark.parametrize("model", MADE, ids=IDS)
def test_its_names_are_what_it_says(model, texts):
    known = {
        "signal": {"signal_200", "signal_300"},
        "model": {"signal_200", "signal_300"},
        "fit": {"signal_200", "signal_300", "background_only"},
        "region": {"search", "peak"},
    }
    for step, kind in model.names:
        for text in of(model, texts).values():
            assert json.loads(text)[step].keys() <= known[kind], step


@pytest.mark.parametrize("model", MADE, ids=IDS)
def test_model_and_schema_refuse_the_same(model, texts):
    """Random mistakes; numbers and texts that Python coerces apart, as a file of ours has none."""
    text = min(of(model, texts).values(), key=len)
    validator = jsonschema.Draft7Validator(schema_of(model))
    refused = 0
    for mutation in mutations(json.loads(text), 150, seed=7):
        if mutation.kind not in ("delete", "rename", "insert", "wrap", "repeat"):
            continue
        by_schema = not validator.is_valid(mutation.document)
        assert is_refused(model, mutation.document) == by_schema, mutation.path
        refused += by_schema
    assert refused


@pytest.mark.parametrize(
    "model", [model for model in MADE if model.word != "summary"], ids=lambda model: model.word
)
def test_without_a_model_it_says_why(model):
    with pytest.raises(WollemiError, match="there is no model: it has no bins") as raised:
        model.parse(
            "x.json", absent_model(WollemiError("region search", "it has no bins", "give it some"))
        )
    assert (raised.value.where, raised.value.remedy) == ("region search", "give it some")


@pytest.mark.parametrize("model", PRODUCTS, ids=lambda model: model.word)
def test_another_version_is_told_apart_from_damage(model):
    later = model.format_name().replace("-1", "-2")
    with pytest.raises(
        WollemiError,
        match=f"has the format {later}, and this version of Wollemi reads {model.format_name()}",
    ):
        model.parse("x.json", {"format": later, "a_new_key": 1})
    with pytest.raises(WollemiError, match=f"x.json: is not in the format {model.format_name()} "):
        model.parse("x.json", {"a_new_key": 1})


def test_each_has_its_own_words_and_what_others_must_know():
    for values in zip(
        *((model.place, model.word, model.__doc__) for model in PRODUCTS), strict=True
    ):
        assert len(set(values)) == len(values)
    assert all(model.about and model.tolerances for model in PRODUCTS)
    for model in PRODUCTS:
        names = {
            model.place.replace("**/", folders).replace("*", "x") for folders in ("", "a/", "a/b/")
        }
        assert {model_of(name) for name in names} == {model}
        assert {model_of(f"y/{name}") for name in names} == {None}
