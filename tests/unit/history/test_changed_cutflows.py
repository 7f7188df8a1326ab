"""Cutflows side by side, against tables written by hand."""

from wollemi.history.changed_cutflows import Cell, Row, cut_tables


def table(cuts, **samples):
    """A table of the summary: cuts, and the sums of each sample."""
    lines = {name: [{"sum": value} for value in values] for name, values in samples.items()}
    return {"cuts": cuts, "samples": lines}


def tables(old, new):
    return list(cut_tables({"cutflow": {"SR": [old]}}, {"cutflow": {"SR": [new]}}))


OLD = table(["all", "met > 100", "m > 200"], top=(500.0, 300.0, 100.0), dy=(50.0, 20.0, 8.0))


def test_equal_cutflows_have_no_table():
    assert tables(OLD, OLD) == []
    assert list(cut_tables({}, {})) == []
    assert list(cut_tables({"cutflow": {"SR": [OLD]}}, {"cutflow": {}})) == []


def test_a_new_cut_lies_between_those_of_both():
    new = table(
        ["all", "met > 100", "n > 1", "m > 200"], top=(500, 300, 200, 80), dy=(50, 20, 9, 8)
    )
    (found,) = tables(OLD, new)
    assert (found.region, found.samples, found.left_out) == ("SR", ("top",), 0)
    assert found.rows == (
        Row("all", "both", (Cell("500", "500", ""),)),
        Row("met > 100", "both", (Cell("300", "300", ""),)),
        Row("n > 1", "now", (Cell("", "200", ""),)),
        Row("m > 200", "both", (Cell("100", "80", "−20 %"),)),
    )


def test_another_cut_stands_below_the_one_that_it_replaces():
    new = table(["all", "met > 150", "m > 200"], top=(500, 240, 100), dy=(50, 20, 4))
    (found,) = tables(OLD, new)
    assert found.samples == ("dy",)
    assert [(row.cut, row.place) for row in found.rows] == [
        ("all", "both"),
        ("met > 100", "then"),
        ("met > 150", "now"),
        ("m > 200", "both"),
    ]


def test_the_samples_that_move_most_are_shown():
    sums = {f"s{number}": (100.0, 10.0) for number in range(9)}
    moved = {name: (100.0, 10.0 + place) for place, name in enumerate(sums)}
    (found,) = tables(table(["all", "m > 200"], **sums), table(["all", "m > 200"], **moved))
    assert found.samples == ("s8", "s7", "s6", "s5", "s4", "s3")
    assert found.left_out == 2


def test_what_is_blinded_has_no_number():
    old, new = (table(["all", "m > 200"], top=(5.0, n), data=(9.0, None)) for n in (2.0, 1.0))
    (found,) = tables(old, new)
    assert found.samples == ("top",)
    blinded = table(["all", "m > 200"], top=(5.0, None), data=(9.0, None))
    assert tables(old, blinded) == []
