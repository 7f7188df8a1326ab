"""Tables of the example: numbers worked out by hand, blinded ones, names and labels that are equal
or hostile.
"""

import re

import pytest
from summarize_results import SECTIONS
from support.example.products import EXAMPLE, cutflow, limit, ranking, settings, statistics

from wollemi.pages.summary import make_summary
from wollemi.results.ranking import Ranking
from wollemi.results.summary import Summary
from wollemi.tables.run import run_tables

SAMPLES = {"signal": "S", "dy": "Z", "top": "$t\\bar{t}$", "data": "data"}
REGIONS = {"sr": "signal region", "cr": "cr", "vr": "vr"}


@pytest.fixture
def summary():
    made = make_summary(
        settings(SECTIONS), {name: cutflow(name) for name in EXAMPLE["datasets"]}, statistics()
    )
    return Summary.parse("summary.json", made | {"plots": [], "lines": []})


def tables(summary, samples=SAMPLES, regions=REGIONS, parameter=str):
    rankings = Ranking.parse("ranking.json", ranking()).rankings
    return dict(run_tables(summary, rankings, samples, regions, parameter))


def test_yields(summary):
    """dy: 3 + 4 + 9 events before the fit, a tenth more after it."""
    text = tables(summary)["yields"].text
    assert text.loc["Z", ("signal region", "before the fit")] == "16.0 ± 1.0"
    assert text.loc["Z", ("signal region", "after the fit")] == "17.6 ± 1.0"
    assert text.loc["observed data"].tolist() == ["24.0"] * 2 * len(summary.yields)
    assert list(text.index)[-2:] == ["all samples", "observed data"]


def test_the_caption_of_yields_names_negative_bins_that_are_kept(summary):
    plain = summary.plain()
    kept = {"flaw": "kept_negative", "region": "sr", "sample": "dy", "bins": [[1.0, 2.0]]}
    varied = plain["lint"]["findings"][0] | kept | {"systematic": "scale", "sample": "top"}
    nominal = {key: value for key, value in varied.items() if key != "systematic"}
    nominal |= {"sample": "dy", "unit": "GeV"}
    note = "; negative bins kept in the model: dy in sr, 1–2 GeV"
    plain["lint"] = plain["lint"] | {"findings": [nominal, varied]}
    assert tables(Summary.parse("summary.json", plain))["yields"].caption.endswith(note)
    assert "negative" not in tables(summary)["yields"].caption


def test_regions_are_headings_in_latex_and_wide_tables_have_parts(summary):
    table = tables(summary, regions={"sr": "wide " * 12, "cr": "control", "vr": "other"})["yields"]
    first, second = re.findall(r"\\toprule\n(.*?)\\midrule", table.latex(), re.DOTALL)
    assert first.startswith(rf"sample & \multicolumn{{2}}{{c}}{{{'wide ' * 12}}} \\")
    assert second.splitlines() == [
        r"sample & \multicolumn{2}{c}{control} & \multicolumn{2}{c}{other} \\",
        r"\cmidrule(lr){2-3} \cmidrule(lr){4-5}",
        r" & before the fit & after the fit & before the fit & after the fit \\",
    ]
    assert "| control, before the fit | control, after the fit |" in table.markdown()


def test_rows_follow_the_order_that_is_given(summary):
    text = tables(summary)["selected"].text
    assert list(text.index) == ["S", "Z", "$t\\bar{t}$", "data"]
    assert list(text.columns) == ["signal region", "cr", "vr"]


def test_how_well_predictions_are_known(summary):
    plain = summary.plain()
    plain["results"]["signal"]["limit"]["theory_uncertainty"] = {"up": 0.14, "down": 0.11}
    found = tables(Summary.parse("summary.json", plain))["limits"]
    assert found.caption.endswith("uncertainty of the prediction, not in the model: +14 % −11 %")


def test_limits_between_signals(summary):
    """With what the interpolation is worth in the caption."""
    item = {key: value for key, value in limit(1.5).items() if key != "curve"}
    tested = {"signal_events": 10.0, "predicted_events": 9.0, "expected": 2.0}
    tested |= {"between": ["a", "c"], "predicted_expected": 2.1}
    found = {"step": 0.5, "limits": [item | {"between": ["a", "b"]}], "closure": {"b": tested}}
    found |= {"left_out": {"c and d": "are too far apart"}}
    plain = summary.plain() | {"interpolation": found}
    table = tables(Summary.parse("summary.json", plain))["limits_interpolated"]
    assert table.text.loc["between a and b, at 1.5", "observed"] == "1.50"
    assert table.caption.endswith(
        "b interpolated between a and c: events −10.0 %, expected limit +5.0 %; nothing is "
        "interpolated between c and d: they are too far apart"
    )


def test_what_is_blinded_says_so(summary):
    plain = summary.plain()
    plain["selected"]["sr"]["data"] |= {"events": None, "sum": None, "error": None}
    plain["yields"]["sr"]["observed"] = None
    plain["results"]["signal"]["limit"]["observed"] = None
    plain["results"]["signal"]["significance"] |= {"observed": None, "observed_p_value": None}
    hidden = tables(Summary.parse("summary.json", plain))
    assert hidden["selected"].text.loc["data", "signal region"] == "BLINDED"
    assert set(hidden["yields"].text.loc["observed data", "signal region"]) == {"BLINDED"}
    assert hidden["limits"].text.loc["S", "observed"] == "BLINDED"
    assert hidden["significances"].text.loc["S", "observed"] == "BLINDED"
    assert "BLINDED" not in hidden["limits"].csv()


