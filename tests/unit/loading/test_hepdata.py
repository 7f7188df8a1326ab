"""Which tables a submission has, known from the analysis file alone, and what is wrong with their
descriptions.
"""

import copy

import pytest
from support.products.hepdata_texts import publication

from wollemi.analysis.plain.publication import hepdata_tables, table_title, unfitted_tables
from wollemi.analysis.view import view_of
from wollemi.loading.hepdata import check_hepdata
from wollemi.reinterpretation.document import with_signals
from wollemi.reinterpretation.models import NewSignal

DOCUMENT = {
    "datasets": {"data": {}, "dy": {}, "zp": {"cross_section_pb": 1.0}},
    "samples": {
        "data": {"role": "data", "datasets": ["data"]},
        "dy": {"role": "background", "datasets": ["dy"]},
        "zp": {"role": "signal", "datasets": "zp"},
    },
    "regions": {
        "search": {"role": "signal", "variable": "mass", "monitor": "mt"},
        "peak": {"role": "control", "variable": "mass"},
    },
    "model": {},
    "limits": {"cross_section_fraction": 1.0},
    "scans": {name: {"parameters": "mu"} for name in ("strength", "plane")},
    "goodness": {},
    "uncertainties": {},
    "extrapolation": {"luminosities_ifb": [300.0]},
    "region_limits": {},
    "discovery": {},
    "intervals": {},
    "publication": publication(),
}
DOCUMENT["publication"]["hepdata"]["tables"]["region_limits"] = "Model-independent limits."
DOCUMENT["publication"]["hepdata"]["tables"]["discovery"] = "Local p-values."
DOCUMENT["publication"]["hepdata"]["tables"]["intervals"] = "Confidence intervals."


def edited(**sections):
    return {**copy.deepcopy(DOCUMENT), **sections}


def tables_without(**sections):
    """Tables that an analysis does not have, but the whole one has."""
    return set(hepdata_tables(view_of(DOCUMENT))) - set(hepdata_tables(view_of(edited(**sections))))


def test_a_whole_analysis_is_described():
    assert check_hepdata(view_of(DOCUMENT)) == []
    tables = {*hepdata_tables(view_of(DOCUMENT)), *unfitted_tables(view_of(DOCUMENT))}
    assert tables == DOCUMENT["publication"]["hepdata"]["tables"].keys()


def test_without_texts_nothing_is_asked_for():
    assert (
        check_hepdata(view_of(edited(publication=None)))
        == check_hepdata(view_of(edited(publication={"inspire_id": "ins1124338"})))
        == []
    )


def test_tables_follow_from_the_sections():
    assert tables_without(limits={}) == {"limits_cross_section"}
    assert tables_without(limits=None) == {"limits_mu", "limits_cross_section", "cls"}
    assert tables_without(scans={}) == {"scan_strength", "scan_plane"}
    assert tables_without(goodness=None) == {"goodness"}
    assert tables_without(uncertainties=None) == {"uncertainties"}
    assert tables_without(extrapolation=None) == {"extrapolation"}
    assert tables_without(region_limits=None) == {"region_limits"}
    assert tables_without(discovery=None) == {"discovery"}
    assert tables_without(intervals=None) == {"intervals"}
    requested = {"limits": None, "scans": {}, "goodness": None, "uncertainties": None}
    requested |= {
        "extrapolation": None,
        "region_limits": None,
        "discovery": None,
        "intervals": None,
    }
    assert hepdata_tables(view_of(edited(model=None, **requested))) == [
        "cutflow_search",
        "cutflow_peak",
        "acceptance",
    ]


def test_of_a_region_that_is_not_fitted_only_a_cutflow_is_asked_for():
    regions = {
        "search": {"role": "signal", "variable": "mass", "monitor": "mt"},
        "peak": {"role": "validation", "variable": "mass"},
    }
    assert tables_without(regions=regions) == {"prefit_peak", "postfit_peak"}
    assert unfitted_tables(view_of(edited(regions=regions))) == {
        "prefit_search_mt": ("search", "mt"),
        "postfit_search_mt": ("search", "mt"),
        "prefit_peak": ("peak", "mass"),
        "postfit_peak": ("peak", "mass"),
    }
    texts = copy.deepcopy(DOCUMENT["publication"])
    for stage in ("prefit", "postfit"):
        del texts["hepdata"]["tables"][f"{stage}_search_mt"]
    assert check_hepdata(view_of(edited(publication=texts))) == []


def test_a_region_without_one_of_its_cuts_has_none():
    regions = DOCUMENT["regions"] | {
        "search_without_mass": {"role": "validation", "variable": "mass", "without": "mass"}
    }
    assert hepdata_tables(view_of(edited(regions=regions))) == hepdata_tables(view_of(DOCUMENT))


@pytest.mark.parametrize(
    ("dataset", "counted"),
    [
        ({"histograms": {}}, False),
        ({"histograms": {}, "sum_of_weights": 5.0}, True),
        ({"estimate": {}}, False),
    ],
)
def test_acceptance_needs_the_events_that_were_produced(dataset, counted):
    datasets = DOCUMENT["datasets"] | {"zp": dataset}
    assert ("acceptance" in hepdata_tables(view_of(edited(datasets=datasets)))) == counted


def test_titles():
    titles = ["Cutflow SR_low", "Limits cross section", "Prefit peak", "Yields postfit", "Cls"]
    assert [
        table_title(t)
        for t in ("cutflow_SR_low", "limits_cross_section", "prefit_peak", "yields_postfit", "cls")
    ] == titles


def test_a_name_that_hepdata_refuses():
    name = "a" * 60
    problems = check_hepdata(
        view_of(edited(regions={name: {"role": "validation", "variable": "mass"}}))
    )
    assert (
        f"publication.hepdata.tables: 'cutflow_{name}' is longer than the 64 characters of "
        "HEPData; shorten the region"
    ) in problems


@pytest.mark.parametrize(
    "word", ["TODO", "tbd", "XXX", "XXXX", "FIXME", "Example description", "Lorem ipsum"]
)
@pytest.mark.parametrize("key", ["abstract", "phrases", "cls", "limits_mu"])
def test_placeholders(word, key):
    document = edited()
    texts = document["publication"]["hepdata"]
    (texts if key in texts else texts["tables"])[key] = (
        {"description": word} if key == "limits_mu" else [word, "fine"]
    )
    if key == "cls":
        texts["tables"][key] = f"{word}."
    if key == "abstract":
        texts[key] = f"A search. {word}"
    (problem,) = check_hepdata(view_of(document))
    assert problem.startswith("publication.hepdata.")
    assert f"{key}: '{word}' is not text for readers; write it" in problem


def test_words_that_only_look_like_placeholders():
    document = edited()
    document["publication"]["hepdata"]["abstract"] = "Methods of XX collisions; todos os dados."
    assert check_hepdata(view_of(document)) == []


def test_new_signals_have_no_submission():
    """Its texts describe the archived signals."""
    signal = NewSignal.model_validate({"like": "zp", "datasets": {"zp": {"histograms": {}}}})
    assert with_signals(DOCUMENT, {"new": signal}, {}, "signal.yaml")["publication"] == {
        "inspire_id": "ins1124338"
    }
