"""px, py, pz and E from vector's numpy arrays: types and bits of its awkward records."""

import itertools

import awkward as ak
import numpy as np
import pytest

from wollemi_engine.expressions.functions import momentum_sum
from wollemi_engine.expressions.momenta import cartesian, four_momentum, momentum_records
from wollemi_likelihood.expressions.syntax import MOMENTUM

KINDS = ["plain", "float32", "integers", "flags", "more", "cartesian", "missing", "energy"]


def objects(kind, events=40):
    """Random lists of objects."""
    rng = np.random.default_rng(KINDS.index(kind))
    number = rng.integers(0, 5, events)
    size = number.sum()
    fields = {
        "pt": rng.uniform(5, 100, size),
        "eta": 3 * rng.normal(size=size),
        "phi": rng.uniform(-3, 3, size),
        "mass": rng.choice([-1.0, 0, 0.1, 91], size),
    }
    if kind == "cartesian":
        fields = {name: 50 * rng.normal(size=size) for name in MOMENTUM["cartesian"]}
    if kind == "float32":
        fields = {name: values.astype(np.float32) for name, values in fields.items()}
    if kind == "integers":
        fields["mass"] = fields["mass"].astype(np.int32)
    if kind == "flags":
        fields["mass"] = fields["mass"] > 0
    if kind == "energy":  # neither set of coordinates, but one that vector knows
        fields = {**fields, "E": fields.pop("mass") + 1000, "tag": rng.uniform(size=size)}
    if kind == "more":
        fields |= {"beta": 2 * fields["pt"], "charge": rng.integers(-1, 2, size)}
    lists = {name: ak.unflatten(values, number) for name, values in fields.items()}
    if kind == "missing":
        lists["eta"] = ak.mask(lists["eta"], lists["pt"] > 30)
    return momentum_records(lists)


def choices(found):
    """Objects as expressions choose them: lists, first ones, selected, missing, of no event."""
    padded = ak.pad_none(found, 3)
    yield from (found, found[:, ::-1], found[:, :0], found[:0], padded, padded[:, 0], padded[:, 2])
    yield from (ak.firsts(found), padded[::2][:, 1], found[found[found.fields[0]] > 20])


@pytest.mark.parametrize("kind", KINDS)
def test_types_and_bits_are_those_of_records(kind):
    for number, records in enumerate(choices(objects(kind))):
        here, there = cartesian(records), four_momentum(records)
        for name in MOMENTUM["cartesian"]:
            expected = getattr(there, name)
            assert str(here[name].type) == str(expected.type), (number, name)
            assert str(here[name].to_list()) == str(expected.to_list()), (number, name)


@pytest.mark.parametrize(("one", "other"), [*itertools.product(KINDS[:3], KINDS)])
def test_sums_of_all_kinds(one, other):
    first, second = ak.pad_none(objects(one), 2)[:, 0], objects(other)
    total = momentum_sum(np.add, first, second)
    for name in MOMENTUM["cartesian"]:
        expected = getattr(four_momentum(first), name) + getattr(four_momentum(second), name)
        assert str(total[name].type) == str(expected.type)
        assert str(total[name].to_list()) == str(expected.to_list())


@pytest.mark.parametrize(
    ("fields", "lacking"), [(["pt", "eta"], "azimuthal"), (["pt", "eta", "phi"], "temporal")]
)
def test_records_without_a_momentum_are_refused_in_one_line(fields, lacking):
    records = momentum_records({name: objects("plain")[name] for name in fields})
    with pytest.raises(
        ValueError, match=rf"^array does not have {lacking} coordinates \(.*\): .*$"
    ):
        momentum_sum(np.add, records, records)
