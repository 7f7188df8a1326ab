"""From which products a re-execution starts, on chains drawn by hand."""

from types import SimpleNamespace

import pytest

from wollemi.archive.reading.availability import jobs_to_take_over, unavailable_files

# raw ─fetch─▶ file ─┐
#            parts ──skim─▶ events ─fill─▶ histogram ─┐
# input/b.root ─skim_b─▶ events_b ─fill_b─▶ histogram_b ─model─▶ limits
CHAIN = {
    "fetch": ([], ["file"]),
    "split": ([], ["parts"]),
    "skim": (["file", "parts"], ["events"]),
    "fill": (["events"], ["histogram"]),
    "skim_b": (["input/b.root"], ["events_b"]),
    "fill_b": (["events_b"], ["histogram_b"]),
    "model": (["histogram", "histogram_b"], ["limits"]),
}
RECORDS = {
    job: {
        "inputs": {name: f"sha of {name}" for name in inputs},
        "outputs": {name: f"sha of {name}" for name in outputs},
    }
    for job, (inputs, outputs) in CHAIN.items()
}
PRODUCTS = {"parts", "events", "histogram", "events_b", "histogram_b", "limits"}


@pytest.mark.parametrize(
    ("absent", "missing", "jobs"),
    [
        ([], [], []),
        (["file"], [], ["fetch", "skim", "split"]),
        (["input/b.root"], [], ["skim_b"]),
        (["input/b.root"], ["events_b"], ["fill_b", "skim_b"]),
        (
            ["file"],
            ["events", "histogram"],
            ["fetch", "fill", "fill_b", "model", "skim", "skim_b", "split"],
        ),
    ],
)
def test_the_deepest_products(absent, missing, jobs):
    digests = [(name, f"sha of {name}") for name in absent]
    assert jobs_to_take_over(RECORDS, digests, PRODUCTS - set(missing)) == jobs


def test_another_file_of_the_same_name_is_another_file():
    assert jobs_to_take_over(RECORDS, [("input/b.root", "sha of another")], PRODUCTS) == []


def row(name, **values):
    return {
        "name": name,
        "sha256": f"sha of {name}",
        "origin": "fetched",
        "url": None,
        "path": None,
    } | values


def test_what_can_be_had():
    rows = [
        row("inside", path="results/a/files/inside"),
        row("generated", origin="generated"),
        row("public", url="https://here/public"),
        row("gone", url="https://gone/1"),
        row("gone_too", url="https://gone/2"),
        row("outside", origin="local"),
        row("twice", origin="local"),
        row("twice", origin="local", sha256="sha of the other"),
    ]
    asked = []

    def reachable(url):
        asked.append(url)
        return "here" in url

    archive = SimpleNamespace(read_json=lambda _: {"datasets": {"a": rows[:3], "b": rows[3:]}})
    names = ("gone", "gone_too", "outside", "twice")
    absent = [*((name, f"sha of {name}") for name in names), ("twice", "sha of the other")]
    assert unavailable_files(archive, reachable) == absent
    assert asked == ["https://here/public", "https://gone/1"]  # a silent server is asked once
