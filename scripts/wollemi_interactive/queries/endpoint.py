"""A query of an endpoint of ServiceX, through its own client (https://github.com/ssl-hep/ServiceX_frontend),
which is not among the installed packages.
"""

import ast
import importlib.util
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from wollemi.base.user_commands import install_command
from wollemi.inputs.remote_ranges import is_remote
from wollemi.inputs.skim_files import ParquetEvents
from wollemi.inputs.tables import open_parquet
from wollemi_interactive.catalogue.open_data import record_number
from wollemi_interactive.queries.finite_numbers import NotFinite
from wollemi_interactive.queries.kept_answers import queries_folder
from wollemi_interactive.queries.syntax import Query
from wollemi_likelihood.base.errors import WollemiError

TREE = "Events"  # if the query names no tree
_SAMPLE = "events"
_CREDENTIALS = (
    "sign in on the page of the endpoint (ATLAS: https://servicex.af.uchicago.edu), download "
    "servicex.yaml from your profile there, and put it into this folder, one above, or your home"
)


class Delivered(NamedTuple):
    """The answer of an endpoint.

    Attributes:
        address: Address of the endpoint.
        rows: Number of rows.
        columns: Name → type.
        not_finite: Column → number of NaN or infinite values, for columns that have any.
    """

    address: str
    rows: int
    columns: dict[str, str]
    not_finite: dict[str, int]


def answer_from_endpoint(
    query: Query, source: str | Sequence[str], endpoint: str, answer: Path
) -> Delivered:
    """Write the answer of an endpoint to a query.

    Args:
        query: Query to answer.
        source: Addresses of files, `opendata:<number>`, or a Rucio dataset, `<scope>:<name>`.
        endpoint: Name of the endpoint in `servicex.yaml`; empty for the default one.
        answer: Path of the Parquet file to write.

    Raises:
        WollemiError: The credentials are missing, or the endpoint has no answer.
    """
    if importlib.util.find_spec("servicex") is None:
        raise WollemiError(
            "servicex",
            "the client of ServiceX is not installed",
            install_command("servicex"),
        )
    address = _address(endpoint)
    files = _deliver(query, source, endpoint, address)
    columns: dict[str, str] = {}
    rows, not_finite = 0, NotFinite()
    with ParquetEvents(answer) as output:
        for path in sorted(map(Path, files), key=lambda path: path.name):
            with open_parquet(path) as file:
                columns = dict(file.types())
                for batch in file.batches(file.names, 0, file.entries):
                    output.write(batch)
                    rows += len(batch)
                    not_finite.add(batch)
        output.finish({})
    return Delivered(address, rows, columns, not_finite.columns())


def _address(endpoint: str) -> str:
    """Address of an endpoint from the credentials.

    Raises:
        WollemiError: The credentials are missing, or do not include the endpoint.
    """
    from servicex.configuration import Configuration

    try:
        found = Configuration.read()
    except NameError as error:
        problem = "there is no servicex.yaml with your credentials"
        raise WollemiError("servicex", problem, _CREDENTIALS) from error
    except (ValueError, OSError) as error:
        problem = f"servicex.yaml cannot be read ({str(error).splitlines()[0]})"
        raise WollemiError("servicex", problem, _CREDENTIALS) from error
    known = {name: str(item.endpoint) for name, item in found.endpoint_dict().items()}
    name = endpoint or found.default_endpoint or next(iter(known), "")
    if name not in known:
        raise WollemiError(
            str(found.config_file),
            f"has no endpoint '{name}'",
            f"name one of {', '.join(known)}" if known else _CREDENTIALS,
        )
    return known[name].rstrip("/")


def selection(query: Query) -> Any:
    """The query as an object of the client."""
    from servicex import query as queries

    found = queries.FuncADL_Uproot().FromTree(query.tree or TREE)
    for name, item in query.steps:
        found = getattr(found, name)(ast.unparse(item))
    return found


def _dataset(source: str | Sequence[str]) -> Any:
    from servicex import dataset

    if not isinstance(source, str):
        return dataset.FileList(list(source))
    number = record_number(source)
    return dataset.CERNOpenData(number) if number is not None else dataset.Rucio(source)


def endpoint_source(source: str, addresses: Sequence[str]) -> str | list[str]:
    """The files or dataset to request from an endpoint.

    Args:
        source: Name of the source, as typed.
        addresses: Addresses of the files known under this name.

    Raises:
        WollemiError: An endpoint cannot read the source.
    """
    if addresses:
        return list(addresses)
    if is_remote(source):
        return [source]
    if record_number(source) is not None or ":" in source:
        return source
    raise WollemiError(
        source,
        "is nothing that an endpoint can read",
        "name an address, opendata:<number>, or a dataset of Rucio, <scope>:<name>",
    )


def _deliver(query: Query, source: str | Sequence[str], endpoint: str, address: str) -> list[str]:
    """Paths of the files produced by the endpoint."""
    from servicex import ProgressBarFormat, deliver
    from servicex.servicex_adapter import AuthorizationError

    logging.getLogger("servicex").setLevel(logging.CRITICAL)
    sample = {"Name": _SAMPLE, "Dataset": _dataset(source), "Query": selection(query)}
    specification = {"General": {"Delivery": "LocalCache"}, "Sample": [sample]}
    folder = queries_folder() / "servicex"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        found = deliver(
            specification,
            servicex_name=endpoint or None,
            progress_bar=ProgressBarFormat.none,
            return_exceptions=False,
            cache_dir=str(folder),
        )
        return list(found[_SAMPLE])
    except AuthorizationError as error:
        raise WollemiError(address, f"does not know you ({error})", _CREDENTIALS) from error
    except Exception as error:  # from the client, from HTTP, or from the object store
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise WollemiError(
            address,
            f"has not answered ({reason})",
            "try again later; ask files that are here without --endpoint",
        ) from error
