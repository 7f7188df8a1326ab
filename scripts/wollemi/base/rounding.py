"""Numbers in the usual format: two significant digits for an error, and the same number of decimals
for its value.
"""

import math

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def decimals_for(error: float, digits: int = 2) -> int:
    """Number of decimals that shows an error with the given significant digits; negative to round
    to tens, hundreds and so on.
    """
    if not (math.isfinite(error) and error > 0):
        return digits
    exponent = math.floor(math.log10(error))
    # 0.0996 with two digits is 0.10, not 0.100.
    if round(error, digits - 1 - exponent) >= 10.0 ** (exponent + 1):
        exponent += 1
    return digits - 1 - exponent


def with_decimals(value: float, decimals: int) -> str:
    """A number with a fixed number of decimals, a thousands separator, a real minus sign, and no
    negative zero.
    """
    rounded = round(value, decimals) + 0.0
    return f"{rounded:,.{max(decimals, 0)}f}".replace("-", "−")


def percent(share: float, decimals: int = 1, sign: bool = False) -> str:
    """A fraction in percent, `18.3 %`, optionally with its sign, `+18.3 %`."""
    text = f"{with_decimals(100 * share, decimals)} %"
    return f"+{text}" if sign and not text.startswith("−") else text


def significant(value: float, digits: int = 3) -> str:
    """A number with significant digits: `1.65`, `0.998`, `37,183` (all digits before the point are
    kept), `3.00×10⁻⁶`.
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if not 1e-4 <= abs(value) < 1e9:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa.replace('-', '−')}×10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    return with_decimals(value, max(decimals_for(abs(value), digits), 0))


def with_error(value: float, error: float) -> str:
    """A value and its symmetric error: `0.88 ± 0.40`, `1.20×10⁻⁵ ± 3.0×10⁻⁶`."""
    if 0 < abs(value) < 1e-4 and 0 < error < 1e-4:
        return f"{significant(value)} ± {significant(error, 2)}"
    decimals = decimals_for(error)
    return f"{with_decimals(value, decimals)} ± {with_decimals(error, decimals)}"


def with_errors(value: float, up: float, down: float) -> str:
    """A value with its up and down errors, both positive: `0.88 +0.43 −0.37`."""
    decimals = decimals_for(min(up, down))
    return (
        f"{with_decimals(value, decimals)} +{with_decimals(up, decimals)} "
        f"−{with_decimals(down, decimals)}"
    )


def significant_float(value: float, digits: int = 6) -> float:
    """A number rounded to significant digits for published products: later digits of fits differ
    between machines.
    """
    return float(f"{value:.{digits}g}")
