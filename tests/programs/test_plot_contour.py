"""The contour of a published grid by the command line, on limits that are given."""

import json

import pytest
from support.products.commands import plan
from support.products.published_models import SIGNALS, grid, write_analysis, write_json
from support.tiny.analysis import edit_analysis
from support.tiny.steps import RESULTS, check_record, read_json, run_step

BAND = (0.5, 0.7, 1.0, 1.4, 2.0)


def limit(value):
    return {
        "point": None,
        "signal_events": 30.0,
        "asymptotic_too_low": {"observed": False, "expected": False},
        "observed": value,
        "expected": [value * factor for factor in BAND],
        "curve": {"poi": [0.0], "observed": [1.0], "expected": [[1.0] * 5]},
        "cross_section_pb": None,
        "observed_pb": None,
        "expected_pb": None,
    }


def draw(**axes):
    """The contour where limits grow linearly in the logarithm with the first mass: 1 at 300."""
    section = grid()
    section["patches"] |= axes
    write_analysis(section)
    limits = {name: limit(10 ** (masses[0] / 100 - 3)) for name, (masses, _) in SIGNALS.items()}
    head = {"measurement": "NormalMeasurement", "level": 0.95, "test_statistic": "qtilde"}
    found = {"method": "asymptotic", "exclusion": {"observed": None, "expected": None}}
    write_json(f"{RESULTS}/limits.json", head | found | {"limits": limits})
    signals = {
        name: {"samples": ["SIG"], "patch": name, "values": list(values)}
        for name, (values, _) in SIGNALS.items()
    }
    product = {"source": "BkgOnly.json", "sha256": "0", "digest": "0", "measurement": "M"}
    more = {"poi": "mu", "parameters": 3, "regions": {"SR": 3}, "samples": ["top"]}
    write_json(
        f"{RESULTS}/imported.json", product | more | {"axes": ["m1", "m2"], "signals": signals}
    )
    outputs = {suffix: f"{RESULTS}/plots/contour.{suffix}" for suffix in ("pdf", "png", "json")}
    record = f"{RESULTS}/records/plot_contour.json"
    inputs = {"limits": f"{RESULTS}/limits.json", "imported": f"{RESULTS}/imported.json"}
    assert run_step("plot_contour", **inputs, **outputs, record=record) == 0
    return read_json("plots/contour.json")


def test_the_contour_is_where_the_limit_is_one(tiny):
    found = draw()
    assert found["axes"] == ["m1", "m2"]
    (line,) = found["contours"]["observed"]
    assert [x for x, _ in line] == pytest.approx([300.0] * len(line))
    assert found["level"] == 0.95
    assert check_record("plot_contour.json")["outputs"].keys() == {
        f"{RESULTS}/plots/contour.{suffix}" for suffix in ("pdf", "png", "json")
    }


def test_axes_of_the_analysis_file(tiny):
    assert draw(axes=["chargino [GeV]", "neutralino [GeV]"])["axes"] == [
        "chargino [GeV]",
        "neutralino [GeV]",
    ]
    assert json.dumps(read_json("plots/contour.json")).count("NaN") == 0


def test_signals_that_the_analysis_makes(tiny):
    """Places of signals in the section `contour`, without a published model; another signal is not
    on the plot.
    """
    masses = {name: values for name, (values, _) in SIGNALS.items()}
    names = [*masses, "elsewhere"]

    def change(document):
        signal = document["samples"]["signal_200"]
        document["samples"] |= dict.fromkeys(names, signal)
        document["contour"] = {
            "points": {name: list(values) for name, values in masses.items()},
            "axes": ["$m_1$ [GeV]", "$m_2$ [GeV]"],
        }

    edit_analysis(tiny, change)
    limits = {name: limit(10 ** (values[0] / 100 - 3)) for name, values in masses.items()}
    head = {"measurement": "NormalMeasurement", "level": 0.95, "test_statistic": "qtilde"}
    found = {"method": "asymptotic", "exclusion": {"observed": None, "expected": None}}
    content = {"limits": limits | {"elsewhere": limit(1.0)}}
    write_json(f"{RESULTS}/limits.json", head | found | content)
    outputs = {suffix: f"{RESULTS}/plots/contour.{suffix}" for suffix in ("pdf", "png", "json")}
    record = f"{RESULTS}/records/plot_contour.json"
    assert run_step("plot_contour", limits=f"{RESULTS}/limits.json", **outputs, record=record) == 0
    drawn = read_json("plots/contour.json")
    assert drawn["axes"] == ["$m_1$ [GeV]", "$m_2$ [GeV]"]
    assert {item["signal"] for item in drawn["points"]} == masses.keys()
    (line,) = drawn["contours"]["observed"]
    assert [x for x, _ in line] == pytest.approx([300.0] * len(line))


@pytest.mark.parametrize(("count", "drawn"), [(2, False), (3, True)])
def test_the_plan_has_the_plot_of_three_signals(tiny, count, drawn):
    def change(document):
        signal = document["samples"]["signal_200"]
        names = [f"point_{number}" for number in range(count)]
        document["samples"] |= dict.fromkeys(names, signal)
        points = {name: [number, number**2] for number, name in enumerate(names)}
        document["contour"] = {"points": points, "axes": ["x", "y"]}

    edit_analysis(tiny, change)
    assert plan().drawn_by("plot_contour") == (["contour"] if drawn else [])
