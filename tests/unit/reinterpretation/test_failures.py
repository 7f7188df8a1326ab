"""What a failed run means for the file of signals, signals that cannot share a run, and those that
contradict themselves.
"""

import json

import pytest

from wollemi.reinterpretation.failures import explained, limit_is_above_bounds
from wollemi.reinterpretation.groups import signal_groups
from wollemi.reinterpretation.models import NewSignal, read_signals
from wollemi_likelihood.base.errors import WollemiError

SAMPLES = {"new": ["new_low", "new_high"], "other": ["other"]}
PATCH = NewSignal.model_validate({"patch": "patch.json"})
EVENTS = NewSignal.model_validate({"like": "old", "datasets": {"old": {}}})


def write(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


def log(folder, name, *errors):
    write(
        folder,
        f"logs/{name}.log",
        "INFO started\n" + "".join(f"ERROR {text}\n" for text in errors) + "INFO end\n",
    )


def test_a_step_of_a_dataset_names_its_signal(tmp_path):
    log(tmp_path, "skim_events/new_low_0")
    log(tmp_path, "skim_events/new_high_12", "file.root: is cut off\n  → copy it again")
    log(tmp_path, "skim_events/background", "something else")
    log(tmp_path, "build_workspace", "a later one")
    error = explained("signal.yaml", SAMPLES, tmp_path)
    assert str(error).startswith(
        "signal.yaml: new: skim_events stopped: file.root: is cut off\n  → "
    )
    assert "copy it again" not in str(error)


def test_a_step_of_all_signals(tmp_path):
    log(tmp_path, "build_workspace", "sample new: has no yield")
    log(tmp_path, "compute_limits", "a later one")
    assert str(explained("signal.yaml", SAMPLES, tmp_path)).startswith(
        "signal.yaml: build_workspace stopped: sample new: has no yield\n"
    )


def test_what_no_signal_has_caused_is_another_error(tmp_path):
    log(tmp_path, "skim_events/background", "something else")
    assert explained("signal.yaml", SAMPLES, tmp_path) is None


@pytest.mark.parametrize(
    ("weights", "named"), [((0.0, 0.0), True), ((0.0, 1.0), False), ((-1.0, 0.0), False)]
)
def test_a_signal_of_which_no_dataset_has_an_event(tmp_path, weights, named):
    for dataset, weight in zip(SAMPLES["new"], weights, strict=True):
        regions = {"search": [{"sum_of_weights": 9.0}, {"sum_of_weights": weight}]}
        write(
            tmp_path,
            f"cutflow/{dataset}.json",
            {"skim": [{"events": 20}, {"events": 5}], "regions": regions},
        )
    error = explained("signal.yaml", SAMPLES, tmp_path)
    assert (error is not None) is named
    assert not named or str(error).startswith(
        "signal.yaml: new: none of its 40 events is in a region"
    )


def test_a_bound_that_is_too_low(tmp_path):
    assert not limit_is_above_bounds(tmp_path)
    log(tmp_path, "compute_limits", "new: there is no limit: it is above the upper bound of mu, 10")
    assert limit_is_above_bounds(tmp_path)


def test_points_of_one_and_of_two_axes():
    points = {"a": {"mass": 1.0, "width": 2.0}, "b": 3.0, "c": None}
    signals = {name: EVENTS.model_copy(update={"point": point}) for name, point in points.items()}
    for name in ("b", "c"):
        with pytest.raises(
            WollemiError, match=f"{name}.point: has no two axes, but other signals have"
        ):
            signal_groups({"a": signals["a"], name: signals[name]}, "signal.yaml")
    assert signal_groups({"b": signals["b"], "c": signals["c"]}, "signal.yaml").keys() == {"run"}


def test_the_runs_of_three_kinds():
    signals = {
        "a": EVENTS,
        "b": PATCH,
        "c": PATCH.model_copy(update={"cross_section_pb": 1.0}),
        "d": EVENTS,
    }
    found = {folder: list(group) for folder, group in signal_groups(signals, "signal.yaml").items()}
    assert found == {"events/run": ["a", "d"], "patches/run": ["b"], "patches_in_pb/run": ["c"]}


def test_a_signal_in_two_files(tmp_path):
    paths = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    for path in paths:
        write(
            tmp_path,
            path.name,
            {"new": {"like": "old", "datasets": {"old": {}}}, path.stem: {"patch": "a.json"}},
        )
    with pytest.raises(WollemiError, match=r"two.yaml(.|\n)*new: is in another file, too"):
        read_signals(paths)


WRONG = {
    "patch_name": (
        {"like": "old", "datasets": {"old": {}}, "patch_name": "a"},
        "new.patch_name: belongs to a patch",
    ),
    "cross section": (
        {"like": "old", "datasets": {"old": {}}, "cross_section_pb": 1},
        "; give it to the dataset, below datasets",
    ),
    "like": ({"datasets": {"old": {}}}, "new.like: is missing"),
    "axes": (
        {"patch": "a.json", "point": {"a": 1, "b": 2, "c": 3}},
        "new.point: 3 axes; give one number, or two axes",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_signal_that_contradicts_itself(tmp_path, case):
    signal, message = WRONG[case]
    write(tmp_path, "signal.yaml", {"new": signal})
    with pytest.raises(WollemiError, match=message):
        read_signals([tmp_path / "signal.yaml"])
