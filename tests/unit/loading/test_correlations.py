"""Which nuisance parameters placeholders stand for, and on which datasets they act."""

import copy
import re

import pytest
import yaml
from support.project.paths import ROOT

from wollemi.analysis.plain.sections import select_sections
from wollemi.analysis.plain.systematic_kinds import VIEWS, WEIGHTS
from wollemi.analysis.plain.systematics import dataset_variations
from wollemi.loading.all import check_references
from wollemi.loading.correlations import systematic_eras
from wollemi.loading.expand import plain_document
from wollemi.loading.load import read_document, validate_analysis
from wollemi_likelihood.base.errors import ConfigurationError

DOCUMENT = {
    "name": "eras",
    "title": "Two eras",
    "center_of_mass_tev": 13,
    "luminosity_ifb": {"2017": 40.0, "2018": 60.0},
    "datasets": {
        "data_2017": {"files": ["data_2017.root"], "era": 2017},
        "data_2018": {"files": ["data_2018.root"], "era": 2018},
        **{f"{n}_2017": {"files": [f"{n}_2017.root"], "era": 2017, "cross_section_pb": 1.0} for n in ("w", "z")},  # noqa: E501
        **{f"{n}_2018": {"files": [f"{n}_2018.root"], "era": 2018, "cross_section_pb": 1.0} for n in ("w", "z", "signal")},  # noqa: E501
    },
    "samples": {
        "data": {"role": "data", "datasets": ["data_2017", "data_2018"]},
        "w": {"role": "background", "datasets": ["w_2017", "w_2018"]},
        "z": {"role": "background", "datasets": ["z_2017", "z_2018"]},
        "signal": {"role": "signal", "datasets": "signal_2018"},
    },
    "objects": {"jet": {"collection": "Jet"}},
    "variables": {"x": {"expression": "x", "bins": [2, 0, 1], "label": "x"}},
    "regions": {
        "SR": {"selection": "x > 0.5", "variable": "x"},
        "CR": {"selection": "x < 0.5", "variable": "x", "role": "control"},
        "VR": {"selection": "x > 0", "variable": "x", "role": "validation"},
    },
}  # fmt: skip
JES = {
    "kind": "object",
    "object": "jet",
    "up": {"pt": "pt * 1.1"},
    "down": "symmetrize",
    "samples": ["w", "z", "signal"],
}
WEIGHT = {"kind": "weight", "up": "1.1", "down": "0.9", "samples": ["w", "signal"]}
SHOWER = {"kind": "dataset", "up": "z_2017", "down": "symmetrize", "samples": ["w"]}
RATE = {"kind": "normalization", "up": 1.1, "down": 0.9, "samples": ["w", "z"]}


def with_systematics(**systematics):
    return plain_document(DOCUMENT | {"systematics": copy.deepcopy(systematics)})


def names(name, item):
    return list(with_systematics(**{name: item})["systematics"])


@pytest.mark.parametrize(
    ("name", "item", "expected"),
    [
        ("jes", JES, ["jes"]),
        ("jes_{era}", JES, ["jes_2017", "jes_2018"]),
        ("jes_{era}", JES | {"samples": "signal"}, ["jes_2018"]),
        ("{sample}_rate_{era}", RATE, ["w_rate_2017", "z_rate_2017", "w_rate_2018", "z_rate_2018"]),
        # Only pairs that have events: there is no signal of 2017.
        ("w_{sample}_{era}", WEIGHT, ["w_w_2017", "w_w_2018", "w_signal_2018"]),
        ("fake_{region}", WEIGHT, ["fake_SR", "fake_CR"]),
        ("fake_{region}", WEIGHT | {"regions": ["CR"]}, ["fake_CR"]),
        (
            "fake_{region}_{era}",
            WEIGHT,
            ["fake_SR_2017", "fake_CR_2017", "fake_SR_2018", "fake_CR_2018"],
        ),
        ("rate_{era}", RATE | {"eras": [2018]}, ["rate_2018"]),
        ("rate_{era}", RATE | {"up": {"2017": 1.2}, "down": {"2017": 0.8}}, ["rate_2017"]),
    ],
)
def test_one_parameter_for_each_place_where_it_acts(name, item, expected):
    assert sorted(names(name, item)) == sorted(expected)
    plain = with_systematics(**{name: item})
    assert check_references(plain) == []
    validate_analysis(plain, "eras")
    assert plain_document(plain) == plain


