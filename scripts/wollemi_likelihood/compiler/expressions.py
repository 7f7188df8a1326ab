"""Translate the expressions of kernels; see `kernels`."""

from __future__ import annotations

import ast
import builtins
import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

from wollemi_likelihood.compiler.types import ELEMENTS, is_record, record_fields, signature

BIT = ir.IntType(1)
INTEGER = ir.IntType(64)
DOUBLE = ir.DoubleType()
POINTER = ir.PointerType()
SCALARS = {int: INTEGER, float: DOUBLE, bool: BIT, type(None): ir.VoidType()}
FUNCTIONS = (math.exp, math.log, math.log1p, math.sqrt)
_INTRINSIC = {math.sqrt: "llvm.sqrt.f64", abs: "llvm.fabs.f64"}
_ARITHMETIC = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}
_ORDER = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
# Allow one instruction for a multiplication and an addition.
FUSED = ("contract",)
ANY_ORDER = ("contract", "reassoc", "nsz")


def llvm_type(kind: Any) -> Any:
    """LLVM type of a Python type."""
    return SCALARS.get(kind, POINTER)


class Value:
    """An LLVM value with its Python type."""

    def __init__(self, kind: Any, value: Any):
        self.kind, self.value = kind, value


class Module:
    """LLVM functions by kernel; bodies are translated last.

    Args:
        translate_body: Function that translates the body of a kernel.
    """

    def __init__(self, translate_body: Callable[[Module, Callable[..., Any]], None]) -> None:
        self._translate = translate_body
        self.ir = ir.Module("kernels")
        self._functions: dict[Callable[..., Any], Any] = {}
        self._waiting: list[Callable[..., Any]] = []

    def function(self, kernel: Callable[..., Any]) -> Any:
        """LLVM function of a kernel."""
        if kernel not in self._functions:
            _, kinds, result = signature(kernel)
            kind = ir.FunctionType(SCALARS[result], [llvm_type(k) for k in kinds])
            function = ir.Function(self.ir, kind, kernel.__name__)
            function.linkage = "internal"
            for argument, python in zip(function.args, kinds, strict=True):
                if python in ELEMENTS:
                    argument.add_attribute("noalias")
            self._functions[kernel] = function
            self._waiting.append(kernel)
        return self._functions[kernel]

    def external(self, name: str) -> Any:
        """A function of one number from the C library, or an LLVM instruction."""
        known = self.ir.globals.get(name)
        return known or ir.Function(self.ir, ir.FunctionType(DOUBLE, [DOUBLE]), name)

    def finish(self) -> None:
        """Translate all bodies."""
        while self._waiting:
            kernel = self._waiting.pop()
            self._translate(self, kernel)


