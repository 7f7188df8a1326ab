import time

import pytest

from wollemi_interactive.queries.syntax import parse_query
from wollemi_likelihood.base.errors import WollemiError

SELECT = ".Select(lambda e: e.MET_pt)"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("EventDataset().Select(lambda e: )", "is not a Python expression (invalid syntax)"),
        ("select the electrons", "is not a Python expression"),
        ("Events()" + SELECT, "does not begin with EventDataset()"),
        ("EventDataset().Selectt(lambda e: e.x)", "did you mean 'Select'?"),
        ("EventDataset()" + SELECT + ".AsAwkwardArray()", "is nothing that events have"),
        ("EventDataset()", "does not say what to take"),
        ("EventDataset().Where(lambda e: e.x > 0)", "does not say what to take"),
        ("EventDataset().Select(e)", "needs a lambda with one argument"),
        ("EventDataset().Select(lambda e, f: e.x)", "needs a lambda with one argument"),
        ("EventDataset().Select(lambda e: e.x.Where(30))", "needs a lambda with one argument"),
        ("EventDataset().Select(lambda e: [j for j in e.x])", "is a comprehension"),
        ("EventDataset().Select(lambda e: open('f'))", "'open' is not a query function"),
        ("EventDataset().Select(lambda e: np.sqr(e.x))", "did you mean 'sqrt'?"),
        ("EventDataset().Select(lambda e: np.load('f'))", "'load' is not a query function"),
        ("EventDataset().Select(lambda e: e.x.system(e.y))", "'system' is not a query method"),
        ("EventDataset().Select(lambda e: e.Electrons('Electrons'))", "is a collection of xAOD"),
        ("EventDataset().Select(lambda e: e.x.Choose())", "Choose needs one argument"),
        ("EventDataset().Select(lambda e: {1: e.x})", "has a key that is not a string"),
        ("EventDataset().Select(lambda e: e.x in e.y)", "cannot be used in a query"),
        ("EventDataset().Select(lambda e: (x := e.x))", "cannot be used in a query"),
        ("EventDataset().Select(lambda e: {'x': e.x, 'x': e.y})", "has 'x' twice"),
        ("EventDataset().Select(lambda e: sum(e.x, 0))", "sum needs 1 argument, and has 2"),
        ("EventDataset().Select(lambda e: len(e.x, 1))", "len needs 1 argument, and has 2"),
        ("EventDataset().Select(lambda e: max())", "max needs 1 argument, and has 0"),
        ("EventDataset().Select(lambda e: np.sqrt(e.x, e.y))", "sqrt needs 1 argument, and has 2"),
        ("EventDataset().Select(lambda e: log(e.x, 10))", "log needs 1 argument, and has 2"),
        ("EventDataset().Select(lambda e: arctan2(e.x))", "arctan2 needs 2 arguments, and has 1"),
        ("EventDataset().Select(lambda e: e.x.Count(lambda p: p > 3))", "Count takes no argument"),
        ("EventDataset().Select(lambda e: e.x.Max(1))", "Max takes no argument"),
        ("EventDataset(tree)" + SELECT, "the name of the tree is not a string"),
        ("EventDataset(tree='mini')" + SELECT, "has an argument with a name"),
        ("EventDataset().FromTree(name='mini')" + SELECT, "has an argument with a name"),
    ],
)
def test_what_is_no_query(text, problem):
    with pytest.raises(WollemiError) as error:
        parse_query(text)
    assert problem in f"{error.value.problem}"
    assert error.value.where.startswith("query, line 1")


def test_a_syntax_error_is_shown_with_its_line():
    with pytest.raises(WollemiError) as error:
        parse_query("EventDataset()\n.Select(lambda e: e.x + )\n.First()")
    assert error.value.where == "query, line 2"
    assert error.value.problem.endswith(": .Select(lambda e: e.x + )")


def test_a_line_is_named():
    text = "# electrons\nEventDataset()\n.Select(lambda e: e.x.Wherre(lambda p: p > 0))"
    with pytest.raises(WollemiError, match=r"zee\.py|query, line 3"):
        parse_query(text, "zee.py")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("EventDataset()", ""),
        ("EventDataset('mini')", "mini"),
        ("EventDataset('file.root', 'mini')", "mini"),
        ("EventDataset().FromTree('mini')", "mini"),
    ],
)
def test_the_tree(text, tree):
    assert parse_query(text + SELECT).tree == tree


def test_one_digest_for_one_question():
    digest = parse_query("EventDataset().Select(lambda e: e.x.Where(lambda p: p > e.y))").digest
    same = "# x\nEventDataset()\n .Select(lambda event: (event.x).Where(lambda q: q>event.y))"
    assert parse_query(same).digest == digest
    for other in (
        "EventDataset().Select(lambda e: e.x.Where(lambda p: p > p))",
        "EventDataset().Select(lambda e: e.x.Where(lambda p: p >= e.y))",
        "EventDataset('t').Select(lambda e: e.x.Where(lambda p: p > e.y))",
    ):
        assert parse_query(other).digest != digest


@pytest.mark.parametrize("names", [("abs", "sqrt"), ("sum", "max"), ("len", "any")])
def test_functions_tell_questions_apart(names):
    """Also where an argument has the name of a function."""
    texts = [f"EventDataset().Select(lambda {name}: {name}({name}.x))" for name in names]
    plain = [f"EventDataset().Select(lambda e: {name}(e.x))" for name in names]
    digests = [parse_query(text).digest for text in (*texts, *plain)]
    assert digests[:2] == digests[2:]
    assert len({*digests}) == 2


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9",
        "(9 // 1)**(9 // 1)**(9 // 1)",
        "9" * 3000,
        "9" * 5000,
        "0x" + "f" * 3000,
        "1e400",
        "1 / 0",
        "+".join(["e.x"] * 3000),
        "-" * 3000 + "e.x",
        "(" * 300 + "e.x" + ")" * 300,
        "e" + ".x" * 500,
        "abs(" * 150 + "e.x" + ")" * 150,
        "e.x" + ".Select(lambda p: p)" * 200,
        "e.x\x00",
    ],
    ids=lambda text: text[:12].replace("\x00", "0"),
)
@pytest.mark.parametrize("query", ["EventDataset().Select(lambda e: {})", "{}"])
def test_no_query_is_a_bomb(query, text):
    began = time.process_time()
    with pytest.raises(WollemiError) as caught:
        parse_query(query.format(text))
    assert time.process_time() - began < 2
    assert len(str(caught.value)) < 600
