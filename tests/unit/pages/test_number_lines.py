"""Lines of rounded numbers against numbers worked out by hand."""

from support.example.products import limit

from wollemi.pages.number_lines import number_lines as lines_of
from wollemi.results.limits import Exclusion, Interpolation
from wollemi.results.summary import SignalResult

LIMIT = limit(cross_section_pb=2.0) | {
    "observed": 1.65257,
    "expected": [0.302917, 0.430053, 0.646801, 0.998391, 1.50077],
    "observed_pb": 3.30514,
    "expected_pb": [0.605834, 0.860106, 1.293602, 1.996782, 3.00154],
}
SUMMARY = {
    "level": 0.95,
    "exclusion": {"observed": 4352.04, "expected": None},
    "results": {
        "higgs": {
            "strength": {
                "name": "mu",
                "value": 0.884706,
                "error": 0.399027,
                "error_down": None,
                "error_up": None,
            },
            "significance": {
                "observed": 3.07047,
                "observed_p_value": 1e-3,
                "expected": 3.29007,
                "expected_p_value": 5e-4,
            },
            "limit": LIMIT,
        }
    },
    "yields": {
        "sr": {
            "rows": [
                {
                    "sample": "zz",
                    "prefit": {"sum": 80.076, "error": 8.5155},
                    "postfit": {"sum": 84.3025, "error": 6.50759},
                }
            ],
            "total": {
                "prefit": {"sum": 93.7228, "error": 8.77848},
                "postfit": {"sum": 96.4307, "error": 7.25916},
            },
            "observed": 102.0,
        }
    },
    "datasets": {
        "data": {"skim": [{"cut": "all events", "events": 38, "sum": 38.0}], "regions": {}},
        "zz": {
            "skim": [{"cut": "all events", "events": 1000, "sum": 26.7649}],
            "regions": {"sr": [{"cut": "m > 100", "events": None, "sum": 5.4841}]},
        },
    },
}
LINES = [
    "higgs: µ = 0.88 ± 0.40",
    "higgs: significance 3.07σ (expected 3.29σ)",
    "higgs: 95 % CLs upper limit on µ: observed 1.65, expected 0.647 (68 %: 0.430–0.998)",
    (
        "higgs: 95 % CLs upper limit on the cross section: observed 3.31 pb, expected 1.29 pb "
        "(68 %: 0.860–2.00)"
    ),
    "excluded up to 4,352 (observed)",
    "sr: zz: 80.1 ± 8.5 prefit, 84.3 ± 6.5 postfit",
    "sr: total: 93.7 ± 8.8 prefit, 96.4 ± 7.3 postfit",
    "sr: 102 events observed",
    "data in skim: all events: 38 events",
    "zz in skim: all events: 1000 events, 26.76 expected",
    "zz in sr: m > 100: 5.484 expected",
]


def number_lines(summary):
    """Of plain values."""
    results = {}
    for name, item in summary["results"].items():
        brief = {key: value for key, value in item["limit"].items() if key != "curve"}
        results[name] = SignalResult.model_validate(item | {"limit": brief})
    exclusion = summary["exclusion"] and Exclusion.model_validate(summary["exclusion"])
    return lines_of(summary | {"results": results, "exclusion": exclusion})


def test_every_number_has_a_line():
    assert number_lines(SUMMARY) == LINES


def test_nothing_of_what_an_analysis_lacks():
    bare = {"level": None, "exclusion": None, "results": {}, "yields": {}, "datasets": {}}
    assert number_lines(bare) == []


def test_a_last_digit_that_differs_between_machines_changes_no_line():
    nearly = SUMMARY | {
        "results": {
            "higgs": {
                **SUMMARY["results"]["higgs"],
                "limit": {**LIMIT, "observed": 1.65257 * (1 + 1e-6)},
            }
        }
    }
    assert number_lines(nearly) == LINES


def test_limits_between_signals():
    item = {key: value for key, value in LIMIT.items() if key != "curve"} | {"point": 2.25}
    item |= {"between": ["a", "b"], "below_floor": ["observed"]}
    found = Interpolation.model_validate({"step": 0.25, "limits": [item], "closure": {}})
    assert number_lines(SUMMARY | {"interpolation": found})[5] == (
        "interpolated at 2.25 between a and b: observed 1.65, expected 0.647 (below the floor of "
        "CLs: observed)"
    )


def test_an_exclusion_with_an_uncertain_prediction():
    exclusion = SUMMARY["exclusion"] | {"observed_theory_down": 4301.2, "observed_theory_up": None}
    assert number_lines(SUMMARY | {"exclusion": exclusion}) == [
        *LINES[:5],
        "excluded up to 4,301 (observed, prediction −1σ)",
        *LINES[5:],
    ]


def test_what_is_no_limit_says_so():
    higgs = SUMMARY["results"]["higgs"]
    low = ["expected_minus_2sigma", "expected_minus_1sigma", "expected"]
    marked = {"higgs": {**higgs, "limit": LIMIT | {"below_floor": low}}}
    exclusion = {"observed": 4352.04, "expected": None, "not_quoted": ["expected"]}
    found = number_lines(SUMMARY | {"results": marked, "exclusion": exclusion})
    assert found[2] == f"{LINES[2]} (below the floor of CLs: expected −1σ, expected median)"
    assert found[4:6] == [
        LINES[4],
        "exclusion not quoted (expected): it rests on limits below the floor of CLs",
    ]
    assert found[6:] == LINES[5:]
