"""What is generated: the schemas, pages and the index of messages in the repository, and drift that
is found.
"""

import json
import re

import jsonschema
import pytest
import write_schemas
import yaml
from support.project.paths import ROOT


def test_generated_files_have_not_drifted(capsys):
    assert write_schemas.main(["--check"]) == 0, (
        f"run scripts/write_schemas.py: {capsys.readouterr().out}"
    )


def test_drift_is_found_and_mended(tmp_path, monkeypatch, capsys):
    texts = {tmp_path / path.name: text for path, text in write_schemas.generated_files().items()}
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    page = tmp_path / "configuration.md"
    page.write_text(texts[page].replace("luminosity_ifb", "luminosity"), encoding="utf-8")
    monkeypatch.setattr(write_schemas, "generated_files", lambda: texts)
    monkeypatch.setattr(write_schemas, "ROOT", tmp_path)
    assert write_schemas.main(["--check"]) == 1
    assert "configuration.md" in capsys.readouterr().out
    assert write_schemas.main([]) == 0
    assert write_schemas.main(["--check"]) == 0
    assert page.read_text(encoding="utf-8") == texts[page]


def test_generated_schemas_are_of_draft_7():
    texts = [
        text for path, text in write_schemas.generated_files().items() if path.suffix == ".json"
    ]
    assert all(
        "http://json-schema.org/draft-07/schema#" in text and "prefixItems" not in text
        for text in texts
    )


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (
            "fit_model: a.json: is cut\n  → copy it again\n",
            [("fit_model: a.json: is cut", "copy it again")],
        ),
        (
            "a.yaml: 2 problems\n  - x: is a\n  - y: is b\n    of two lines\n  → fix\n",
            [("x: is a", "fix"), ("y: is b of two lines", "fix")],
        ),
        ("a: b\n    expected 1\n    found 2\n  → c\n", [("a: b expected 1 found 2", "c")]),
    ],
    ids=["one", "several", "lines"],
)
def test_the_problems_of_a_message(text, rows):
    assert list(write_schemas.message_rows(text)) == rows


def test_no_message_is_left_out(tmp_path):
    page = write_schemas.messages_page()
    remedies = {
        line
        for path in (ROOT / "tests/data").glob("*errors/*.txt")
        for line in path.read_text("utf-8").rpartition("---\n")[2].splitlines()
        if "→" in line
    }
    assert len(remedies) > 30
    for line in remedies:
        assert line.partition("→ ")[2].replace("`", "'").replace("|", "\\|") in page


def test_a_bar_does_not_end_a_cell(tmp_path):
    folder = tmp_path / "tests/data/errors"
    folder.mkdir(parents=True)
    (folder / "x.txt").write_text("skim_events: a | b\n  → use `c`\n", encoding="utf-8")
    assert "| `skim_events: a \\| b` | use 'c' |" in write_schemas.messages_page(tmp_path)


EXAMPLES = yaml.safe_load((ROOT / write_schemas.EXAMPLES).read_text(encoding="utf-8"))
SCHEMA = json.loads((ROOT / "workflow/schemas/analysis.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_valid(name):
    schema = {"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]}
    assert [
        error.message for error in jsonschema.Draft7Validator(schema).iter_errors(EXAMPLES[name])
    ] == []


def test_the_reference_has_each_kind_of_entry_in_the_order_of_the_file():
    titles = re.findall(
        r"^## (.*)$", (ROOT / "docs/configuration.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    entries = {name for name, item in SCHEMA["$defs"].items() if "properties" in item}
    assert set(titles) == entries | {"The file"}
    assert len(titles) == len(set(titles))
    places = [
        titles.index(name)
        for name in (
            "The file",
            "Generator",
            "Dataset",
            "Sample",
            "Region",
            "Model",
            "Limits",
            "Plots",
        )
    ]
    assert places == sorted(places)
