"""Commands in messages work in the terminal that shows them."""

from wollemi.base.user_commands import install_command, user_command


def test_in_an_active_environment():
    assert user_command("wollemi run zprime") == "wollemi run zprime"
    assert install_command("xrootd") == "pip install xrootd"


def test_under_uv(monkeypatch):
    monkeypatch.setenv("UV_RUN_RECURSION_DEPTH", "1")
    assert user_command("wollemi run zprime") == "uv run wollemi run zprime"
    assert install_command("xrootd") == "uv run --with xrootd wollemi ..."
