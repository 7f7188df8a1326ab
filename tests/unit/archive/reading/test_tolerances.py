"""The table of tolerances: complete, and each with its reason."""

from wollemi.archive.reading.tolerances import TOLERANCES, tolerance_of


def test_every_number_has_one():
    assert tolerance_of("any/thing.json", "any[0].place") == TOLERANCES[-1]
    assert tolerance_of("fit.json", "fits.a.status.iterations").relative > 1
    assert tolerance_of("fit.json", "fits.a.parameters[3].value").relative == 1e-6


def test_each_has_a_reason_and_counts_somewhere():
    examples = {
        item: (item.files.replace("*", "x"), item.path.replace("*", "x")) for item in TOLERANCES
    }
    assert all(item.reason for item in TOLERANCES)
    assert all(tolerance_of(*example) == item for item, example in examples.items())
