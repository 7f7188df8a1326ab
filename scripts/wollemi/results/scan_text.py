"""A profile likelihood scan as text."""

from collections.abc import Callable, Mapping

from wollemi.base.rounding import significant, with_decimals
from wollemi.results.parameter_text import NOTHING, sides_text
from wollemi.results.scans import BriefProfile, Interval


def estimates_text(profile: BriefProfile) -> str:
    """Best fit of a scan: for one parameter with its errors, `0.88 +0.43 −0.37`; for two `(0.88,
    0.12)`.
    """
    if len(profile.estimates) > 1:
        # Without errors: more decimals than a factor or a pull is known to.
        return f"({', '.join(with_decimals(value, 3) for value in profile.estimates)})"
    (estimate,), ends = profile.estimates, profile.one_sigma
    down = None if ends is None or ends.lower is None else estimate - ends.lower
    up = None if ends is None or ends.upper is None else ends.upper - estimate
    return sides_text(estimate, down, up)


def asimov_text(asimov: Mapping[str, float] | None, label: Callable[[str], str] = str) -> str:
    """Asimov data of expected results in words: `a signal strength of 1`, or `mu_ggf = 1, mu_vbf =
    0`.

    Args:
        asimov: Parameter → value.
        label: Function from a parameter to its label.
    """
    if not asimov:
        return "a signal strength of 1"
    if set(asimov.values()) == {1.0}:
        return "all signal strengths 1"
    return ", ".join(f"{label(name)} = {value:g}" for name, value in asimov.items())


def interval_text(interval: Interval | None) -> str:
    """An interval, `[0.12, 1.98]`; an end is a dash if a bound comes first."""
    if interval is None:
        return NOTHING
    ends = (interval.lower, interval.upper)
    return f"[{', '.join(NOTHING if end is None else significant(end) for end in ends)}]"
