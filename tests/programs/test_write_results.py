"""Named results: the numbers of the products, read here by jsonpointer's rules anew; what is
blinded; what is refused.
"""

import hashlib
import json
import re
from pathlib import Path

import jsonschema
import pytest
from support.project.paths import ROOT
from support.tiny.mistakes import set_value
from support.tiny.steps import RESULTS, check_record, run_step

SCHEMA = json.loads((ROOT / "workflow/schemas/results.schema.json").read_text(encoding="utf-8"))
MEASUREMENT = "tiny [pseudo-data]"
LIMITS = {
    name: {"observed": value, "expected": [0.1, 0.2, value, 0.4, 0.5]}
    for name, value in (("signal_200", 0.3), ("signal_300", 2))
}
FIT = {
    "parameters": [
        {"name": "norm_dy", "value": 1.01},
        {"name": "mu", "value": 0.125, "error": 0.5},
    ],
    "poi": "mu",
}
PRODUCTS = {
    "limits.json": {
        "limits": LIMITS,
        "exclusion": {"observed": None, "expected": 250.5},
        "measurement": MEASUREMENT,
    },
    "fit.json": {"fits": {"signal_200": FIT}, "measurement": MEASUREMENT},
    "likelihood/cls.json": {
        "signals": {"signal_200": {"observed": 0.07, "expected": [0.1, 0.2, 0.3, 0.4, 0.5]}},
        "measurement": MEASUREMENT,
    },
}
NAMED = {
    "median_{signal}": {
        "file": "limits.json",
        "pointer": "/limits/{signal}/expected/2",
        "description": "expected for {signal}",
    },
    "limit": {"file": "limits.json", "pointer": "/limits/signal_300/observed"},
    "excluded": {"file": "limits.json", "pointer": "/exclusion/observed", "unit": "GeV"},
    "strength": {
        "file": "fit.json",
        "pointer": "/fits/signal_200/parameters/mu/value",
        "description": "µ",
    },
    "cls": {"file": "likelihood/cls.json", "pointer": "/signals/signal_200/observed"},
}


def write(products=PRODUCTS, named=NAMED):
    """Run the program; its exit code."""
    set_value("results", value=named)
    for name, content in products.items():
        Path(RESULTS, name).parent.mkdir(parents=True, exist_ok=True)
        Path(RESULTS, name).write_text(json.dumps(content), encoding="utf-8")
    outputs = {
        "results": f"{RESULTS}/results.json",
        "record": f"{RESULTS}/records/write_results.json",
    }
    return run_step("write_results", products=[f"{RESULTS}/{name}" for name in products], **outputs)


def written():
    """What the file says, after its schema was asked."""
    content = json.loads(Path(RESULTS, "results.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(content)
    return content["results"]


def look_up(path, pointer):
    """The value at a pointer of RFC 6901, by the letter of the standard."""
    value = json.loads(path.read_text(encoding="utf-8"))
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        value = value[int(token)] if isinstance(value, list) else value[token]
    return value


def test_each_value_is_that_of_its_product(tiny):
    assert write() == 0
    found = written()
    for item in found.values():
        path = Path(RESULTS, item["file"])
        assert item["value"] == look_up(path, item["pointer"])
        assert item["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    values = {
        "median_signal_200": 0.3,
        "median_signal_300": 2,
        "limit": 2,
        "excluded": None,
        "strength": 0.125,
        "cls": 0.07,
    }
    assert {name: item["value"] for name, item in found.items()} == values
    assert found["strength"]["pointer"] == "/fits/signal_200/parameters/1/value"
    assert found["median_signal_300"]["description"] == "expected for signal_300"
    assert all(item["marks"] == ["pseudo-data"] for item in found.values())
    check_record("write_results.json")


def test_the_schema_refuses_what_is_no_number(tiny):
    assert write() == 0
    content = json.loads(Path(RESULTS, "results.json").read_text(encoding="utf-8"))
    content["results"]["limit"]["value"] = "2"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(content)


def test_what_is_blinded_stays_blinded(tiny):
    blinded = json.loads(json.dumps(PRODUCTS).replace("tiny [pseudo-data]", "tiny [BLINDED]"))
    for item in blinded["limits.json"]["limits"].values():
        item["observed"] = None
    blinded["likelihood/cls.json"]["signals"]["signal_200"] = {
        "asimov": 0.07,
        "expected": [0.1, 0.2, 0.3, 0.4, 0.5],
    }
    named = NAMED | {
        "error": {"file": "fit.json", "pointer": "/fits/signal_200/parameters/mu/error"}
    }
    assert write(blinded, named) == 0
    found = written()
    values = {
        "median_signal_200": 0.3,
        "median_signal_300": 2,
        "limit": None,
        "excluded": None,
        "strength": None,
        "cls": None,
    }
    assert {name: item["value"] for name, item in found.items()} == values | {"error": 0.5}
    assert all("BLINDED" in item["marks"] for item in found.values())


def test_marks_of_products_without_a_measurement(tiny):
    """A cutflow has those of its dataset: a signal is none of the pseudo-data."""
    lines = {"regions": {"search": [{"cut": "all", "events": 5}]}}
    products = {
        "summary.json": {"marks": ["PREVIEW"], "results": {"signal_200": {"limit": 0.5}}},
        "cutflow/data.json": lines | {"dataset": "data", "preview": False, "blinded": {}},
        "cutflow/signal_200.json": lines | {"dataset": "signal_200", "preview": True},
    }
    set_value("datasets", "spare", value={"files": ["spare.root"], "cross_section_pb": 1.0})
    set_value("datasets", "data", value={"draw": {"datasets": ["spare"], "seed": 1}})
    pointers = dict.fromkeys(products, "/regions/search/0/events") | {
        "summary.json": "/results/signal_200/limit"
    }
    names = dict(zip(("summed", "seen", "simulated"), products, strict=True))
    assert (
        write(
            products,
            {name: {"file": file, "pointer": pointers[file]} for name, file in names.items()},
        )
        == 0
    )
    found = {name: item["marks"] for name, item in written().items()}
    assert found == {
        "summed": ["PREVIEW"],
        "seen": ["pseudo-data", "BLINDED"],
        "simulated": ["PREVIEW"],
    }


REFUSED = {
    "nothing there": (
        {"file": "limits.json", "pointer": "/limits/signal_200/observd"},
        "results.wrong: /limits/signal_200/observd of limits.json: 'observd' is not in "
        "/limits/signal_200; "
        "did you mean 'observed'?; known: observed, expected",
    ),
    "an object": (
        {"file": "limits.json", "pointer": "/limits/signal_200"},
        "is an object, not a number; it has observed, expected",
    ),
    "a list": (
        {"file": "limits.json", "pointer": "/limits/signal_200/expected"},
        "is a list, not a number",
    ),
    "nothing observed": (
        {"file": "fit.json", "pointer": "/fits/signal_200/observed"},
        "'observed' is not in /fits/signal_200",
    ),
    "a text": ({"file": "fit.json", "pointer": "/fits/signal_200/poi"}, "is a text, not a number"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_program_refuses(tiny, capsys, name):
    item, message = REFUSED[name]
    assert write(named={"wrong": item}) == 2
    error = capsys.readouterr().err
    assert message in error
    assert re.search(
        r"\n  → (correct the pointer in the analysis file|let the pointer end at a number)\n$",
        error,
    )
    assert not Path(RESULTS, "results.json").exists()
