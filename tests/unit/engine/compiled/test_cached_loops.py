"""Compiled loops in the cache: found where nothing differs, and only there."""

import ast
import dataclasses
import importlib
import json
import os
import subprocess
import sys
import typing
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from support.engine.cases import cache

from wollemi.event_loop.compiled_filler import CompiledFiller
from wollemi_engine.compiled import cached_loops
from wollemi_engine.compiled.cached_loops import content_text, loop_file
from wollemi_engine.compiled.selected import Quantity, Selection, Weighting
from wollemi_engine.events.corrections import CorrectionCall, CorrectionInput
from wollemi_engine.events.fields import ObjectDefinition
from wollemi_engine.events.model import NOMINAL, EventModel, Variation
from wollemi_likelihood.compiler.native import read_cached, write_cached

__all__ = ["cache"]
SCRIPTS = Path(__file__).parents[4] / "scripts"
EVENTS = ak.zip(
    {name: ak.Array([[40.0, 20.0], [], [30.0]]) for name in ("J_pt", "J_eta", "J_phi", "J_mass")},
    depth_limit=1,
)
OBJECTS = {"jet": ObjectDefinition(collection="J", cuts="pt > 25")}
MODEL = EventModel(OBJECTS, {"n": "count(jet)"}, {})
QUANTITY = Quantity("n", ("n",), False, ((-0.5, 0.5, 1.5),))
REGIONS = [Selection("one", ("n > 0",), (QUANTITY,), (), ("jets",))]
WEIGHTS = Weighting("1.5", {"up": "2"})
INPUT = CorrectionInput("pt", "real", 1)


def emit():
    """Stands for the emitter, of which only the module counts."""


def file_of(model=MODEL, events=EVENTS, content=REGIONS):
    return loop_file(model, events, emit, content)


