"""Our XML as `pyhf xml2json` reads it: the same likelihood."""

import pyhf
import pyhf.readxml
import pytest
from convert_workspace import write_xml
from support.oracles.histfactory import for_histfactory
from support.products.random_models import random_model
from support.products.statistical_models import everything, search

MODELS = {"search": search(2), "everything": everything(0)} | {
    f"random {seed}": random_model(seed) for seed in range(12)
}


def prepared(name):
    """A model that HistFactory can express, with pyhf's name for the statistics of a channel."""
    model = for_histfactory(MODELS[name])
    (config,) = [item["config"] for item in model["measurements"]]
    config["parameters"] = [item for item in config["parameters"] if item["name"] != "shape"]
    for channel in model["channels"]:
        for sample in channel["samples"]:
            for item in sample["modifiers"]:
                if item["type"] == "staterror":
                    item["name"] = f"staterror_{channel['name']}"
    return model


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_likelihood_is_the_same(name, tmp_path):
    wanted = prepared(name)
    write_xml(wanted, tmp_path / "top.xml")
    pyhf.readxml.clear_filecache()
    found = pyhf.Workspace(pyhf.readxml.parse(str(tmp_path / "top.xml"), str(tmp_path)))
    first, again = pyhf.Workspace(wanted).model(), found.model()
    assert set(again.config.par_names) == set(first.config.par_names)
    assert found.data(again, include_auxdata=False) == pyhf.Workspace(wanted).data(
        first, include_auxdata=False
    )
    places = [first.config.par_names.index(label) for label in again.config.par_names]
    data = pyhf.Workspace(wanted).data(first), found.data(again)
    start = pyhf.tensorlib.astensor(first.config.suggested_init())
    for step in (0.0, 0.05, -0.1):
        values = start + step
        ours, theirs = first.logpdf(values, data[0]), again.logpdf(values[places], data[1])
        assert theirs == pytest.approx(ours, rel=1e-12)
