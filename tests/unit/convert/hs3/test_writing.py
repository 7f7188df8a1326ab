"""Documents of HS3: whole, and with the numbers of the workspace."""

import pytest
from support.products.random_models import random_model
from support.products.statistical_models import everything, search

from wollemi_convert.hs3.writing import hs3_of
from wollemi_likelihood.likelihood import Likelihood

MODELS = [search(2), everything(0), *(random_model(seed) for seed in range(6))]


@pytest.mark.parametrize("content", MODELS, ids=map(str, range(len(MODELS))))
def test_what_is_named_is_there(content):
    document = hs3_of(content)
    distributions = {item["name"]: item for item in document["distributions"]}
    data = {item["name"]: item for item in document["data"]}
    (likelihood,) = document["likelihoods"]
    assert len(distributions) == len(document["distributions"])
    assert likelihood["distributions"] == [
        name for name, item in distributions.items() if item["type"] == "histfactory_dist"
    ]
    (point,) = document["parameter_points"]
    values = {item["name"]: item for item in point["parameters"]}
    ours = Likelihood.from_workspace(content)
    for model, observed in zip(likelihood["distributions"], likelihood["data"], strict=True):
        assert distributions[model]["axes"] == data[observed]["axes"]
        for sample in distributions[model]["samples"]:
            bins = len(sample["data"]["contents"])
            assert distributions[model]["axes"][0]["nbins"] == bins
            for modifier in sample["modifiers"]:
                names = modifier.get("parameters") or [modifier["parameter"]]
                assert set(names) <= values.keys()
                if "constraint_name" in modifier:
                    constraint = distributions[modifier["constraint_name"]]
                    assert constraint["x"] == modifier["parameter"]
                    assert values[constraint["mean"]]["const"]
    floating = {item["name"] for item in document["domains"][0]["axes"]}
    assert len(floating) == len(ours.parameters) - sum(item.fixed for item in ours.parameters)
    (analysis,) = document["analyses"]
    assert analysis["parameters_of_interest"] == ["mu"]


def test_factors_of_bins_have_their_widths():
    document, ours = hs3_of(search(2)), Likelihood.from_workspace(search(2))
    found = {
        name: width
        for distribution in document["distributions"]
        for sample in distribution.get("samples", [])
        for modifier in sample["modifiers"]
        if modifier["type"] == "shapesys"
        for name, width in zip(modifier["parameters"], modifier["data"]["vals"], strict=True)
    }
    assert found
    for item in ours.parameters:
        if "[" in item.name:
            width = 0.0 if item.fixed else item.width
            assert found[item.name.replace("[", "_bin_").rstrip("]")] == width


@pytest.mark.parametrize("seed", range(4))
def test_regions_have_their_own_data_in_any_order(seed):
    """Observations of a workspace have names; an order of their own means nothing."""
    content = random_model(seed)
    turned = {**content, "observations": content["observations"][::-1]}
    assert hs3_of(turned) == hs3_of(content)


@pytest.mark.parametrize("content", MODELS, ids=map(str, range(len(MODELS))))
def test_root_makes_one_data_set_of_all_regions(content):
    """Names as ROOT's reader combines them: a data set and a label, a distribution for each."""
    document = hs3_of(content)
    (likelihood,) = document["likelihoods"]
    internal = document["misc"]["ROOT_internal"]
    data = internal["combined_datasets"]["data"]
    model = internal["combined_distributions"]["simPdf"]
    assert [f"data_{label}" for label in data["labels"]] == likelihood["data"]
    assert model["distributions"] == likelihood["distributions"]
    assert data.items() <= model.items()
    assert internal["ModelConfigs"].keys() == {item["name"] for item in document["analyses"]}
