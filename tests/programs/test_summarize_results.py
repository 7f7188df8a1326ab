"""The summary and its page against the products."""

import html.parser
import re
from dataclasses import replace

import pytest
from summarize_results import SECTIONS
from support.example.products import (
    EXAMPLE,
    STATUS,
    cutflow,
    fit,
    goodness,
    lint,
    region_limits,
    scans,
    settings,
    significances,
    statistics,
    uncertainties,
)
from support.project.paths import ROOT

from wollemi.pages.number_lines import number_lines
from wollemi.pages.pages import page_environment
from wollemi.pages.summary import Statistics, make_summary, result_lines, rounded
from wollemi.plan.registry import Product
from wollemi.results.fit import Fits
from wollemi.results.lint import TemplateLint

TEMPLATES = [
    ROOT / "workflow/report/summary.html.j2",
    *sorted((ROOT / "workflow/report/parts").iterdir()),
]
PRODUCTS, NOTHING = statistics(), Statistics()
VOID = {"meta", "img", "br", "link"}


def summary(products=PRODUCTS, document=EXAMPLE, preview=False):
    found = settings(SECTIONS, document)
    return make_summary(
        found, {name: cutflow(name, preview) for name in document["datasets"]}, products
    ) | {"plots": []}


def render(content, found):
    return page_environment(TEMPLATES, found).get_template("summary.html.j2").render(content)


def page(products=PRODUCTS, document=EXAMPLE, preview=False):
    return render(rounded(summary(products, document, preview)), settings(SECTIONS, document))


