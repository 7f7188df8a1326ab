import tomllib

import pytest
from packaging.markers import Marker
from support.project.paths import ROOT

from wollemi.archive.writing.requirements import add_hashes, export_requirements
from wollemi.job.locked_packages import LOCKED_PACKAGES
from wollemi_likelihood.base.errors import WollemiError

REQUIREMENTS = b"""\
connection-pool==0.0.3 \\
    --hash=sha256:aaaa
    # via snakemake
contourpy==1.3.3 ; python_full_version < '3.12' \\
    --hash=sha256:bbbb \\
    --hash=sha256:cccc
connection-pool-extra==1 \\
    --hash=sha256:dddd
"""


def test_a_built_wheel_is_allowed_beside_the_source():
    text = add_hashes(REQUIREMENTS, {"connection_pool": "1234", "contourpy": "5678"}).decode()
    expected = REQUIREMENTS.decode().replace("0.0.3 \\\n", "0.0.3 \\\n    --hash=sha256:1234 \\\n")
    assert text == expected.replace("'3.12' \\\n", "'3.12' \\\n    --hash=sha256:5678 \\\n")


def test_the_lock_file_becomes_requirements(monkeypatch):
    monkeypatch.chdir(ROOT)
    lines = export_requirements().decode().splitlines()
    packages = {
        line.partition("==")[0]
        for line in lines
        if "==" in line and not line.startswith((" ", "#"))
    }
    assert {"snakemake", "numpy", "pyarrow"} <= packages
    assert not packages & {
        "pytest",
        "ruff",
        "mypy",
        "smodels",
        "rocrate",
        "roc-validator",
        "wollemi",
    }
    # each has hashes
    assert not [
        line for line in lines if "==" in line and line[0] not in " #" and not line.endswith("\\")
    ]


def test_uv_that_fails_is_quoted(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WollemiError, match=r"pyproject\.toml"):
        export_requirements()


def test_the_packages_of_the_records_are_what_the_project_needs_in_the_lock_file():
    """Walked through `uv.lock`, with the extras that are asked for."""
    rows = {}
    for row in tomllib.loads((ROOT / "uv.lock").read_text())["package"]:
        rows.setdefault(row["name"], []).append(row)
    pending, found = [("wollemi", ())], set()
    while pending:
        if (item := pending.pop()) in found:
            continue
        found.add(item)
        for row in rows[item[0]]:
            more = [
                need
                for extra in item[1]
                for need in row.get("optional-dependencies", {}).get(extra, ())
            ]
            needs = [
                need
                for need in (*row.get("dependencies", ()), *more)
                if runs_here(need.get("marker"))
            ]
            pending += [(need["name"], tuple(need.get("extra", ()))) for need in needs]
    names = {name.replace("-", "_") for name, _ in found} - {"wollemi"}
    assert names == LOCKED_PACKAGES
    assert not names & {"pytest", "snakemake", "sympy", "chardet"}


def runs_here(marker):
    """Whether a marker holds on a Python and a system that the project supports."""
    versions = [
        {"python_full_version": f"3.{minor}.0", "python_version": f"3.{minor}"}
        for minor in (11, 12, 13)
    ]
    systems = [
        {"sys_platform": name, "platform_system": name.capitalize()} for name in ("linux", "darwin")
    ]
    return marker is None or any(
        Marker(marker).evaluate(version | system) for version in versions for system in systems
    )
