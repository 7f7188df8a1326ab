"""Compiled loops in the cache, found by all that decides about their code, before the type of any
expression is computed.

Types need an awkward evaluation of everything without events, 0.7 s in the top-quark selection of
the benchmarks. The name of a loop in the cache is a digest of the form of the events, of the
content of model, views, selections and correction files, and of the code and packages that compile.
A value whose content is unknown, such as a hook, is not cached: its loop is emitted in each
process.
"""

from __future__ import annotations

import hashlib
import pickle
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import awkward as ak

from wollemi_engine.compiled.state import Layout
from wollemi_engine.events.corrections import CorrectionCall
from wollemi_engine.events.model import LOADED, EventModel
from wollemi_likelihood.base.caches import compiled_folder
from wollemi_likelihood.compiler.native import read_cached, write_cached

HOUSES = ("wollemi_engine", "wollemi_likelihood")
PACKAGES = ("awkward", "correctionlib", "llvmlite", "numpy", "vector")


@dataclass(frozen=True)
class LoopCode:
    """A loop without its machine code.

    Args:
        digest: Digest of its LLVM text.
        layout: Slots of its state.
        slots: Slots of its results, as the emitter returned them.
        messages: What is not compiled.
    """

    digest: str
    layout: Layout
    slots: Any
    messages: tuple[str, ...]


def loop_file(
    model: EventModel, sample: ak.Array, emit: Callable[..., Any], content: Any
) -> Path | None:
    """File of a loop in the cache; None if its content cannot be identified, or if code has been
    edited since it was loaded.

    Args:
        model: Objects and columns.
        sample: Some events.
        emit: Function that emits the loop.
        content: What it emits.
    """
    if not all(isinstance(column, str) for column in model.columns.values()):
        return None
    parts = (model.objects, model.columns, model.corrections, content)
    modules = _modules(emit.__module__)
    if any(Path(path).stat().st_mtime > LOADED for _, path in modules):
        return None
    try:
        texts = [*map(content_text, parts)]
    except TypeError:
        return None
    form = ak.to_packed(sample[:0]).layout.form.to_json()
    code = _files_digest(modules)
    digest = hashlib.sha256("\n".join([form, *texts, code, *_versions()]).encode())
    return compiled_folder() / f"{digest.hexdigest()}.loop"


def content_text(value: Any) -> str:
    """Text that differs where the content of a value does.

    Raises:
        TypeError: The content is unknown.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, CorrectionCall):
        content = hashlib.sha256(value.file.read_bytes()).hexdigest()
        return f"Correction({content}, {value.name!r}, {content_text(value.inputs)})"
    if is_dataclass(value) and not isinstance(value, type):
        inside = ", ".join(content_text(getattr(value, item.name)) for item in fields(value))
        return f"{type(value).__qualname__}({inside})"
    if isinstance(value, Mapping):
        pairs = (f"{content_text(key)}: {content_text(item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(content_text, value))}]"
    raise TypeError(f"the content of {type(value).__qualname__} is unknown")


def read_loop(path: Path | None) -> LoopCode | None:
    """A loop from the cache; None if it is missing or damaged."""
    content = read_cached(path) if path else b""
    if not content:
        return None
    code = pickle.loads(content)  # noqa: S301, machine code beside it is executed, too
    assert isinstance(code, LoopCode)
    return code


def write_loop(path: Path | None, code: LoopCode) -> None:
    """Write a loop to the cache."""
    if path:
        write_cached(path, pickle.dumps(code))


def _modules(emitter: str) -> tuple[tuple[str, str], ...]:
    """Name and path of the modules that compile, which are all in memory, and of the emitter's."""
    found = (
        (name, str(module.__file__))
        for name, module in [*sys.modules.items()]
        if (name == emitter or name.partition(".")[0] in HOUSES)
        and getattr(module, "__file__", None)
    )
    return tuple(sorted(found))


@lru_cache(maxsize=8)
def _files_digest(modules: tuple[tuple[str, str], ...]) -> str:
    digest = hashlib.sha256()
    for name, path in modules:
        digest.update(f"{name}\n".encode() + hashlib.sha256(Path(path).read_bytes()).digest())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _versions() -> tuple[str, ...]:
    return (sys.version, *map(_version, PACKAGES))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
