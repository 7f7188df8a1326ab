"""Products of the analysis itself: from other products to a named result; what is refused."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from support.project.paths import ROOT
from support.tiny.analysis import ANALYSIS
from support.tiny.mistakes import set_value
from support.tiny.steps import HOOKS_FILE, RESULTS, check_record, run_step

from wollemi.loading.all import check_references
from wollemi.loading.load import read_analysis, read_document, written_out

SCHEMA = json.loads((ROOT / "workflow/schemas/product.schema.json").read_text(encoding="utf-8"))
PRODUCTS = {
    "limits.json": {"limits": {"s": {"observed": 0.5}}, "measurement": "tiny [pseudo-data]"},
    "fit.json": {"fits": {"s": 2.0}, "measurement": "tiny"},
}
USES = {"found": "fit.json", "limits": "limits.json"}
HOOK = """

def ratio(limits, found):
    return {"ratio": found["fits"]["s"] / limits["limits"]["s"]["observed"]}
"""


def make(hook=HOOK, uses=USES):
    """Run the program; its exit code."""
    set_value("products", value={"ratio": {"hook": "ratio", "uses": uses}})
    with Path(HOOKS_FILE).open("a") as file:
        file.write(hook)
    for name, content in PRODUCTS.items():
        Path(RESULTS, name).parent.mkdir(parents=True, exist_ok=True)
        Path(RESULTS, name).write_text(json.dumps(content), encoding="utf-8")
    outputs = {
        "result": f"{RESULTS}/products/ratio.json",
        "record": f"{RESULTS}/records/make_product/ratio.json",
    }
    used = [f"{RESULTS}/{name}" for name in uses.values()]
    return run_step("make_product", product="ratio", hooks=HOOKS_FILE, used=used, **outputs)


def test_arguments_are_the_contents_of_products(tiny):
    assert make() == 0
    content = json.loads(Path(RESULTS, "products/ratio.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(content)
    assert content == {"name": "ratio", "value": {"ratio": 4.0}, "marks": ["pseudo-data"]}
    check_record("make_product/ratio.json")


def test_it_can_be_a_named_result(tiny):
    assert make() == 0
    result = {"file": "products/ratio.json", "pointer": "/value/ratio"}
    set_value("results", value={"mine": result})
    paths = {"results": f"{RESULTS}/results.json", "record": f"{RESULTS}/records/w.json"}
    assert run_step("write_results", products=[f"{RESULTS}/products/ratio.json"], **paths) == 0
    found = json.loads(Path(paths["results"]).read_text(encoding="utf-8"))["results"]["mine"]
    assert (found["value"], found["marks"]) == (4.0, ["pseudo-data"])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return found['fit']", r"'ratio' fails \(KeyError: 'fit', line \d+ of hooks.py\)"),
        ("return float('nan')", "returned something that is not JSON: .*not JSON compliant"),
        ("return {1, 2}", "returned something that is not JSON: a set"),
        ("return open('other.json').read()", "FileNotFoundError"),
    ],
)
def test_what_is_refused(tiny, body, message, capsys):
    assert make(f"\n\ndef ratio(limits, found):\n    {body}\n") == 2
    assert re.search(message, capsys.readouterr().err)
    assert not Path(RESULTS, "products/ratio.json").exists()


def test_arrays_of_numpy_are_lists(tiny):
    assert make("\n\ndef ratio(limits, found):\n    return np.array([1.5, 2.5])\n") == 0
    assert json.loads(Path(RESULTS, "products/ratio.json").read_text())["value"] == [1.5, 2.5]


@pytest.mark.parametrize(
    ("file", "nearest"),
    [("fits.json", "fit.json"), ("products/ratio.json", ""), ("plots/a.json", "")],
)
def test_it_uses_json_products_of_the_chain(tiny, file, nearest):
    set_value("products", value={"ratio": {"hook": "ratio", "uses": {"x": file}}})
    document = written_out(read_document(Path(ANALYSIS)), ANALYSIS)
    (problem,) = check_references(document)
    assert problem.startswith(f"products.ratio.uses: '{file}' is not a JSON product")
    assert nearest in problem


def test_the_analysis_with_it_is_sound(tiny):
    set_value("products", value={"ratio": {"hook": "ratio", "uses": USES}})
    assert read_analysis(Path(ANALYSIS)).products["ratio"].hook == "ratio"
