"""Compile event loops and kernels to machine code, cached in a folder for later jobs.

The folder is `.wollemi/compiled` in the working directory of the job, or the value of the
environment variable WOLLEMI_CACHE. It only saves time: missing, damaged or unwritable code is
compiled again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from wollemi_likelihood.base.caches import compiled_folder

_MARK = b"wollemi-compiled-1\n"


class Native:
    """Functions in machine code, with the objects that keep them in memory.

    Args:
        source: Text that identifies the code; its digest names the cached file.
        translate: Function that produces the LLVM text if the code is not cached.
        symbols: Addresses of the functions that the code calls.
        unroll: Whether loops are unrolled, which makes compilation slower.
    """

    def __init__(
        self,
        source: str,
        translate: Callable[[], str],
        symbols: Mapping[str, int],
        unroll: bool = True,
    ):
        self._machine = _target_machine()
        for name, address in symbols.items():
            llvm.add_symbol(name, address)
        compiled = partial(_compile, translate, self._machine, unroll)
        self.cached, code = _load_or_compile(source, compiled)
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), self._machine)
        self._object = llvm.object_file.ObjectFileRef.from_data(code)
        self._engine.add_object_file(self._object)
        self._engine.finalize_object()

    def address(self, function: str) -> int:
        """Address of a function."""
        return int(self._engine.get_function_address(function))


@lru_cache(maxsize=1)
def _processor() -> tuple[str, str, str]:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return (
        llvm.get_process_triple(),
        llvm.get_host_cpu_name(),
        llvm.get_host_cpu_features().flatten(),
    )


def _target_machine() -> Any:
    triple, name, features = _processor()
    target = llvm.Target.from_triple(triple)
    return target.create_target_machine(
        cpu=name, features=features, opt=3, reloc="default", codemodel="jitdefault", jit=True
    )


def cache_file(source: str) -> Path:
    """File of a module's machine code; its name identifies the code, compiler and processor."""
    parts = (source, llvmlite.__version__, str(llvm.llvm_version_info), *_processor())
    return compiled_folder() / f"{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()}.o"


def is_cached(source: str) -> bool:
    """Whether the machine code of a module is cached, and undamaged."""
    return bool(read_cached(cache_file(source)))


def _load_or_compile(source: str, compiled: Callable[[], bytes]) -> tuple[bool, bytes]:
    path = cache_file(source)
    if code := read_cached(path):
        return True, code
    code = compiled()
    write_cached(path, code)
    return False, code


def read_cached(path: Path) -> bytes:
    """Content of a file of the cache; empty if it is missing or damaged."""
    try:
        content = path.read_bytes()
    except OSError:
        return b""
    kept = content[len(_MARK) + 32 :]
    return kept if content[: len(_MARK) + 32] == _MARK + hashlib.sha256(kept).digest() else b""


def _compile(translate: Callable[[], str], machine: Any, unroll: bool) -> bytes:
    module = llvm.parse_assembly(translate())
    module.data_layout = str(machine.target_data)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_unrolling = unroll
    options.loop_vectorization = options.slp_vectorization = True
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))


def write_cached(path: Path, content: bytes) -> None:
    """Write a file of the cache, under a name unique to this process, then rename: two jobs may
    write at once.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(_MARK + hashlib.sha256(content).digest() + content)
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
