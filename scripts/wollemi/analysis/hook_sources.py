"""Undeclared inputs of a `hooks.py`, found in its source: the clock, random numbers, the
environment.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

_CLOCK = "reads the clock"
_RANDOM = "draws random numbers without the seed of the analysis"
_MACHINE = "reads what differs between machines"
# Prefix of a name → its effect; the longest matching prefix decides, and an empty text marks
# allowed names.
_READS: dict[str, str] = {
    **dict.fromkeys(
        ("time", "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today"),
        _CLOCK,
    ),
    **dict.fromkeys(("datetime.date.today", "timeit"), _CLOCK),
    "time.strptime": "",
    "time.struct_time": "",
    **dict.fromkeys(
        (
            "random",
            "numpy.random",
            "secrets",
            "uuid.uuid1",
            "uuid.uuid4",
            "os.urandom",
            "scipy.stats.qmc",
        ),
        _RANDOM,
    ),
    **dict.fromkeys((f"numpy.random.{name}" for name in ("Generator", "BitGenerator")), ""),
    **dict.fromkeys(
        (
            "os.environ",
            "os.environb",
            "os.getenv",
            "os.getenvb",
            "os.getpid",
            "os.uname",
            "os.cpu_count",
        ),
        _MACHINE,
    ),
    **dict.fromkeys(
        ("socket.gethostname", "platform", "getpass", "os.getlogin", "os.getcwd", "sys.argv"),
        _MACHINE,
    ),
}
_MODULES = frozenset(
    {
        "time",
        "timeit",
        "random",
        "numpy.random",
        "secrets",
        "platform",
        "getpass",
        "scipy.stats.qmc",
    }
)
# Allowed with a seed as an argument.
_SEEDED = re.compile(
    r"(random\.Random|numpy\.random\.(default_rng|RandomState|SeedSequence|PCG64|PCG64DXSM|Philox|SFC64|MT19937))$"
)


def hook_problems(path: Path) -> list[str]:
    """The undeclared inputs of a file, which records would miss, one line each.

    Args:
        path: Path of a `hooks.py`, or of a module next to it.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        return [
            (
                f"{path}, line {getattr(error, 'lineno', None) or 1}: is not valid Python "
                f"({getattr(error, 'msg', error)})"
            )
        ]
    return [
        f"{path}, line {line}: '{name}' {what}"
        for line, name, what in sorted(set(_undeclared(tree)))
    ]


def _undeclared(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Line number, name and problem."""
    names = _imported_names(tree)
    nodes = list(ast.walk(tree))
    # Parts of longer names, and calls with a seed.
    settled = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    settled |= {
        id(node.func)
        for node in nodes
        if isinstance(node, ast.Call) and _is_seeded(node, _dotted(node.func, names))
    }
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            used = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (
                (node.lineno, name, _kind(name))
                for name in used
                if _kind(name) and not _SEEDED.match(name)
            )
        elif (
            isinstance(node, ast.Name | ast.Attribute)
            and id(node) not in settled
            and _kind(name := _dotted(node, names))
        ):
            yield node.lineno, name, _kind(name)
        elif isinstance(node, ast.Call) and (reads := _call_reads(node, _dotted(node.func, names))):
            yield node.lineno, ast.unparse(node.func), reads


def _is_seeded(call: ast.Call, name: str) -> bool:
    """Whether a call creates a random number generator from a seed."""
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    return bool(_SEEDED.match(name) and values) and not (
        isinstance(values[0], ast.Constant) and values[0].value is None
    )


def _call_reads(call: ast.Call, name: str) -> str:
    """The undeclared input that a call reads because of its arguments."""
    given = {argument.value for argument in call.args if isinstance(argument, ast.Constant)}
    if name == "numpy.datetime64" and given & {"now", "today"}:
        return _CLOCK
    drawn = isinstance(call.func, ast.Attribute) and call.func.attr == "rvs"
    return (
        _RANDOM
        if drawn and "random_state" not in {keyword.arg for keyword in call.keywords}
        else ""
    )


def _imported_names(tree: ast.Module) -> dict[str, str]:
    """Name in the file → imported name."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                names[alias.asname or root] = alias.name if alias.asname else root
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {
                alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names
            }
    return names


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    """`np.random.rand` as `numpy.random.rand`; empty if it does not begin with an imported name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in names:
        return ""
    return ".".join([names[node.id], *reversed(parts)])


def _kind(name: str) -> str:
    """The undeclared input behind a dotted name; empty for an allowed name or a module as such."""
    parts = name.split(".")
    beginnings = [".".join(parts[:depth]) for depth in range(len(parts), 0, -1)]
    found = next((item for item in beginnings if item in _READS), "")
    return _READS.get(found, "") if found != name or name not in _MODULES else ""
