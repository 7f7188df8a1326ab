"""Products of compared runs, with a value of another type: numbers, or an error in words."""

import contextlib
import copy
import json
import math
from types import SimpleNamespace

import pytest
from support.documents.mutations import mutations
from unit.history.test_physics import RUN

from wollemi.history.opened import OpenedRun
from wollemi.history.physics import change_lines, changed_cuts, find_changes
from wollemi_likelihood.base.errors import WollemiError


def read(folder, products):
    for name, content in products.items():
        (folder / "run" / name).write_text(json.dumps(content))
    return OpenedRun(SimpleNamespace(root=folder, run="run"), None).numbers()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "run").mkdir()
    return tmp_path


def test_what_a_run_writes_is_read(folder):
    assert read(folder, RUN) == RUN


@pytest.mark.parametrize("seed", range(4))
def test_a_mistake_anywhere(folder, seed):
    refused = 0
    for item in mutations(copy.deepcopy(RUN), 100, seed):
        products = {name: item.document.get(name, {}) for name in RUN}
        try:
            found = read(folder, products)
        except WollemiError:
            refused += 1
            continue
        for then, now in ((RUN, found), (found, RUN), (found, found)):
            list(change_lines(find_changes(then, now)))
            changed_cuts(then, now)
    assert refused > 20


@pytest.mark.parametrize("number", [pytest.param(10**400, id="huge"), 1e400, math.nan])
def test_no_number_without_end(folder, number):
    products = copy.deepcopy(RUN)
    products["fit.json"]["fits"]["signal"]["parameters"][0]["value"] = number
    with contextlib.suppress(WollemiError):
        assert "fit.json" not in read(folder, products)
