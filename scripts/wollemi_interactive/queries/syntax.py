"""The text of a func_adl query, checked before anything is read. Python parses the text, but none
of it is executed.

The language is func_adl (https://github.com/iris-hep/func_adl), with the methods of the `uproot`
code generator of ServiceX.
"""

import ast
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean
from wollemi_likelihood.expressions.syntax import ExpressionError, check_depth, constant_value

SOURCE = "EventDataset"
STREAM = ("Select", "SelectMany", "Where")
WITH_LAMBDA = {*STREAM, "OrderBy", "OrderByDescending"}
MAY_HAVE_LAMBDA = {"Any", "All"}
WITHOUT_ARGUMENTS = {"Count", "First", "Last", "Max", "Min", "Sum", "ToFourMomentum", "Zip"}
WITH_NUMBER = {"Choose", "ElementAt"}
OF_TWO_MOMENTA = {"deltaR", "deltaeta", "deltaphi"}
METHODS = {*WITH_LAMBDA, *MAY_HAVE_LAMBDA, *WITHOUT_ARGUMENTS, *WITH_NUMBER, *OF_TWO_MOMENTA}
# Python names for methods, as in func_adl.
SHORTCUTS = {"len": "Count", "Zip": "Zip", **{name.lower(): name for name in ("Any", "All")}} | {
    name.lower(): name for name in ("Max", "Min", "Sum")
}
# Functions of several numbers instead of a list, with the corresponding numpy function.
OF_SEVERAL = {"max": "maximum", "min": "minimum"}
# Numpy functions; `np.sqrt`, `math.sqrt` and `sqrt` are the same.
_OF_TWO = ("arctan2", "hypot", "minimum", "maximum")
FUNCTIONS = (
    *("abs", "sqrt", "exp", "log", "log10", "sin", "cos", "tan", "arcsin", "arccos", "arctan"),
    *("sinh", "cosh", "tanh", "floor", "ceil", *_OF_TWO),
)
_NODES = (
    *(ast.Attribute, ast.BinOp, ast.BoolOp, ast.Call, ast.Compare, ast.Constant, ast.Dict),
    *(ast.IfExp, ast.Lambda, ast.List, ast.Name, ast.Subscript, ast.Tuple, ast.UnaryOp),
    *(ast.arguments, ast.arg, ast.Load, ast.And, ast.Or, ast.Not, ast.USub, ast.UAdd),
    *(ast.Invert, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow),
    *(ast.BitAnd, ast.BitOr, ast.BitXor, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE),
)
_END = "end the query at Select, with a dictionary that names the columns"
_LAMBDA = "write lambda e: ..."
_PAGE = "see docs/queries.md"
_KNOWN = "docs/queries.md lists methods and functions"


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."


class QueryError(WollemiError):
    """Error for text that is not a query, or a query without a value on the events.

    Args:
        node: Faulty part of the query.
        problem: Description of the problem.
        remedy: Action for the user.
    """

    def __init__(self, node: ast.AST, problem: str, remedy: str) -> None:
        text = _shortened(ast.unparse(node))
        line = getattr(node, "lineno", 1)
        super().__init__(f"query, line {line}: {text}", problem, remedy)


@dataclass(frozen=True)
class Query:
    """A query on events.

    Args:
        tree: Tree named by the query; empty if it names none.
        steps: Name and lambda of each method, in the order in which events pass them.
    """

    tree: str
    steps: tuple[tuple[str, ast.Lambda], ...]

    @property
    def text(self) -> str:
        """The query in canonical form, without comments, spaces, brackets and argument names."""
        calls = "".join(f".{name}({ast.unparse(_renamed(item, 0))})" for name, item in self.steps)
        return f"{SOURCE}({self.tree!r}){calls}"

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form, hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def names(self) -> set[str]:
        """Names that may be branches or fields."""
        nodes = [node for _, item in self.steps for node in ast.walk(item)]
        return {node.attr for node in nodes if isinstance(node, ast.Attribute)} | {
            str(node.slice.value)
            for node in nodes
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
        }