def test_a_document_without_placeholders_stays_as_it_is():
    document = DOCUMENT | {"systematics": {"jes": JES, "rate": RATE}}
    before = copy.deepcopy(document)
    assert plain_document(document) == document == before


def test_values_of_an_era_go_to_its_parameter():
    by_era = {"up": {"2017": 1.2, "2018": 1.1}, "down": {"2017": 0.8, "2018": 0.9}}
    plain = with_systematics(**{"lumi_{era}": RATE | by_era})["systematics"]
    assert {name: (item["up"], item["down"], item["eras"]) for name, item in plain.items()} == {
        "lumi_2017": (1.2, 0.8, ["2017"]),
        "lumi_2018": (1.1, 0.9, ["2018"]),
    }


def test_values_of_a_sample_go_to_its_parameter():
    by_sample = {"up": {"w": 1.2, "z": 1.1}, "down": 0.9}
    plain = with_systematics(**{"xsec_{sample}": RATE | by_sample})["systematics"]
    assert {name: (item["up"], item["down"], item["samples"]) for name, item in plain.items()} == {
        "xsec_w": (1.2, 0.9, ["w"]),
        "xsec_z": (1.1, 0.9, ["z"]),
    }
    one = with_systematics(xsec=RATE | by_sample)
    assert check_references(one) == []
    assert systematic_eras(one, one["systematics"]["xsec"]) == ["2017", "2018"]


def test_datasets_get_only_what_acts_on_them():
    weight = WEIGHT | {"up": {"2017": "1.2", "2018": "1.3"}}
    plain = with_systematics(
        **{
            "jes_{era}": JES,
            "weight": weight,
            "late": WEIGHT | {"eras": [2018]},
            "fake_{region}": WEIGHT,
        }
    )
    assert list(dataset_variations(plain, "w_2017", VIEWS)) == ["jes_2017"]
    assert list(dataset_variations(plain, "z_2018", VIEWS)) == ["jes_2018"]
    assert dataset_variations(plain, "data_2017", WEIGHTS) == {}
    # Both regions share the histograms of one variation.
    assert list(dataset_variations(plain, "w_2017", WEIGHTS)) == ["weight", "fake_region"]
    assert list(dataset_variations(plain, "signal_2018", WEIGHTS)) == [
        "weight",
        "late",
        "fake_region",
    ]
    ups = [dataset_variations(plain, f"w_{era}", WEIGHTS)["weight"]["up"] for era in (2017, 2018)]
    assert ups == ["1.2", "1.3"]


def test_events_do_not_depend_on_the_regions_of_the_model():
    sections = [
        select_sections(with_systematics(weight=WEIGHT | regions), ["weight_variations"], "w_2017")
        for regions in ({}, {"regions": ["CR"]})
    ]
    assert sections[0] == sections[1]


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        ("jes_{eras}", {}, "'{eras}' is not a placeholder; did you mean 'era'?"),
        ("rate", {"eras": [2016]}, "eras: '2016' is not an era; did you mean '2018'?"),
        ("rate", {"regions": "SRR"}, "regions: 'SRR' is not a region; did you mean 'SR'?"),
        ("rate_{sample}", {"samples": ["w", "y"]}, "samples: 'y' is not a sample"),
        ("rate_{era}", {"samples": "signal", "eras": [2017]}, "acts nowhere"),
        (
            "rate",
            {"up": {"2017": 1.1, "2018": 1.1}, "down": {"2017": 0.9}},
            "down: there is no value for the era 2018",
        ),
        ("rate", {"up": {"w": 1.1}}, "rate.up: there is no value for the sample z"),
        ("rate", {"up": {"w": 1.1, "x": 2, "z": 1}}, "rate.up: 'x' is not a sample"),
        ("rate", {"up": {"w": 1.1, "2018": 1, "z": 1}}, "rate.up: '2018' is not a sample"),
        ("rate", {"up": {"y": 1.1}}, "rate.up: 'y' is not an era"),
        (
            "rate_{era}",
            {"up": {"2017": 1, "2018": 1}, "down": {"2017": 1}},
            "rate_2018.down: there is no value for the era 2018",
        ),
        # A dataset is of one era: a placeholder would take it for all of them.
        (
            "shower_{era}",
            SHOWER,
            "shower_2018.up: 'z_2017' is of the era 2017, in which the systematic does not act",
        ),
        (
            "weight",
            WEIGHT | {"down": {"2017": "symmetrize", "2018": "0.9"}},
            "write symmetrize once, for all eras",
        ),
    ],
)
def test_what_points_to_nothing(name, change, problem):
    problems = check_references(with_systematics(**{name: RATE | change}))
    assert any(problem in text for text in problems), problems


