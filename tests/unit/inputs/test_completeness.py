"""What the parts of a dataset have read together, against its manifest."""

import pytest

from wollemi.analysis.models.manifests import Manifest
from wollemi.inputs.completeness import check_manifest
from wollemi_likelihood.base.errors import WollemiError

FILE = {"size": 1, "sha256": "0" * 64, "entries": 10, "sum_of_weights": 10.0}
MANIFEST = Manifest.model_validate(
    {
        "format": "wollemi-manifest-1",
        "weight": None,
        "entries": 20,
        "sum_of_weights": 20.0,
        "files": [FILE | {"path": name} for name in ("b", "a")],
    }
)


def cutflow(*names, failed=(), preview=False, events=10):
    return {
        "files": [{"path": name, "events": events} for name in names],
        "failed_files": [{"path": name} for name in failed],
        "preview": preview,
    }


@pytest.mark.parametrize(
    "read",
    [cutflow("b", "a"), cutflow("b", failed="a"), cutflow("b", "a", preview=True, events=3)],
)
def test_each_file_is_there_once(read):
    check_manifest("m.json", MANIFEST, read)


@pytest.mark.parametrize(
    ("read", "problem"),
    [
        (cutflow("b"), "lists 2 files, and the parts have read 1\n  - a"),
        (cutflow("b", "c"), "have read 2\n  - a\n  - c"),
        (cutflow("b", "a", "a"), "lists 2 files, and the parts have read 3"),
        (cutflow("b", "a", events=9), "says 20 entries, and the parts have read 18"),
    ],
)
def test_a_file_less_or_more_or_other_events(read, problem):
    with pytest.raises(WollemiError) as error:
        check_manifest("m.json", MANIFEST, read)
    assert problem in error.value.problem