class Expressions:
    """Variables and expressions of one kernel.

    Args:
        module: Module that contains the function.
        kernel: Kernel to translate.
    """

    def __init__(self, module: Module, kernel: Callable[..., Any]):
        self.module, self.kernel = module, kernel
        self.function = module.function(kernel)
        self.builder = ir.IRBuilder(self.function.append_basic_block())
        self.variables: dict[str, Value] = {}
        self.records: dict[str, tuple[type, Any]] = {}
        self.fields: dict[tuple[str, str], Value] = {}
        names, kinds, self.result = signature(kernel)
        for name, kind, argument in zip(names, kinds, self.function.args, strict=True):
            if is_record(kind):
                self.records[name] = kind, argument
            else:
                self.assign(name, Value(kind, argument))

    def refuse(self, node: ast.AST) -> TypeError:
        """Error for syntax outside the kernel language."""
        return TypeError(f"{self.kernel.__name__}: a kernel cannot have {ast.unparse(node)!r}")

    def memory(self, kind: Any) -> Any:
        """Memory in the frame of the function, which LLVM turns into registers."""
        with self.builder.goto_entry_block():
            return self.builder.alloca(kind)

    def assign(self, name: str, value: Value) -> None:
        """Assign a value to a name, which keeps its first type."""
        if name not in self.variables:
            self.variables[name] = Value(value.kind, self.memory(llvm_type(value.kind)))
        variable = self.variables[name]
        self.builder.store(self.converted(value, variable.kind), variable.value)

    def read(self, node: ast.Name) -> Value:
        """A variable, a record, or a constant of the kernel's module."""
        if node.id in self.records:
            return Value(*self.records[node.id])
        if node.id in self.variables:
            variable = self.variables[node.id]
            loaded = self.builder.load(variable.value, typ=llvm_type(variable.kind))
            return Value(variable.kind, loaded)
        constant = self.kernel.__globals__.get(node.id)
        if type(constant) not in (int, float):
            raise self.refuse(node)
        return Value(type(constant), ir.Constant(llvm_type(type(constant)), constant))

    def element(self, node: ast.Subscript) -> tuple[Any, Any]:
        """Type and address of an element of an array."""
        array, index = self.expression(node.value), self.expression(node.slice)
        if array.kind not in ELEMENTS or index.kind is not int:
            raise self.refuse(node)
        kind = ELEMENTS[array.kind]
        return kind, self.builder.gep(array.value, [index.value], source_etype=llvm_type(kind))

    def expression(self, node: ast.expr) -> Value:
        """Translate an expression."""
        name = f"expression_{type(node).__name__.lower()}"
        if not hasattr(self, name):
            raise self.refuse(node)
        return getattr(self, name)(node)  # type: ignore[no-any-return]

    def condition(self, node: ast.expr) -> Any:
        """LLVM truth value of an expression."""
        value = self.expression(node)
        if value.kind is not bool:
            raise self.refuse(node)
        return value.value

    def converted(self, value: Value, kind: Any) -> Any:
        """LLVM value as another type: integers may become floats."""
        if value.kind is int and kind is float:
            return self.builder.sitofp(value.value, DOUBLE)
        if value.kind != kind:
            raise TypeError(f"{self.kernel.__name__}: {value.kind} is not {kind}")
        return value.value

    def expression_name(self, node: ast.Name) -> Value:
        """A variable or constant."""
        return self.read(node)

    def expression_constant(self, node: ast.Constant) -> Value:
        """A number or truth value."""
        if type(node.value) not in (int, float, bool):
            raise self.refuse(node)
        return Value(type(node.value), ir.Constant(llvm_type(type(node.value)), node.value))

    def expression_attribute(self, node: ast.Attribute) -> Value:
        """A field of a record argument."""
        if not (isinstance(node.value, ast.Name) and node.value.id in self.records):
            raise self.refuse(node)
        key = node.value.id, node.attr
        if key not in self.fields:
            self.fields[key] = self.load_field(*self.records[node.value.id], node.attr)
        return self.fields[key]

    def load_field(self, kind: type, record: Any, name: str) -> Value:
        """Load an 8-byte slot of a record at the beginning of the function."""
        fields = record_fields(kind)
        place = ir.Constant(INTEGER, list(fields).index(name))
        entry = self.function.entry_basic_block
        with self.builder.goto_block(entry):
            self.builder.position_at_start(entry)
            address = self.builder.gep(record, [place], source_etype=INTEGER)
            return Value(fields[name], self.builder.load(address, typ=llvm_type(fields[name])))

    def expression_subscript(self, node: ast.Subscript) -> Value:
        """An element `x[i]`, or the rest of an array `x[i:]`."""
        if isinstance(node.slice, ast.Slice):
            array = self.expression(node.value)
            if node.slice.lower is None or node.slice.upper or node.slice.step:
                raise self.refuse(node)
            start = self.converted(self.expression(node.slice.lower), int)
            kind = llvm_type(ELEMENTS[array.kind])
            return Value(array.kind, self.builder.gep(array.value, [start], source_etype=kind))
        kind, place = self.element(node)
        return Value(kind, self.builder.load(place, typ=llvm_type(kind)))

    def expression_unaryop(self, node: ast.UnaryOp) -> Value:
        """`-x` or `not x`."""
        if isinstance(node.op, ast.Not):
            return Value(bool, self.builder.not_(self.condition(node.operand)))
        operand = self.expression(node.operand)
        if not isinstance(node.op, ast.USub):
            raise self.refuse(node)
        negate = self.builder.fneg if operand.kind is float else self.builder.neg
        return Value(operand.kind, negate(operand.value))

    def expression_binop(self, node: ast.BinOp) -> Value:
        """Arithmetic."""
        left, right = self.expression(node.left), self.expression(node.right)
        return self.arithmetic(node, node.op, left, right, FUSED)

    def arithmetic(
        self,
        node: ast.AST,
        operation: ast.operator,
        left: Value,
        right: Value,
        flags: Sequence[str],
    ) -> Value:
        """`+`, `-` and `*` of numbers, `/` of floats."""
        name = _ARITHMETIC.get(type(operation))
        kind = float if float in (left.kind, right.kind) or name == "div" else int
        if name is None:
            raise self.refuse(node)
        operands = self.converted(left, kind), self.converted(right, kind)
        if kind is float:
            return Value(kind, getattr(self.builder, f"f{name}")(*operands, flags=flags))
        return Value(kind, getattr(self.builder, name)(*operands, flags=("nsw",)))

    def expression_compare(self, node: ast.Compare) -> Value:
        """A single comparison of numbers."""
        if len(node.ops) != 1 or type(node.ops[0]) not in _ORDER:
            raise self.refuse(node)
        left, right = self.expression(node.left), self.expression(node.comparators[0])
        return Value(bool, self.compare(_ORDER[type(node.ops[0])], left, right))

    def compare(self, order: str, left: Value, right: Value) -> Any:
        """Compare as in Python: comparisons with NaN are false, except `!=`."""
        if float not in (left.kind, right.kind):
            return self.builder.icmp_signed(order, left.value, right.value)
        operands = self.converted(left, float), self.converted(right, float)
        if order == "!=":
            return self.builder.fcmp_unordered(order, *operands)
        return self.builder.fcmp_ordered(order, *operands)

    def expression_boolop(self, node: ast.BoolOp) -> Value:
        """`and` and `or`, with short-circuit evaluation."""
        first, *others = node.values
        place = self.memory(BIT)
        self.builder.store(self.condition(first), place)
        for other in others:
            so_far = self.builder.load(place, typ=BIT)
            undecided = so_far if isinstance(node.op, ast.And) else self.builder.not_(so_far)
            with self.builder.if_then(undecided):
                self.builder.store(self.condition(other), place)
        return Value(bool, self.builder.load(place, typ=BIT))

    def expression_ifexp(self, node: ast.IfExp) -> Value:
        """`a if b else c`; only one branch is evaluated."""
        condition = self.condition(node.test)
        with self.builder.if_else(condition) as (then, otherwise):
            with then:
                first = self.expression(node.body)
                place = self.memory(llvm_type(first.kind))
                self.builder.store(first.value, place)
            with otherwise:
                second = self.expression(node.orelse)
                self.builder.store(self.converted(second, first.kind), place)
        return Value(first.kind, self.builder.load(place, typ=llvm_type(first.kind)))

    def expression_call(self, node: ast.Call) -> Value:
        """A call of a kernel or of a numeric function."""
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise self.refuse(node)
        called = self.kernel.__globals__.get(node.func.id) or getattr(builtins, node.func.id, None)
        arguments = [self.expression(argument) for argument in node.args]
        if called in (min, max):
            return self.choose(called, *arguments)
        if called in (float, bool):
            return Value(called, self.converted(arguments[0], called))
        if called is abs or called in FUNCTIONS:
            name = _INTRINSIC.get(called, called.__name__)
            operand = self.converted(arguments[0], float)
            return Value(float, self.builder.call(self.module.external(name), [operand]))
        if not inspect.isfunction(called):
            raise self.refuse(node)
        _, kinds, result = signature(called)
        values = [self.converted(a, kind) for a, kind in zip(arguments, kinds, strict=True)]
        return Value(result, self.builder.call(self.module.function(called), values))

    def choose(self, called: Any, left: Value, right: Value) -> Value:
        """`min` or `max` of two numbers: the first one unless the second one is beyond it."""
        kind = float if float in (left.kind, right.kind) else int
        first, second = (Value(kind, self.converted(value, kind)) for value in (left, right))
        beyond = self.compare("<" if called is min else ">", second, first)
        return Value(kind, self.builder.select(beyond, second.value, first.value))
