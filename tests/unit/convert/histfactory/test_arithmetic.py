"""The plain arithmetic of HistFactory's XML: that of the workspace, and planted faults."""

import copy

import pytest
from support.products.histfactory import write_random_xml
from support.project.seeds import slow_but

from wollemi_convert.histfactory.reading import read_model, read_plain
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.certificate import Arithmetic, certificate
from wollemi_likelihood.likelihood import Likelihood


def certified(workspace, source):
    """Certificates of all measurements."""
    found = []
    for item in workspace["measurements"]:
        evaluate = source(item["name"]).minus_two_log_likelihood
        likelihood = Likelihood.from_workspace(workspace, item["name"])
        arithmetic = Arithmetic("XML", evaluate)
        found.append(certificate("top.xml", {"signal": likelihood}, {"signal": arithmetic}))
    return found


@pytest.mark.parametrize("scale", [1, 0.005])
@pytest.mark.parametrize("seed", slow_but(range(4), range(24)))
def test_the_workspace_is_the_xml(seed, scale, tmp_path):
    path = write_random_xml(tmp_path, seed, scale)
    assert all(item.largest < 1e-9 for item in certified(read_model(path), read_plain(path)))


@pytest.mark.parametrize("seed", slow_but(range(2), range(6)))
def test_another_number_is_found(seed, tmp_path):
    path = write_random_xml(tmp_path, seed)
    workspace, source = read_model(path), read_plain(path)
    for channel in range(len(workspace["channels"])):
        for sample in range(len(workspace["channels"][channel]["samples"])):
            other = copy.deepcopy(workspace)
            data = other["channels"][channel]["samples"][sample]["data"]
            place = max(range(len(data)), key=data.__getitem__)
            data[place] *= 1.01
            with pytest.raises(WollemiError, match="in the arithmetic of the source"):
                certified(other, source)