def other(value, kind):
    """A value of the same type that differs."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, tuple):
        return (*value, *(value or ("x",)))
    if isinstance(value, dict):
        return {**value, "x": "x"}
    assert value is None
    return 1.0 if "float" in str(kind) else "x"


@pytest.mark.parametrize(
    "value",
    [OBJECTS["jet"], Variation("up"), QUANTITY, REGIONS[0], WEIGHTS, INPUT],
    ids=lambda value: type(value).__name__,
)
def test_every_field_counts(value):
    kinds = typing.get_type_hints(type(value))
    texts = {content_text(value)}
    for item in dataclasses.fields(value):
        changed = other(getattr(value, item.name), kinds[item.name])
        texts.add(content_text(dataclasses.replace(value, **{item.name: changed})))
    assert len(texts) == 1 + len(dataclasses.fields(value))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (1, 1.0),
        (1, True),
        (1, "1"),
        (0.0, -0.0),
        (0.1, 0.1 + 1e-17 * 2),
        (None, "None"),
        (["a", "b"], ["a, b"]),
        (["a", "b"], ["b", "a"]),
        ([["a"], "b"], ["a", ["b"]]),
        ({"a": "b"}, {"a": "b", "c": "d"}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),  # objects have an order
        (["'a', 'b'"], ["a", "b"]),
    ],
)
def test_texts_of_different_values_differ(one, two):
    assert content_text(one) != content_text(two)


def test_all_of_the_model_and_the_form_of_the_events_count():
    floats = ak.with_field(EVENTS, ak.values_astype(EVENTS.J_pt, np.float32), "J_pt")
    missing = ak.with_field(EVENTS, ak.Array([[1.0, None], [], [1.0]]), "J_pt")
    files = [
        file_of(),
        file_of(events=floats),
        file_of(events=missing),
        file_of(events=ak.with_field(EVENTS, [1, 2, 3], "run")),
        file_of(EventModel(OBJECTS, {"n": "count(jet) + 1"}, {})),
        file_of(EventModel({**OBJECTS, "k": OBJECTS["jet"]}, MODEL.columns, {})),
        file_of(content=[*REGIONS, *REGIONS]),
    ]
    assert None not in files
    assert len({*files}) == len(files)
    assert file_of(events=EVENTS[:1]) == file_of()


def test_the_content_of_correction_files_counts(tmp_path):
    path, files = tmp_path / "c.json", []
    call = CorrectionCall("c", print, (INPUT,), path, "sf")
    for content, one in (("a", call), ("b", call), ("b", dataclasses.replace(call, name="other"))):
        path.write_text(content)
        files.append(file_of(EventModel(OBJECTS, MODEL.columns, {}, {"correction.c": one})))
    assert len({*files}) == 3
    (tmp_path / "moved").mkdir()
    moved = path.rename(tmp_path / "moved" / "c.json")
    corrections = {"correction.c": dataclasses.replace(call, name="other", file=moved)}
    assert file_of(EventModel(OBJECTS, MODEL.columns, {}, corrections)) == files[-1]


@pytest.mark.parametrize(
    "model",
    [
        EventModel(OBJECTS, {"n": {"hook": "f", "uses": ["jet"]}}, {"f": len}),
        EventModel(OBJECTS, MODEL.columns, {}, {"correction.c": len}),
    ],
    ids=["hook", "function"],
)
def test_functions_are_not_cached(model):
    assert file_of(model) is None


def test_code_and_packages_count(tmp_path, monkeypatch):
    found = {file_of()}
    module = sys.modules["wollemi_engine.compiled.bins"]
    source = tmp_path / "bins.py"
    source.write_text(Path(module.__file__).read_text() + "\n")
    with monkeypatch.context() as patch:
        patch.setattr(module, "__file__", str(source))
        assert file_of() is None  # edited after it was loaded
        os.utime(source, (0, 0))
        found.add(file_of())
    cached_loops._versions.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(cached_loops, "version", lambda name: f"of another {name}")
        found.add(file_of())
    cached_loops._versions.cache_clear()
    assert len(found) == 3
    assert file_of() in found


def test_all_that_compiles_is_in_memory():
    """A module that a function imports later would not count."""
    text = "import json, sys, wollemi_engine.compiled.loop; print(json.dumps([*sys.modules]))"
    command = [sys.executable, "-c", text]
    made = subprocess.run(command, cwd=SCRIPTS, check=True, capture_output=True, text=True)
    names = {name for name in json.loads(made.stdout) if name.startswith("wollemi_")}
    assert "wollemi_engine.compiled.sorting" in names
    for name in sorted(names):
        tree = ast.parse(Path(importlib.import_module(name).__file__).read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("wollemi_"):
                assert node.module in names, f"{name} imports {node.module} later"


def compiled(monkeypatch, emits=True):
    """Sums of a loop, which is in the cache unless it may be emitted."""
    if not emits:
        monkeypatch.setattr("wollemi_engine.compiled.loop.emit_loop", lambda *_: 1 / 0)
    filler = CompiledFiller.compile(MODEL, EVENTS, REGIONS, [NOMINAL], WEIGHTS)
    sums, counts = filler.fill(EVENTS)
    return {key: item.tobytes() for key, item in sums.items()}, counts


def test_a_loop_from_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path))
    expected = compiled(monkeypatch)
    with monkeypatch.context() as patch:
        assert compiled(patch, emits=False) == expected
    (loop,), (code,) = tmp_path.glob("*.loop"), tmp_path.glob("*.o")
    assert expected[0] == {
        ("one", "n"): np.array(
            [[[0.0, 0, 3, 0], [0, 0, 4.5, 0]], [[0.0, 0, 6, 0], [0, 0, 18, 0]]]
        ).tobytes()
    }
    for damaged in (loop, code):
        content = damaged.read_bytes()
        for bad in (b"", content[:-1], content[:60] + b"x" + content[61:], None):
            damaged.write_bytes(bad) if bad is not None else damaged.unlink()
            with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
                compiled(patch, emits=False)
            assert compiled(monkeypatch) == expected
            assert damaged.is_file()


def test_a_file_of_the_cache(tmp_path):
    path = tmp_path / "folder" / "file"
    write_cached(path, b"content")
    assert read_cached(path) == b"content"
    assert read_cached(tmp_path / "missing") == b""