def test_limits_below_the_floor_have_a_dagger(summary):
    plain = summary.plain()
    plain["results"]["signal"]["limit"] |= {"below_floor": ["observed", "expected_minus_1sigma"]}
    table = tables(Summary.parse("summary.json", plain))["limits"]
    assert table.text.loc["S"].tolist() == ["1.50†", "0.500", "0.700†", "1.00", "1.40", "2.00"]
    assert "†: fewer than 3.0 signal events" in table.caption
    assert table.numbers.loc["signal", "below_floor"] == "observed expected_minus_1sigma"
    assert r"1.50$\dagger$" in table.latex()
    assert "†" not in tables(summary)["limits"].markdown()


def test_what_marks_the_run_stands_in_every_table(summary):
    marked = tables(Summary.parse("summary.json", summary.plain() | {"marks": ["pseudo-data"]}))
    for table in marked.values():
        assert table.caption.endswith("[pseudo-data]")
        assert set(table.numbers["marks"]) == {"[pseudo-data]"}
        assert "[pseudo-data]" in table.latex()
        assert "[pseudo-data]" in table.csv()
    assert all("marks" not in table.numbers for table in tables(summary).values())


def test_equal_labels_stay_two_rows_and_columns(summary):
    alike = tables(summary, dict.fromkeys(SAMPLES, "X"), dict.fromkeys(REGIONS, "Y"))
    text = alike["selected"].text
    assert list(text.columns) == ["Y", "Y", "Y"]
    assert list(text.index) == ["X", "X", "X", "X"]
    assert alike["selected"].latex().count(" & ") == 3 * 5
    before = [
        column for column in alike["yields"].text.columns if column == ("Y", "before the fit")
    ]
    assert len(before) == len(summary.yields) == 3


def test_a_region_called_as_a_sample_has_its_own_label(summary):
    plain = summary.plain()
    plain["selected"]["signal"] = plain["selected"].pop("sr")
    found = tables(
        Summary.parse("summary.json", plain),
        regions={"signal": "the region", "cr": "cr", "vr": "vr"},
    )
    assert list(found["selected"].text.columns) == ["the region", "cr", "vr"]
    assert found["selected"].text.index[0] == "S"


HOSTILE = [
    "\\input{/etc/passwd}",
    "$\\input{/etc/passwd}$",
    "$\\write18{rm -rf ~}$",
    "a & b \\\\ \\hline",
    "}\\end{tabular}",
    "100 % of #1_2^3 ~ {x}",
    "$\\csname input\\endcsname x$",
    "^^5cinput{x}",
    "a\nb",
    "| a | b |",
    "$\\catcode`\\@=0 @input x$",
    "\\\x00\x01\x03",
]


@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_label_is_a_text_in_a_cell(summary, label):
    plain, hostile = (tables(summary, {**SAMPLES, "dy": text})["selected"] for text in ("Z", label))
    commands = re.compile(r"\\(?:[A-Za-z]+|.)")
    allowed = {
        "\\textbackslash",
        "\\textasciicircum",
        "\\textasciitilde",
        *(f"\\{letter}" for letter in "&%#_{}$"),
    }
    assert set(commands.findall(hostile.latex())) <= set(
        commands.findall(plain.latex())
    ) | allowed | {
        "\\textsuperscript",
        "\\textsubscript",
    }
    assert "^^" not in hostile.latex()
    assert len(hostile.latex().splitlines()) == len(plain.latex().splitlines())
    assert re.sub(r"\\.", "", hostile.latex()).count("&") == re.sub(
        r"\\.", "", plain.latex()
    ).count("&")
    assert len(hostile.markdown().splitlines()) == len(plain.markdown().splitlines())
    assert len(re.findall(r"(?<!\\)\|", hostile.markdown())) == len(
        re.findall(r"(?<!\\)\|", plain.markdown())
    )


def test_parameters_have_their_labels_in_texts_and_their_names_in_numbers(summary):
    labels = {"lumi": "luminosity", "mu": "$\\mu$"}
    found = tables(summary, parameter=lambda name: labels.get(name, name))
    for name in ("parameters", "uncertainties", "ranking_signal"):
        assert "luminosity" in found[name].text.index
        assert "lumi" not in found[name].text.index
        assert "lumi" in found[name].csv()
        assert "luminosity" not in found[name].csv()
    assert found["ranking_signal"].caption == "Impacts on $\\mu$, S"
    assert "$\\mu$, luminosity" in [*found["scans"].text["parameters"]]


@pytest.mark.parametrize("regime", ["wall", "quartic", "asymmetric"])
def test_yields_without_a_valid_error_say_so(summary, regime):
    assert "valid" not in tables(summary)["yields"].caption
    parameters = tuple(
        item.noting(regime=regime) if item.name == "mu" else item for item in summary.fit.parameters
    )
    noted = summary.noting(fit=summary.fit.noting(parameters=parameters))
    caption = tables(noted)["yields"].caption
    wrong = "; uncertainties without a valid error of mu"
    assert caption.endswith(wrong) is (regime != "asymmetric")
