"""Numbers that moved, in errors or percent, against changes made by hand."""

import copy

from wollemi.history.physics import change_lines, changed_cuts, find_changes


def parameter(name, value, error, prefit_error=None, fixed=False):
    return {
        "name": name,
        "value": value,
        "error": error,
        "prefit_error": prefit_error,
        "fixed": fixed,
    }


def flow(*sums):
    return [{"sum": value} for value in sums]


RUN = {
    "fit.json": {
        "fits": {
            "signal": {
                "poi": "mu",
                "parameters": [parameter("mu", 0.5, 0.2), parameter("jes", 0.1, 0.8, 1.0)],
            }
        }
    },
    "limits.json": {"limits": {"signal": {"observed": 2.0, "expected": [0.5, 0.8, 1.0, 1.4, 2.0]}}},
    "significances.json": {"significances": {"signal": {"observed": None, "expected": 3.0}}},
    "summary.json": {
        "selected": {"SR": {"ttbar": {"sum": 100.0, "error": 4.0}}},
        "cutflow": {
            "SR": [
                {
                    "cuts": ["all events", "met > 100", "m > 200"],
                    "samples": {"ttbar": flow(500.0, 300.0, 100.0), "data": flow(510, 290, 90)},
                },
                {"cuts": ["entries of the histogram"], "samples": {"signal": flow(8.0)}},
            ]
        },
    },
}


def edited(change):
    run = copy.deepcopy(RUN)
    change(run)
    return run


def lines(change):
    return [line.strip("| ") for line in change_lines(find_changes(RUN, edited(change)))][2:]


def test_the_same_run_has_no_change():
    assert find_changes(RUN, RUN) == []
    assert changed_cuts(RUN, RUN) == []
    assert list(change_lines([])) == ["No yield, fit, limit or significance differs."]
    assert find_changes({}, {}) == []


def test_a_strength_and_a_pull_move_in_errors():
    """0.5 ± 0.2 to 0.6 is half an error; a pull counts in the error before the fit."""

    def change(run):
        mu, jes = run["fit.json"]["fits"]["signal"]["parameters"]
        mu["value"], jes["value"] = 0.6, -0.4

    assert lines(change) == [
        "fit: signal, mu | 0.5 ± 0.2 | 0.6 ± 0.2 | +0.5σ",
        "pull: signal, jes | 0.1 ± 1 | -0.4 | -0.5σ",
    ]


def test_an_error_that_grows_is_a_change():
    def change(run):
        run["fit.json"]["fits"]["signal"]["parameters"][0]["error"] = 0.25

    assert lines(change) == ["fit: signal, mu | 0.5 ± 0.2 | 0.5 ± 0.25 | +0σ, error +25 %"]


def test_limits_move_in_percent_and_significances_in_sigma():
    def change(run):
        run["limits.json"]["limits"]["signal"]["expected"][2] = 0.9
        run["significances.json"]["significances"]["signal"]["expected"] = 3.25

    assert lines(change) == [
        "limit: signal, expected | 1 | 0.9 | -10 %",
        "significance: signal, expected | 3σ | 3.25σ | +0.25σ",
    ]


def test_a_yield_moves_in_its_error_and_its_cutflow_says_where():
    def change(run):
        run["summary.json"]["selected"]["SR"]["ttbar"]["sum"] = 90.0
        run["summary.json"]["cutflow"]["SR"][0]["samples"]["ttbar"] = flow(500.0, 280.0, 90.0)

    assert lines(change) == ["yield: SR, ttbar | 100 ± 4 | 90 | -2.5σ"]
    assert changed_cuts(RUN, edited(change)) == [
        "region SR, from cut 1 on (met > 100): ttbar 300 → 280"
    ]


def test_another_cut_is_named():
    def change(run):
        run["summary.json"]["cutflow"]["SR"][0]["cuts"][2] = "m > 250"
        run["summary.json"]["cutflow"]["SR"][0]["samples"]["ttbar"] = flow(500.0, 300.0, 70.0)

    assert changed_cuts(RUN, edited(change)) == ["region SR, cut 2: m > 200 → m > 250"]


def test_a_cut_that_one_run_has_alone_or_elsewhere():
    """An inserted cut is not the one behind it, changed."""

    def cuts(*names):
        def change(run):
            run["summary.json"]["cutflow"]["SR"][0]["cuts"] = list(names)

        return edited(change)

    (text,) = changed_cuts(RUN, cuts("all events", "n > 1", "met > 100", "m > 200"))
    assert text == "region SR, cut 1: n > 1 is new"
    (text,) = changed_cuts(RUN, cuts("all events", "m > 200"))
    assert text == "region SR, cut 1: met > 100 is gone"
    (text,) = changed_cuts(RUN, cuts("all events", "m > 200", "met > 100"))
    assert text == "region SR, cut 1: met > 100 comes later"


def test_the_arithmetic_of_a_processor_is_no_change():
    def change(run):
        run["fit.json"]["fits"]["signal"]["parameters"][0]["value"] += 1e-8
        run["limits.json"]["limits"]["signal"]["observed"] *= 1 + 1e-9

    assert find_changes(RUN, edited(change)) == []


def test_the_order_of_a_sum_is_no_change_of_a_cutflow():
    """Other parts of a dataset add the same weights in another order; an event of two million is a
    change.
    """

    def added(sizes):
        def change(run):
            run["summary.json"]["cutflow"]["SR"][0]["samples"]["ttbar"] = flow(*sizes)

        return edited(change)

    assert changed_cuts(RUN, added([500.0 * (1 + 1e-12), 300.0 - 1e-11, 100.0])) == []
    assert changed_cuts(RUN, added([500.0, 300.0 * (1 + 5e-7), 100.0])) != []
    assert changed_cuts(added([0.0, 0.0, 0.0]), added([1e-12, 0.0, 0.0])) != []


def test_what_one_run_has_alone():
    def change(run):
        run["limits.json"]["limits"]["other"] = {"observed": None, "expected": [1, 1, 1.5, 2, 3]}
        del run["significances.json"]

    assert lines(change) == [
        "limit: other, expected | none | 1.5 | new",
        "significance: signal, expected | 3σ | none | gone",
    ]


def test_the_largest_changes_come_first_and_the_others_are_counted():
    names = [f"sample{number}" for number in range(12)]
    then = {
        "summary.json": {"selected": {"SR": {name: {"sum": 100.0, "error": 1.0} for name in names}}}
    }
    now = copy.deepcopy(then)
    for number, name in enumerate(names):
        now["summary.json"]["selected"]["SR"][name]["sum"] += number
    changes = find_changes(then, now)
    assert [change.now for change in changes] == [100.0 + number for number in range(11, 0, -1)]
    assert list(change_lines(changes))[-1] == "| yield: 3 more | | | |"
