"""Differences and tolerances, on values small enough to judge by hand."""

import json

import pytest

from wollemi.archive.reading.json_comparison import (
    NOTHING,
    compare_contents,
    compare_json,
    compare_text,
    differences,
)

FIT = {
    "fits": {
        "signal": {
            "covariance": [[4.0, 1e-9], [1e-9, 1.0]],
            "parameters": [
                {"name": "mu", "value": 0.25, "error": 0.5},
                {"name": "gamma", "value": 1e-150, "error": 1.0},
            ],
            "status": {"converged": True, "iterations": 11, "estimated_distance": 1e-14},
        }
    }
}


def changed(value, *place, to):
    copy = json.loads(json.dumps(value))
    item = copy
    for key in place[:-1]:
        item = item[key]
    item[place[-1]] = to
    return copy


PARAMETERS = ("fits", "signal", "parameters")
STATUS = ("fits", "signal", "status")


@pytest.mark.parametrize(
    ("place", "to", "text"),
    [
        ((*PARAMETERS, 0, "value"), 0.25 * (1 + 1e-9), None),
        ((*PARAMETERS, 0, "value"), 0.25 + 0.4e-6, None),  # 0.8e-6 of its error
        (
            (*PARAMETERS, 0, "value"),
            0.25 + 0.6e-6,
            "fits.signal.parameters[0].value: 0.25 → 0.2500006",
        ),
        (
            (*PARAMETERS, 0, "error"),
            0.5 + 0.6e-6,
            "fits.signal.parameters[0].error: 0.5 → 0.5000006",
        ),
        ((*PARAMETERS, 0, "value"), 0.25025, "fits.signal.parameters[0].value: 0.25 → 0.25025"),
        ((*PARAMETERS, 1, "value"), -3e-151, None),  # 150 orders of magnitude below its error
        ((*PARAMETERS, 0, "name"), "nu", 'fits.signal.parameters[0].name: "mu" → "nu"'),
        (
            (*PARAMETERS, 1),
            None,
            'fits.signal.parameters[1]: {"name": "gamma", "value": 1e-150, "error": 1.0} → null',
        ),
        (("fits", "signal", "covariance", 0, 1), 3e-6, None),  # 0.75e-6 of the largest
        (
            ("fits", "signal", "covariance", 0, 1),
            5e-6,
            "fits.signal.covariance[0][1]: 1e-09 → 5e-06",
        ),
        (
            ("fits", "signal", "covariance", 1),
            [1e-9],
            "fits.signal.covariance[1][1]: 1.0 → nothing",
        ),
        ((*STATUS, "iterations"), 12, None),
        ((*STATUS, "estimated_distance"), 5e-13, None),
        ((*STATUS, "converged"), False, "fits.signal.status.converged: true → false"),
        ((*STATUS, "message"), "", 'fits.signal.status.message: nothing → ""'),
    ],
)
def test_fits(place, to, text):
    verdict = compare_json("fit.json", FIT, changed(FIT, *place, to=to))
    assert verdict.equal == (text is None)
    assert text is None or verdict.text == text


@pytest.mark.parametrize(
    ("product", "then", "now", "equal"),
    [
        ("histograms/data.json", [100.0, 1.0], [100.0, 1.0 + 5e-11], True),
        ("histograms/data.json", [100.0, 1.0], [100.0, 1.0 + 2e-10], False),
        ("cutflow/data.json", {"events": 1804}, {"events": 1805}, False),
        ("cutflow/data.json", {"sum_of_weights": 1e9}, {"sum_of_weights": 1e9 + 1e-4}, True),
        ("cutflow/data.json", {"sum_of_weights": 1e9}, {"sum_of_weights": 1e9 + 1e-2}, False),
        (
            "limits.json",
            {"a": {"expected_pb": [1.0, 1e-4]}},
            {"a": {"expected_pb": [1.0, 1.001e-4]}},
            False,
        ),
        (
            "limits.json",
            {"a": {"curve": {"observed": [1.0, 1e-9]}}},
            {"a": {"curve": {"observed": [1.0, 2e-9]}}},
            True,
        ),
        ("significances.json", {"observed": 0.0}, {"observed": 1e-7}, True),
        ("significances.json", {"observed_p_value": 1e-8}, {"observed_p_value": 1.001e-8}, False),
        ("summary.json", {"value": 1.00001}, {"value": 1.00002}, True),
        ("something/new.json", {"value": 1.0}, {"value": 1.0 + 1e-5}, False),
    ],
)
def test_each_kind_has_its_tolerance(product, then, now, equal):
    assert compare_json(product, then, now).equal == equal


def test_true_is_not_one():
    assert not compare_json("fit.json", {"fixed": True}, {"fixed": 1}).equal


def test_the_largest_deviation_of_equal_contents_is_told():
    verdict = compare_json("limits.json", {"a": 1.0, "b": 2.0}, {"a": 1.0 + 1e-9, "b": 2.0 + 1e-8})
    assert verdict.text == "largest relative deviation 5.0e-09 at b"


def test_all_differences_in_order():
    found = list(differences({"b": 1, "a": [1, 2]}, {"a": [1, 3, 4], "c": None}))
    assert [(item.path, item.then, item.now) for item in found] == [
        ("b", 1, NOTHING),
        ("a[1]", 2, 3),
        ("a[2]", NOTHING, 4),
        ("c", NOTHING, None),
    ]


def test_text_and_bytes(tmp_path):
    contents = [
        b"one\ntwo\n",
        b"one\ntwo \n",
        b"one\ntwo \nthree\n",
        b"\xff\x00\x01",
        b"\xff\x00\x02",
        b"\xff\x00\x02\x03",
    ]
    for number, content in enumerate(contents):
        (tmp_path / str(number)).write_bytes(content)
    compared = [
        compare_text(tmp_path / str(number), tmp_path / str(number + 1)) for number in range(5)
    ]
    assert not any(verdict.equal for verdict in compared)
    texts = [verdict.text for verdict in compared]
    assert texts[:2] == ['line 2: "two" → "two "', 'line 3: nothing → "three"']
    assert texts[3:] == ["byte 2", "byte 3"]


def test_what_is_no_json_is_text(tmp_path):
    (tmp_path / "a.html").write_text("<p>1</p>\n")
    (tmp_path / "b.html").write_text("<p>2</p>\n")
    assert (
        compare_contents("index.html", tmp_path / "a.html", tmp_path / "b.html").text
        == 'line 1: "<p>1</p>" → "<p>2</p>"'
    )
