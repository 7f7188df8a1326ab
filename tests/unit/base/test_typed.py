"""Commands in messages work in the terminal that shows them."""

from wollemi.base.typed import install, typed


def test_in_an_active_environment():
    assert typed("wollemi run zprime") == "wollemi run zprime"
    assert install("xrootd") == "pip install xrootd"


def test_under_uv(monkeypatch):
    monkeypatch.setenv("UV_RUN_RECURSION_DEPTH", "1")
    assert typed("wollemi run zprime") == "uv run wollemi run zprime"
    assert install("xrootd") == "uv run --with xrootd wollemi ..."
