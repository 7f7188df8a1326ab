"""Random numbers of corrections in compiled code: XXH64 of the inputs seeds a PCG generator, as in
correctionlib.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from wollemi_engine.compiled.code import DOUBLE, INTEGER, Code, double, integer, intrinsic
from wollemi_engine.compiled.correction_formulas import call_library

_PRIMES = (
    0x9E3779B185EBCA87,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0x85EBCA77C2B2AE63,
    0x27D4EB2F165667C5,
)
_MULTIPLIER, _INCREMENT = 6364136223846793005, 1442695040888963407


def emit_random(code: Code, distribution: str, values: Sequence[Any]) -> Any:
    """Emit a random number determined by its inputs.

    Args:
        code: Builder that receives the instructions.
        distribution: Name: `stdflat`, uniform in [0, 1), or `normal`.
        values: LLVM doubles and integers.
    """
    words = [
        value if value.type is INTEGER else code.builder.bitcast(value, INTEGER) for value in values
    ]
    generator = _Generator(code, _hash(code, words))
    return generator.uniform() if distribution == "stdflat" else generator.normal()


def _hash(code: Code, words: Sequence[Any]) -> Any:
    """Emit XXH64 of 64-bit words, seed 0."""
    builder = code.builder
    first, second, _, fourth, fifth = _PRIMES
    result, whole = integer(fifth), len(words) // 4 * 4
    if whole:
        lanes = [integer(start) for start in ((first + second) % 2**64, second, 0, -first)]
        for place, word in enumerate(words[:whole]):
            lanes[place % 4] = _round(code, lanes[place % 4], word)
        turned = zip(lanes, (1, 7, 12, 18), strict=True)
        result = reduce(builder.add, [_turned(code, lane, bits) for lane, bits in turned])
        for lane in lanes:
            result = builder.xor(result, _round(code, integer(0), lane))
            result = builder.add(builder.mul(result, integer(first)), integer(fourth))
    result = builder.add(result, integer(8 * len(words)))
    for word in words[whole:]:
        result = _turned(code, builder.xor(result, _round(code, integer(0), word)), 27)
        result = builder.add(builder.mul(result, integer(first)), integer(fourth))
    for shift, prime in ((33, _PRIMES[1]), (29, _PRIMES[2])):
        result = builder.xor(result, builder.lshr(result, integer(shift)))
        result = builder.mul(result, integer(prime))
    return builder.xor(result, builder.lshr(result, integer(32)))


def _round(code: Code, lane: Any, word: Any) -> Any:
    builder = code.builder
    lane = builder.add(lane, builder.mul(word, integer(_PRIMES[1])))
    return builder.mul(_turned(code, lane, 31), integer(_PRIMES[0]))


def _turned(code: Code, word: Any, bits: int) -> Any:
    builder = code.builder
    return builder.or_(builder.shl(word, integer(bits)), builder.lshr(word, integer(64 - bits)))


class _Generator:
    """PCG with 64 bits of state (`pcg32_oneseq`)."""

    def __init__(self, code: Code, seed: Any):
        self._code = code
        start = code.builder.add(seed, integer(_INCREMENT))
        self._state = code.variable(self._next(start))

    def _next(self, state: Any) -> Any:
        builder = self._code.builder
        return builder.add(builder.mul(state, integer(_MULTIPLIER)), integer(_INCREMENT))

    def _number(self) -> Any:
        """Emit an integer below 2³² as a double."""
        builder, mask = self._code.builder, integer(2**32 - 1)
        state = self._code.get(self._state, INTEGER)
        builder.store(self._next(state), self._state)
        mixed = builder.lshr(builder.xor(builder.lshr(state, integer(18)), state), integer(27))
        mixed, turn = builder.and_(mixed, mask), builder.lshr(state, integer(59))
        left = builder.shl(mixed, builder.and_(builder.sub(integer(32), turn), integer(31)))
        right = builder.lshr(mixed, turn)
        return builder.uitofp(builder.and_(builder.or_(left, right), mask), DOUBLE)

    def uniform(self) -> Any:
        """Emit a uniform number as `std::uniform_real_distribution` does."""
        builder = self._code.builder
        low, high = self._number(), self._number()
        total = builder.fadd(low, builder.fmul(high, double(2.0**32)))
        value = builder.fmul(total, double(2.0**-64))
        below = builder.fcmp_ordered("<", value, double(1))
        return builder.select(below, value, double(1 - 2.0**-53))

    def normal(self) -> Any:
        """Emit a normal number by the polar method; correctionlib uses one of its two numbers."""
        code, builder = self._code, self._code.builder
        again, after = (builder.append_basic_block(name) for name in ("again", "after"))
        builder.branch(again)
        builder.position_at_end(again)
        one, other = (
            builder.fsub(builder.fmul(self._number(), double(2.0**-31)), double(1))
            for _ in range(2)
        )
        size = builder.fadd(builder.fmul(one, one), builder.fmul(other, other))
        outside = builder.fcmp_ordered(">=", size, double(1))
        none = builder.fcmp_ordered("==", size, double(0))
        builder.cbranch(builder.or_(outside, none), again, after)
        builder.position_at_end(after)
        logarithm = builder.fmul(double(-2), call_library(code, "log", [size]))
        return builder.fmul(one, intrinsic(code, "sqrt", builder.fdiv(logarithm, size)))