def test_names_that_collide():
    problems = check_references(with_systematics(**{"rate_{era}": RATE, "rate_2017": RATE}))
    assert len(problems) == 1
    assert "another systematic has a name that it stands for" in problems[0]
    problems = check_references(with_systematics(**{"f_{region}": WEIGHT, "f_region": WEIGHT}))
    assert "'f_region', is taken by another systematic" in problems[0]


def test_an_analysis_without_eras():
    document = copy.deepcopy(DOCUMENT) | {
        "luminosity_ifb": 1.0,
        "systematics": {"rate_{era}": RATE, "r": RATE | {"eras": ["a"]}},
    }
    for dataset in document["datasets"].values():
        del dataset["era"]
    with pytest.raises(
        ConfigurationError, match=r"acts in no era(.|\n)*eras: no dataset has an era"
    ):
        validate_analysis(plain_document(document), "eras")


def test_the_example_of_the_page(tmp_path):
    page = (ROOT / "docs/systematics.md").read_text()
    block, *_ = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "analysis.yaml").write_text(yaml.safe_dump(DOCUMENT) + block)
    plain = plain_document(read_document(tmp_path / "analysis.yaml"))
    validate_analysis(plain, "page")
    named = re.findall(
        r"`(\w+)`", page[page.index("nuisance parameters: ") : page.index("## The rule")]
    )
    assert len(named) == 10
    assert set(plain["systematics"]) == set(named)


STYLES = {
    "regions": {"SR": "signal region"},
    "samples": {"w": {"label": "$W$"}, "z": {"color": "r"}},
}


def labels_of(labels, **systematics):
    plots = {**STYLES, "parameters": labels}
    document = DOCUMENT | {"systematics": systematics, "plots": plots, "model": {"poi": "mu"}}
    plain = plain_document(document)
    assert plain_document(plain) == plain
    assert check_references(plain) == []
    return plain["plots"]["parameters"]


def test_a_label_of_a_family_is_one_of_each_member():
    """In the place of that of the family; eras as they are written, samples and regions by their
    labels.
    """
    found = labels_of(
        {"mu": "$\\mu_{W}$", "jes_{era}": "JES {era}", "rate_{sample}_{region}": "{sample}, {region}"},  # noqa: E501
        **{"jes_{era}": JES, "rate_{sample}_{region}": RATE},
    )  # fmt: skip
    assert found == {
        "mu": "$\\mu_{W}$",
        "jes_2017": "JES 2017",
        "jes_2018": "JES 2018",
        "rate_w_SR": "$W$, signal region",
        "rate_w_CR": "$W$, CR",
        "rate_z_SR": "z, signal region",
        "rate_z_CR": "z, CR",
    }
    assert [*found][1:3] == ["jes_2017", "jes_2018"]


@pytest.mark.parametrize("own_first", [True, False])
def test_a_member_may_have_a_label_of_its_own(own_first):
    labels = [("jes_{era}", "JES {era}"), ("jes_2018", "JES, new")]
    found = labels_of(dict(labels[::-1] if own_first else labels), **{"jes_{era}": JES})
    assert found == {"jes_2017": "JES 2017", "jes_2018": "JES, new"}


def test_labels_without_a_family_are_left_to_the_check():
    plots = {"parameters": {"jes_{eras}": "Scale", "jes_{era}": "JES"}}
    plain = plain_document(DOCUMENT | {"systematics": {"jes_{era}": JES}, "plots": plots})
    assert [*plain["plots"]["parameters"]] == ["jes_{eras}", "jes_2017", "jes_2018"]
    problems = check_references(plain)
    assert "plots.parameters: 'jes_{eras}' is not a parameter of the model" in problems[0]
    assert "plots.parameters.jes_2018: 'JES' is the label of jes_2017, too" in problems


def test_groups_of_uncertainties_have_labels():
    document = DOCUMENT | {"systematics": {"jes": JES}, "model": {"poi": "mu"}}
    document |= {"uncertainties": {"groups": {"jets": ["jes"]}}}
    plots = {"parameters": {"jets": "Jets", "jet": "Jet"}}
    (problem,) = check_references(plain_document(document | {"plots": plots}))
    assert problem.startswith("plots.parameters: 'jet' is not a parameter of the model")