class Balance(html.parser.HTMLParser):
    """Notes tags that are closed in the wrong order, and everything loaded from elsewhere."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.loaded = [], [], []

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        named = dict(attributes)
        if tag in ("script", "link", "iframe") or (tag == "img" and "//" in named["src"]):
            self.loaded.append(tag)

    def handle_endtag(self, tag):
        if self.open.pop() != tag:
            self.wrong.append(tag)


def data_only():
    document = {
        key: value
        for key, value in EXAMPLE.items()
        if key
        not in (
            *("model", "limits", "scans", "goodness", "uncertainties", "extrapolation"),
            *("region_limits", "discovery", "plots"),
        )
    }
    return document | {
        "samples": {"data": EXAMPLE["samples"]["data"]},
        "systematics": {},
        "datasets": {"data": EXAMPLE["datasets"]["data"]},
    }


@pytest.mark.parametrize(
    "make",
    [page, lambda: page(NOTHING, data_only()), lambda: page(preview=True)],
    ids=["fit", "data only", "preview"],
)
def test_the_page_is_whole_and_loads_nothing(make):
    content = make()
    parser = Balance()
    parser.feed(content)
    assert (parser.open, parser.wrong, parser.loaded) == ([], [], [])
    assert "url(" not in content


def test_headline_numbers_stand_on_the_page():
    content = page()
    assert "<b>0.50 ± 0.25</b>" in content
    assert "<b>1.50</b>" in content
    assert "2.13 σ" in content
    assert "tt\u0304" in content


def test_a_fit_without_a_minimum_has_no_numbers_on_the_page():
    content = fit()
    for item in content["fits"].values():
        item["status"] = STATUS | {"converged": False, "message": "lost its way"}
    shown = page(replace(PRODUCTS, fit=Fits.parse("fit.json", content)))
    assert "the search found no minimum: lost its way" in shown
    assert "THE FIT DID NOT CONVERGE" in shown
    assert "0.50 ± 0.25" not in shown
    assert "<tr><td><code>lumi</code></td>" in page(PRODUCTS)
    assert "<tr><td><code>lumi</code></td>" not in shown


def test_window_counts_stand_on_the_page_without_a_model():
    content = page(NOTHING, data_only())
    assert "<b>24</b>" in content
    assert "Yields before" not in content


def test_yields_and_parameters_are_those_of_the_fit():
    found = summary()
    assert found["yields"]["sr"]["rows"][0]["sample"] == "signal"
    assert [item.name for item in found["fit"].parameters] == ["mu", "norm_dy", "lumi"]
    assert found["fit"].factors_of_bins == 1
    assert found["account"]["categories"] == ["in no region", "in one region", "in several regions"]
    assert found["account"]["datasets"]["top"] == {
        "entries": 100,
        "counts": [50, 20, 30],
        "selected": {"sr": 20, "sr + cr": 30},
    }


def test_marks():
    assert summary()["marks"] == []
    drawn = EXAMPLE | {
        "datasets": EXAMPLE["datasets"] | {"data": {"draw": {"datasets": ["source"], "seed": 1}}}
    }
    assert summary(document=drawn, preview=True)["marks"] == ["pseudo-data", "PREVIEW"]
    generated = {"generate": {"hook": "make", "events": 1, "seed": 1}}
    assert summary(document=EXAMPLE | {"datasets": EXAMPLE["datasets"] | {"data": generated}})[
        "marks"
    ] == ["pseudo-data"]
    content = page(document=drawn, preview=True)
    assert "PSEUDO-DATA" in content
    assert "PREVIEW" in content
    assert "PSEUDO-DATA" not in page()


def test_marks_of_a_model_that_somebody_else_made_are_on_the_page():
    """They stand in its measurement; cutflows, which would tell of them, there are none."""
    fits = PRODUCTS.fit.noting(measurement="combination [pseudo-data] [BLINDED]")
    made = summary(replace(PRODUCTS, fit=fits))
    assert made["marks"] == ["pseudo-data", "BLINDED"]
    assert made["headline"][0].startswith(f"{made['analysis']} [pseudo-data] [BLINDED]")
    text = page(replace(PRODUCTS, fit=fits))
    assert "PSEUDO-DATA" in text
    assert "BLINDED: some of the data are hidden" in text


def test_text_of_the_analysis_is_escaped():
    assert "<script>alert" not in page(document=EXAMPLE | {"title": "<script>alert(1)</script>"})


def test_floats_are_rounded_and_counts_are_not():
    assert rounded({"covariances": {"postfit": [[0.123456789]]}}) == {
        "covariances": {"postfit": [[0.123456789]]}
    }
    assert rounded({"a": [0.123456789, 123456789], "b": None}) == {
        "a": [0.123457, 123456789],
        "b": None,
    }


def test_negative_bins_that_are_kept_are_on_the_page():
    first = lint()["findings"][0]
    kept = {"flaw": "kept_negative", "region": "sr", "sample": "dy", "bins": [[1.0, 2.0]]}
    nominal = {key: value for key, value in (first | kept).items() if key != "systematic"}
    text = page(statistics(lint=lint() | {"findings": [nominal | {"unit": "GeV"}]}))
    assert "Negative bins kept in the model: dy in sr, 1–2 GeV.</p>" in text
    assert "Negative bins" not in page()


def test_lost_files_are_on_the_page():
    lost = {"path": "dy<3>.root", "problem": "cannot be read: <damaged>", "entries": 1234}
    found = settings(SECTIONS, EXAMPLE)
    cutflows = {name: cutflow(name) for name in EXAMPLE["datasets"]}
    cutflows["dy_low"] |= {"files": cutflows["dy_low"]["files"] * 49, "failed_files": [lost]}
    made = make_summary(found, cutflows, PRODUCTS)
    assert made["lost_files"] == [
        {"dataset": "dy_low", "files": 50, "share": 2.0, "failed": [lost]}
    ]
    text = render(rounded(made | {"plots": []}), found)
    assert "LOST FILES: dy_low: 1 of 50 files could not be used (2 %)" in text
    assert "dy&lt;3&gt;.root" in text
    assert "cannot be read: &lt;damaged&gt;" in text
    assert "1,234" in text
    assert "LOST FILES" not in page()


def test_regions_of_each_dataset_have_their_labels():
    found = settings(SECTIONS, EXAMPLE)
    cutflows = {name: cutflow(name) for name in EXAMPLE["datasets"]}
    cutflows["dy_low"]["account"]["selected"] = {"sr + cr": 7, "cr": 5}
    text = render(rounded(make_summary(found, cutflows, PRODUCTS) | {"plots": []}), found)
    details = text[text.index("<details><summary><code>dy_low") :]
    details = details[: details.index("</details>")]
    assert "<td>signal region: <code>" in details
    assert "<td>signal region + cr</td><td>7</td>" in details
    assert "<td>sr" not in details


def test_events_in_several_samples_are_on_the_page():
    found = settings(SECTIONS, EXAMPLE)
    cutflows = {name: cutflow(name) for name in EXAMPLE["datasets"]}
    split = {"datasets": ["b", "c"], "events": 1234, "in_none": 3, "in_several": {"b + c": 40}}
    cutflows["dy_low"] |= {"split": split}
    made = make_summary(found, cutflows, PRODUCTS)
    remarks = ["40 of 1,234 events are in b and c", "3 of 1,234 events are in none of b, c"]
    assert made["splits"] == [split | {"remarks": remarks}]
    assert [line.partition(": ")[2] for line in made["headline"][-2:]] == remarks
    text = render(rounded(made | {"plots": []}), found)
    for remark in remarks:
        assert f"SHARED FILES: {remark}" in text
    assert "SHARED FILES" not in page()


def test_stitched_datasets_are_on_the_page():
    found = settings(SECTIONS, EXAMPLE)
    cutflows = {name: cutflow(name) for name in EXAMPLE["datasets"]}
    placed = {"name": "one_jet", "inclusive": "dy", "datasets": ["dy_low", "dy_high"]}
    placed |= {"sum_of_weights": 5031.5, "cross_section_pb": 1012.5, "outside": 0}
    placed |= {"inclusive_pb": 950.25, "inclusive_error_pb": 7.5}
    for name in placed["datasets"]:
        cutflows[name] |= {"slice": placed}
    made = make_summary(found, cutflows, PRODUCTS)
    remark = "slice one_jet has 1012.5 pb, of which the inclusive dataset has 950.25 ± 7.5 pb"
    assert [row["remarks"] for row in made["stitched"]] == [[f"dy: {remark}"]]
    assert made["headline"][-1].endswith(remark)
    text = render(rounded(made | {"plots": []}), found)
    assert f"STITCHING: dy: {remark}" in text
    assert "<td>1012.5</td><td>950.25 ± 7.5</td><td>1.066</td>" in text
    assert "Stitched datasets" not in page()


def test_a_significance_beyond_ten_sigma_has_no_digits():
    strong = {
        "significances": {
            "signal": {
                "observed": 268.06,
                "observed_p_value": 0.0,
                "expected": 12.3,
                "expected_p_value": 0.0,
            }
        }
    }
    text = page(statistics(significances=significances() | strong))
    assert "above 10 σ" in text
    assert "expected above 10 σ" in text
    assert "268" not in text


def test_scans_are_told_with_their_intervals():
    text = page()
    assert "<td>0.50 +0.25 −0.25</td><td>[0, 1.00]</td>" in text
    assert "<td>1.00 +0.25 −0.25</td><td>[0.500, 1.50]</td>" in text
    assert "<td>(0.500, −0.500)</td><td>–</td>" in text
    assert "1 point has no fit" in text
    hidden = page(statistics(scans=scans(blinded=True)))
    assert hidden.count("<td>BLINDED</td><td>–</td>") == 2
    assert "0.50 +0.25 −0.25" not in hidden.partition('id="scans"')[2].partition("</table>")[0]


def test_a_scan_that_is_left_out_says_why():
    content = scans()
    del content["scans"]["signal"]["plane"]
    content["left_out"] = {"signal": {"plane": "parameter lumi: the model has none"}}
    assert "none: parameter lumi: the model has none" in page(statistics(scans=content))


def test_flaws_of_templates_are_listed_with_reason_or_remedy():
    text = page().partition('id="templates"')[2].partition("</table>")[0]
    assert "6 templates and 9 variations" in text
    assert "1 warning, 1 accepted" in text
    dead, jump = text.partition("<tbody>")[2].split("</tr>")[:2]
    assert "sample top, systematic shower" in dead
    assert "check that it acts on these events" in dead
    assert ">accepted<" in jump
    assert "region sr, sample dy, systematic scale at +1σ" in jump
    assert "1–2 GeV" in jump
    assert "the edge of a trigger" in jump
    assert "look at the ratio" not in jump
    clean = lint() | {"findings": [], "left_out": {"qcd": "it is estimated from data"}}
    text = page(statistics(lint=clean | {"unused": ["old"]}))
    assert "nothing found. Left out: qcd, it is estimated from data." in text
    assert "Accepted, but not found: old." in text
    assert 'id="templates"' not in page(statistics(lint=None))


def test_smoothed_systematics_are_listed_with_what_the_model_drops():
    text = page()
    (row,) = [line for line in text.splitlines() if "<td>5.0 %</td>" in line]
    for cell in ("scale", "lowess", "two_sided", "+2.0 %, −2.0 %", "10.0 %", "norm"):
        assert cell in row
    plain = {key: value for key, value in lint().items() if key != "decisions"}
    assert "two_sided" not in page(statistics(lint=plain))


def test_a_page_shows_the_worst_of_many_flaws():
    dead = lint()["findings"][1]
    many = [dead | {"level": "note"}] * 150 + [dead | {"level": "error", "sample": "worst"}]
    text = page(statistics(lint=lint() | {"findings": many})).partition('id="templates"')[2]
    assert text.count("check that it acts on these events") == 100
    assert "sample worst" in text
    assert "51 more are in" in text


def test_the_goodness_of_fit_by_toys_is_told():
    text = page()
    assert "saturated model: 11.0, p &lt; 0.05 (20 toys)" in text
    assert "p = 0.0117 (3 degrees of freedom); trust the toys: 2 bins below 5" in text
    assert "1 have no fit and are left out" in text
    blinded = {"tests": None, "asymptotic": None, "no_observed": "BLINDED"}
    assert "saturated model: BLINDED" in page(statistics(goodness=goodness(**blinded)))


def test_uncertainties_are_told_by_both_methods():
    text = page()
    assert "µ = 0.50 +0.26 −0.24 (fit to the data)" in text
    assert "<tr><td>lumi</td><td>±0.12</td><td>+0.12 −0.11</td></tr>" in text
    assert "<tr><td>free normalizations</td><td>–</td><td>+0.080 −0.080</td></tr>" in text
    asimov = page(statistics(uncertainties=uncertainties(asimov_strength=2.0)))
    assert "(Asimov data of µ = 2)" in asimov


def test_model_independent_limits_are_told():
    text = page()
    assert "Model-independent limits" in text
    cells = ("10", "7.1 ± 1.2", "0.750", "7.50", "5.6 +3.0 −1.8", "0.75", "0.21 (0.81)")
    assert "".join(f"<td>{cell}</td>" for cell in cells) in text
    hidden = dict.fromkeys(("observed_events", "observed", "observed_fb", "clb"))
    blinded = page(statistics(region_limits=region_limits(p0=None, significance=None, **hidden)))
    row = "".join(f"<td>{cell}</td>" for cell in ("BLINDED", "BLINDED", "5.6 +3.0 −1.8"))
    assert row in blinded


def test_a_scan_for_an_excess_is_told():
    text = page()
    assert "Largest excess: heavy: 0.023 (2.00σ), trials factor 2.0." in text
    assert "Global p-value, toys: 0.0456 ± 0.0066 (1.69σ)." in text
    assert "Upcrossings of q0 = 0.5: 1, in 3 toys: 0.200 ± 0.010." in text


def test_plots_stand_below_their_regions():
    found = settings(SECTIONS, EXAMPLE)
    region = next(name for name, item in found.regions.items() if item.without is None)
    names = [f"{region}_{found.regions[region].variable}", "limits"]
    rows = [{"name": name, "base": name, "caption": name, "alt": name} for name in names]
    text = render(rounded(summary()) | {"plots": rows}, found)
    places = [text.index(f'id="plots_{name}"') for name in ("", region)]
    pictures = [text.index(f'src="{name}.png"') for name in ("limits", names[0])]
    assert places[0] < pictures[0] < places[1] < pictures[1]
    alone = render(rounded(summary()) | {"plots": rows[:1]}, found)
    assert 'id="plots_' not in alone


def test_flaws_of_templates_that_nobody_explained_are_warnings():
    """Among the marks; notes, and what is accepted, are not."""
    item = lint()["findings"][0]
    levels = [("warning", None), ("error", None), ("note", None), ("error", "x")]
    found = [item | {"level": level, "reason": reason} for level, reason in levels]
    for findings, texts in ((found, ["1 error, 1 warning"]), (found[2:], [])):
        flawed = TemplateLint.model_validate(lint() | {"findings": findings})
        text = page(replace(PRODUCTS, lint=flawed))
        assert re.findall("<span>TEMPLATES: (.*) before the fit</span>", text) == texts
    for target in ("logs/analysis/commit.json", "logs/", "records/", "site/index.html"):
        assert f'<a href="{target}">' in text


def test_measured_corrections_have_a_section():
    texts = {"caption": "Efficiency: id", "alt": "Efficiency: id."}
    plot = {"name": "correction_id", "base": "plots/correction_id", **texts}
    content = rounded(summary()) | {"plots": [plot]}
    text = render(content, settings(SECTIONS, EXAMPLE))
    _, _, section = text.partition('<h2 id="corrections">')
    assert section.count("plots/correction_id.png") == 2  # the picture and its link
    assert text.count("plots/correction_id.png") == 2
    assert 'href="#corrections"' in text
    assert 'id="corrections"' not in page()


def test_a_new_result_has_its_line(monkeypatch):
    entry = Product(
        "pull_test", "test_pulls", line="χ² of pulls {chi2} ({pulls}), p-value {p_value}"
    )
    monkeypatch.setattr("wollemi.pages.summary.PRODUCTS", (entry,))
    numbers = {"signal": {"chi2": 1.2345, "pulls": 12, "p_value": None}}
    found = result_lines({"pull_test": {"measurement": "example", "pull_test": numbers}})
    line = "χ² of pulls 1.23 (12), p-value BLINDED"
    assert found == {"signal": [line]}
    content = summary() | {"result_lines": found}
    assert f"signal: {line}" in number_lines(content)
    assert f"{line}</p>" in render(rounded(content), settings(SECTIONS))
    assert result_lines({"pull_test": {"no_model": {"problem": "no signal"}}}) == {}
