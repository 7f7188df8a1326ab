"""Bearer tokens and VOMS proxies for remote files: where they are searched for, and the errors if
they are missing or refused.
"""

import base64
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.addresses import split_address
from wollemi_likelihood.base.errors import WollemiError

EXPERIMENTS = ("cms", "atlas", "lhcb", "alice", "dune", "belle")
# Audiences that mean any server: in the WLCG Token Profile and in SciTokens.
_ANY = ("https://wlcg.cern.ch/jwt/v1/any", "ANY")
# Part of an address → experiment, for addresses without its name.
_SIGNS = {"/store/": "cms", "datadisk": "atlas", "scratchdisk": "atlas"}


def bearer_token() -> tuple[str, str]:
    """The token and its source, both empty if none is found; searched in the order of the WLCG
    Bearer Token Discovery (doi:10.5281/zenodo.3937438).
    """
    value = os.environ.get("BEARER_TOKEN", "").strip()
    if value:
        return value, "BEARER_TOKEN"
    for path in _token_files():
        if path.is_file() and (value := path.read_text(encoding="utf-8").strip()):
            return value, str(path)
    return "", ""


def _token_files() -> Iterator[Path]:
    """Possible files of a token; only BEARER_TOKEN_FILE if it is set."""
    named = os.environ.get("BEARER_TOKEN_FILE")
    if named:
        yield Path(named)
        return
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        yield Path(runtime) / f"bt_u{os.getuid()}"
    yield Path("/tmp") / f"bt_u{os.getuid()}"  # noqa: S108 - the path given by the discovery


def token_error(where: str, answer: str) -> WollemiError:
    """Explain why a file behind https:// cannot be read.

    Args:
        where: Address of the file.
        answer: Answer of the server.
    """
    token, found = bearer_token()
    if not token:
        places = ", ".join(["BEARER_TOKEN", "BEARER_TOKEN_FILE", *map(str, _token_files())])
        problem = f"may not be read without a token ({answer}), and none was found in {places}"
        return WollemiError(where, problem, _REMEDY)
    if not is_meant_for(token, where):
        audience = ", ".join(audiences(token))
        problem = f"may not be read ({answer}): the token in {found} is only for {audience}"
        return WollemiError(where, problem, _REMEDY)
    expired = _expiry(token)
    if expired is not None and expired < time.time():
        problem = f"may not be read ({answer}): the token in {found} expired {_ago(expired)} ago"
        return WollemiError(where, problem, _REMEDY)
    return WollemiError(
        where,
        f"may not be read with the token in {found} ({answer})",
        "check that it is one of the experiment that owns the file, with the right to read it "
        "(its scope has storage.read)",
    )


_REMEDY = (
    "get one from the issuer of your experiment (`oidc-token NAME` of oidc-agent, or `htgettoken "
    "-a VAULT -i EXPERIMENT`), and put it into BEARER_TOKEN, or into a file that "
    "BEARER_TOKEN_FILE names"
)


def is_meant_for(token: str, url: str) -> bool:
    """Whether a token may be sent to the server of a URL; a token without audience may."""
    found = audiences(token)
    host = split_address(url).hostname or ""
    return not found or any(
        item in _ANY or (split_address(item).hostname or item.partition(":")[0]).lower() == host
        for item in found
    )


def audiences(token: str) -> list[str]:
    """Servers that a token is for (claim `aud`, RFC 7519 §4.1.3), as written in the token."""
    found = _claims(token).get("aud", [])
    return [str(item) for item in (found if isinstance(found, list) else [found])]


def _expiry(token: str) -> float | None:
    """Expiry of a token in s since 1970; None if it is not a JSON Web Token with this claim."""
    try:
        return float(_claims(token)["exp"])
    except (ValueError, KeyError, TypeError):
        return None


def _claims(token: str) -> dict[str, Any]:
    """Claims of a JSON Web Token; empty for other tokens."""
    part = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _ago(moment: float) -> str:
    """Time since a moment, in words."""
    minutes = max(int(time.time() - moment) // 60, 0)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def proxy_file() -> Path:
    """Path of the VOMS proxy, whether or not it exists."""
    named = os.environ.get("X509_USER_PROXY")
    return Path(named or f"/tmp/x509up_u{os.getuid()}")  # noqa: S108 - default of voms-proxy-init


def proxy_error(where: str, answer: str) -> WollemiError:
    """Explain why a file behind root:// cannot be read.

    Args:
        where: Address of the file.
        answer: Answer of the server.
    """
    proxy, experiment = proxy_file(), experiment_of(where)
    if not proxy.is_file():
        return WollemiError(
            where,
            f"may not be read without a VOMS proxy ({answer}), and {proxy} does not exist",
            f"make one: voms-proxy-init --voms {experiment} (it needs your grid certificate in "
            "~/.globus); where the proxy is elsewhere, name it in X509_USER_PROXY",
        )
    return WollemiError(
        where,
        f"may not be read with the VOMS proxy {proxy}, made {_ago(proxy.stat().st_mtime)} ago "
        f"({answer})",
        f"renew it: voms-proxy-init --voms {experiment}; `voms-proxy-info --all` shows how long "
        "it is valid, and for which experiment",
    )


def experiment_of(where: str) -> str:
    """Experiment of an address, under its VOMS name; EXPERIMENT if unknown."""
    lower = where.lower()
    named = (name for name in EXPERIMENTS if name in lower)
    return next(named, next((_SIGNS[sign] for sign in _SIGNS if sign in lower), "EXPERIMENT"))
