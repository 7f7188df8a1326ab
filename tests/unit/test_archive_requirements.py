import pytest
from paths import ROOT

from wollemi.archive_requirements import add_hashes, export_requirements
from wollemi.errors import WollemiError

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
    packages = {line.partition("==")[0] for line in lines if "==" in line and not line.startswith((" ", "#"))}
    assert {"snakemake", "numpy", "pyarrow"} <= packages
    assert not packages & {"pytest", "ruff", "mypy", "pyhf", "rocrate", "roc-validator"}
    assert not [line for line in lines if "==" in line and line[0] not in " #" and not line.endswith("\\")]  # each has hashes


def test_uv_that_fails_is_quoted(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WollemiError, match=r"pyproject\.toml"):
        export_requirements()
