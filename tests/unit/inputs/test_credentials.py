"""Which credentials are missing, and how to get them."""

import os
import time

import pytest

from wollemi.inputs.credentials import bearer_token, experiment_of, proxy_error


@pytest.mark.parametrize(
    ("address", "experiment"),
    [
        ("root://xrootd-cms.infn.it//store/data/a.root", "cms"),
        ("root://cmsxrootd.fnal.gov//store/a.root", "cms"),
        ("root://site.example//store/mc/a.root", "cms"),
        ("root://eosatlas.cern.ch//eos/atlas/a.root", "atlas"),
        ("davs://site.example/atlasdatadisk/rucio/a.root", "atlas"),
        ("root://site.example//a.root", "EXPERIMENT"),
    ],
)
def test_the_experiment_of_an_address(address, experiment):
    assert experiment_of(address) == experiment


def test_no_proxy(monkeypatch, tmp_path):
    monkeypatch.setenv("X509_USER_PROXY", str(tmp_path / "proxy"))
    error = proxy_error("root://eosatlas.cern.ch//eos/atlas/a.root", "Auth failed")
    assert f"{tmp_path / 'proxy'} does not exist" in error.problem
    assert "voms-proxy-init --voms atlas" in error.remedy


def test_an_old_proxy(monkeypatch, tmp_path):
    proxy = tmp_path / "proxy"
    proxy.touch()
    os.utime(proxy, (time.time() - 30 * 3600,) * 2)
    monkeypatch.setenv("X509_USER_PROXY", str(proxy))
    error = proxy_error("root://xrootd-cms.infn.it//store/a.root", "Auth failed")
    assert "made 30 h ago" in error.problem
    assert error.remedy.startswith("renew it: voms-proxy-init --voms cms")


def test_where_a_token_is_looked_for(monkeypatch, tmp_path):
    """In the order of the WLCG Bearer Token Discovery."""
    monkeypatch.delenv("BEARER_TOKEN", raising=False)
    monkeypatch.delenv("BEARER_TOKEN_FILE", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    usual = tmp_path / f"bt_u{os.getuid()}"
    usual.write_text("third\n")
    assert bearer_token() == ("third", str(usual))
    named = tmp_path / "named"
    named.write_text(" second ")
    monkeypatch.setenv("BEARER_TOKEN_FILE", str(named))
    assert bearer_token() == ("second", str(named))
    monkeypatch.setenv("BEARER_TOKEN", "first")
    assert bearer_token() == ("first", "BEARER_TOKEN")