def parse_query(text: str, where: str = "query") -> Query:
    """Read a query.

    Args:
        text: Expression that begins with `EventDataset()`, such as
            `EventDataset().Where(lambda e: ...).Select(lambda e: {...})`; comments are allowed.
        where: Origin of the text, for error messages.

    Raises:
        WollemiError: The text is not Python, or not a query.
    """
    try:
        # In parentheses, so that a line of a chain may begin with its dot.
        tree = ast.parse(f"(\n{text}\n)", mode="eval").body
    except SyntaxError as error:
        line = max((error.lineno or 1) - 1, 1)
        lines = [*text.splitlines(), ""]
        shown = lines[line - 1].strip() if line <= len(lines) else ""
        problem = f"is not a Python expression ({error.msg}): {_shortened(shown)}"
        raise WollemiError(f"{where}, line {line}", problem, _example()) from None
    except (ValueError, MemoryError, RecursionError):
        problem = "is not a Python expression (a zero byte, or nested too deeply)"
        raise WollemiError(where, problem, _example()) from None
    ast.increment_lineno(tree, -1)
    _check_size(tree, _shortened(text), where)
    query = Query(*_chain(tree))
    for _, item in query.steps:
        for node in ast.walk(item):
            _check(node)
    return query


def _check_size(tree: ast.expr, text: str, where: str) -> None:
    """Raise an error for a query whose evaluation would never end, by the rules for expressions."""
    try:
        check_depth(tree, text)
        constant_value(tree, text)
    except ExpressionError as error:
        raise WollemiError(
            where, str(error), "write a shorter query, with smaller numbers"
        ) from None


def _example() -> str:
    return (
        "write one such as EventDataset().Where(lambda e: e.nElectron == 2)"
        ".Select(lambda e: {'pt': e.Electron_pt})"
    )


def _chain(node: ast.expr) -> tuple[str, tuple[tuple[str, ast.Lambda], ...]]:
    """The tree named by the source, and the steps."""
    steps: list[tuple[str, ast.Lambda]] = []
    tree = ""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name = node.func.attr
        if name == "FromTree":
            tree = _tree_name(node, node.args)
        elif name not in STREAM:
            meant = did_you_mean(name, STREAM)
            raise QueryError(node, f"'{name}' is nothing that events have{meant}", _END)
        else:
            steps.append((name, lambda_of(node)))
        node = node.func.value
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        raise QueryError(node, f"the query does not begin with {SOURCE}()", _example())
    if node.func.id != SOURCE:
        raise QueryError(node, f"the query does not begin with {SOURCE}()", _example())
    # In func_adl the files come first; here they are given in addition to the query.
    tree = tree or _tree_name(node, node.args[1:] if len(node.args) > 1 else node.args)
    if not steps or steps[0][0] == "Where":
        raise QueryError(node, "the query does not say what to take of the events", _END)
    return tree, tuple(reversed(steps))


def _tree_name(node: ast.Call, arguments: list[ast.expr]) -> str:
    if node.keywords:
        raise QueryError(node, "has an argument with a name", f"write {SOURCE}('Events')")
    if not arguments:
        return ""
    if isinstance(arguments[0], ast.Constant) and isinstance(arguments[0].value, str):
        return arguments[0].value
    raise QueryError(node, "the name of the tree is not a string", f"write {SOURCE}('Events')")


def lambda_of(node: ast.Call) -> ast.Lambda:
    """The lambda that is the only argument of a method.

    Raises:
        QueryError: The method has other arguments.
    """
    if len(node.args) == 1 and isinstance(found := node.args[0], ast.Lambda) and not node.keywords:
        plain = found.args
        if len(plain.args) == 1 and not (plain.defaults or plain.vararg or plain.kwonlyargs):
            return found
    raise QueryError(node, "needs a lambda with one argument", _LAMBDA)


def _check(node: ast.AST) -> None:
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        raise QueryError(node, "is a comprehension", "write .Where(...) and .Select(...)")
    if not isinstance(node, _NODES):
        raise QueryError(_printable(node), "cannot be used in a query", _PAGE)
    checks: dict[type[ast.AST], Callable[..., None]] = {
        ast.Call: _check_call,
        ast.Dict: _check_dict,
    }
    if type(node) in checks:
        checks[type(node)](node)


def _printable(node: ast.AST) -> ast.AST:
    """A node that can be printed: an operator alone cannot."""
    return ast.Constant(type(node).__name__) if not hasattr(node, "lineno") else node


