"""Translate numerical Python functions (kernels) to LLVM.

A kernel is a function of numbers and one-dimensional arrays. Plain Python executes it as well, only
slowly: tests compare both. The language contains the syntax that array loops need:

- types, by annotation: `int` (64 bits), `float`, `bool`, `Reals` and `Integers` (arrays), and
  records: classes with annotated fields of these types, which do not change during a call;
- `=` and `+=` to names and elements, `if`, `while`, `for i in range(...)`, `break`, `return`;
- arithmetic, comparisons, `and`, `or`, `not`, `a if b else c`, elements `x[i]` and the rest of an
  array `x[i:]`, calls of other kernels, `min` and `max` of two numbers, `abs`, `float`, `bool` and
  the functions of `math` in `expressions.FUNCTIONS`.

As in Fortran, array arguments of a call must not overlap if one of them is written.
Sums into a name (`total += ...`) may be evaluated in another order, which is the same in each call,
so that LLVM can use vectors. Array bounds are not checked.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

from wollemi_likelihood.compiler.expressions import (
    ANY_ORDER,
    FUSED,
    INTEGER,
    Expressions,
    Module,
    Value,
    llvm_type,
)


def translate(functions: Sequence[Callable[..., Any]]) -> str:
    """Translate kernels, and all kernels that they call, to LLVM.

    Args:
        functions: Kernels called from outside, by their names.

    Raises:
        TypeError: A kernel uses syntax outside the language.
    """
    module = Module(_translate_body)
    for function in functions:
        module.function(function).linkage = "external"
    module.finish()
    return str(module.ir)


def _translate_body(module: Module, kernel: Callable[..., Any]) -> None:
    Body(module, kernel).translate()


class Body(Expressions):
    """Translates the body of one kernel."""

    def __init__(self, module: Module, kernel: Callable[..., Any]):
        super().__init__(module, kernel)
        self.after_loop: list[Any] = []

    def translate(self) -> None:
        """Emit all statements."""
        tree = ast.parse(textwrap.dedent(inspect.getsource(self.kernel))).body[0]
        if not isinstance(tree, ast.FunctionDef):
            raise self.refuse(tree)
        if any(isinstance(node, ast.For | ast.While) for node in ast.walk(tree)):
            # Inlined loops take long to compile, and a call is cheap compared with a loop.
            self.function.attributes.add("noinline")
        self.block(tree.body)
        if not self.builder.block.is_terminated:
            if self.result is type(None):
                self.builder.ret_void()
            else:
                self.builder.unreachable()

    def block(self, statements: Sequence[ast.stmt]) -> None:
        """Translate statements; statements after a `return` or `break` are never reached."""
        for statement in statements:
            if self.builder.block.is_terminated:
                return
            name = f"statement_{type(statement).__name__.lower()}"
            if not hasattr(self, name):
                raise self.refuse(statement)
            getattr(self, name)(statement)

    def statement_expr(self, node: ast.Expr) -> None:
        """A docstring or a call."""
        if not isinstance(node.value, ast.Constant):
            self.expression(node.value)

    def statement_pass(self, node: ast.Pass) -> None:
        """Nothing."""

    def statement_assign(self, node: ast.Assign) -> None:
        """`name = value`, or `array[index] = value`."""
        target, *others = node.targets
        if others:
            raise self.refuse(node)
        value = self.expression(node.value)
        if isinstance(target, ast.Name):
            self.assign(target.id, value)
        elif isinstance(target, ast.Subscript):
            kind, place = self.element(target)
            self.builder.store(self.converted(value, kind), place)
        else:
            raise self.refuse(node)

    def statement_augassign(self, node: ast.AugAssign) -> None:
        """`name += value` in any order, or `array[index] += value`."""
        value = self.expression(node.value)
        if isinstance(node.target, ast.Name):
            total = self.read(node.target)
            result = self.arithmetic(node, node.op, total, value, ANY_ORDER)
            self.assign(node.target.id, result)
        elif isinstance(node.target, ast.Subscript):
            kind, place = self.element(node.target)
            old = Value(kind, self.builder.load(place, typ=llvm_type(kind)))
            result = self.arithmetic(node, node.op, old, value, FUSED)
            self.builder.store(self.converted(result, kind), place)
        else:
            raise self.refuse(node)

    def statement_return(self, node: ast.Return) -> None:
        """Leave the kernel."""
        if node.value is None:
            self.builder.ret_void()
        else:
            self.builder.ret(self.converted(self.expression(node.value), self.result))

    def statement_break(self, node: ast.Break) -> None:
        """Leave the innermost loop."""
        self.builder.branch(self.after_loop[-1])

    def statement_if(self, node: ast.If) -> None:
        """An `if` with its two branches."""
        condition = self.condition(node.test)
        with self.builder.if_else(condition) as (then, otherwise):
            with then:
                self.block(node.body)
            with otherwise:
                self.block(node.orelse)

    def statement_while(self, node: ast.While) -> None:
        """A loop with a condition."""
        header, body, after = (self.builder.append_basic_block() for _ in range(3))
        self.builder.branch(header)
        self.builder.position_at_end(header)
        self.builder.cbranch(self.condition(node.test), body, after)
        self.builder.position_at_end(body)
        self.loop_body(node.body, header, after)

    def statement_for(self, node: ast.For) -> None:
        """A loop over `range(stop)`, `range(start, stop)` or with a positive step."""
        call = node.iter
        if not (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id == "range"
            and isinstance(node.target, ast.Name)
        ):
            raise self.refuse(node)
        bounds = [self.converted(self.expression(bound), int) for bound in call.args]
        start = bounds[0] if len(bounds) > 1 else ir.Constant(INTEGER, 0)
        stop = bounds[min(1, len(bounds) - 1)]
        step = bounds[2] if len(bounds) > 2 else ir.Constant(INTEGER, 1)
        counter = self.memory(INTEGER)
        self.builder.store(start, counter)
        header, body, advance, after = (self.builder.append_basic_block() for _ in range(4))
        self.builder.branch(header)
        self.builder.position_at_end(header)
        index = self.builder.load(counter, typ=INTEGER)
        self.builder.cbranch(self.builder.icmp_signed("<", index, stop), body, after)
        self.builder.position_at_end(advance)
        following = self.builder.add(self.builder.load(counter, typ=INTEGER), step, flags=("nsw",))
        self.builder.store(following, counter)
        self.builder.branch(header)
        self.builder.position_at_end(body)
        self.assign(node.target.id, Value(int, index))
        self.loop_body(node.body, advance, after)

    def loop_body(self, statements: Sequence[ast.stmt], again: Any, after: Any) -> None:
        """Translate the body of a loop and continue after it."""
        self.after_loop.append(after)
        self.block(statements)
        self.after_loop.pop()
        if not self.builder.block.is_terminated:
            self.builder.branch(again)
        self.builder.position_at_end(after)