def _check_dict(node: ast.Dict) -> None:
    names = set[str]()
    for key in node.keys:
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            raise QueryError(node, "has a key that is not a string", "write {'name': value}")
        if key.value in names:
            raise QueryError(node, f"has '{key.value}' twice", "give each its own name")
        names.add(key.value)


def _check_call(node: ast.Call) -> None:
    if node.keywords:
        raise QueryError(node, "has an argument with a name", "write it without")
    if isinstance(node.func, ast.Name):
        known = [*FUNCTIONS, *SHORTCUTS]
        if node.func.id not in known:
            meant = did_you_mean(node.func.id, known)
            raise QueryError(node, f"'{node.func.id}' is not a query function{meant}", _KNOWN)
        _check_arguments(node, node.func.id)
        return
    if not isinstance(node.func, ast.Attribute):
        raise QueryError(node, "is not a call of a function or method", _KNOWN)
    if is_module(node.func.value):
        if node.func.attr not in FUNCTIONS:
            meant = did_you_mean(node.func.attr, FUNCTIONS)
            raise QueryError(node, f"'{node.func.attr}' is not a query function{meant}", _KNOWN)
        _check_arguments(node, node.func.attr)
        return
    _check_method(node, node.func.attr)


def _check_arguments(node: ast.Call, name: str) -> None:
    """Check the number of arguments: numpy would take an additional one for an axis."""
    number = len(node.args)
    if name in OF_SEVERAL and number > 1:
        return
    wanted = 2 if name in _OF_TWO else 1
    if number != wanted:
        plural = "" if wanted == 1 else "s"
        problem = f"{name} needs {wanted} argument{plural}, and has {number}"
        raise QueryError(node, problem, _KNOWN)


def _check_method(node: ast.Call, name: str) -> None:
    """Check a list method; any other name without arguments is a field, `electron.pt()`."""
    if name in WITH_LAMBDA or (name in MAY_HAVE_LAMBDA and node.args):
        lambda_of(node)
    elif name in WITH_NUMBER | OF_TWO_MOMENTA:
        if len(node.args) != 1:
            raise QueryError(node, f"{name} needs one argument", f"write .{name}(...)")
    elif name in WITHOUT_ARGUMENTS and node.args:
        remedy = f"write .Where(...) or .Select(...) before .{name}()"
        raise QueryError(node, f"{name} takes no argument", remedy)
    elif len(node.args) == 1 and isinstance(node.args[0], ast.Constant):
        remedy = "name a branch, e.Electron_pt, or a collection, e.Electron"
        raise QueryError(node, "is a collection of xAOD, whose names are other ones here", remedy)
    elif node.args:
        meant = did_you_mean(name, METHODS)
        raise QueryError(node, f"'{name}' is not a query method{meant}", _KNOWN)


def is_module(node: ast.expr) -> bool:
    """Whether the name is `numpy` or `math`; their functions can also be called unqualified."""
    return isinstance(node, ast.Name) and node.id in ("np", "numpy", "math")


def _renamed(item: ast.Lambda, depth: int) -> ast.Lambda:
    """The lambda with arguments named by their depth."""
    return _Renamed(depth).visit(ast.parse(ast.unparse(item), mode="eval").body)  # type: ignore[no-any-return]


class _Renamed(ast.NodeTransformer):
    """Renames arguments by the depth of their lambda."""

    def __init__(self, depth: int):
        self._names: list[tuple[str, str]] = []
        self._depth = depth

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        own, new = node.args.args[0].arg, f"x{self._depth + len(self._names)}"
        self._names.append((own, new))
        body = self.visit(node.body)
        self._names.pop()
        return ast.Lambda(ast.arguments([], [ast.arg(new)], None, [], [], None, []), body)

    def visit_Call(self, node: ast.Call) -> ast.Call:
        # A function is not renamed if an argument has the same name.
        func = node.func if isinstance(node.func, ast.Name) else self.visit(node.func)
        return ast.Call(func, [self.visit(item) for item in node.args], [])

    def visit_Name(self, node: ast.Name) -> ast.Name:
        found = next((new for own, new in reversed(self._names) if own == node.id), node.id)
        return ast.Name(found, node.ctx)
