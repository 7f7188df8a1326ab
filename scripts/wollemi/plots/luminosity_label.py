"""Luminosity and energy as text."""

from collections.abc import Mapping, Sequence


def era_beam(
    energies_tev: float | Sequence[float],
    luminosity_ifb: float | Mapping[str, float] | None,
    era: str | None,
) -> tuple[float | Sequence[float], float | Mapping[str, float] | None]:
    """Energy and luminosity of one era, if they are known by era.

    Args:
        energies_tev: Energy in TeV, or one per era.
        luminosity_ifb: Luminosity in fb⁻¹, or one per era.
        era: Name of the era; None for all of them.
    """
    if era is None or not isinstance(luminosity_ifb, Mapping) or era not in luminosity_ifb:
        return energies_tev, luminosity_ifb
    energies = [energies_tev] if isinstance(energies_tev, int | float) else list(energies_tev)
    # As many energies as eras: both are in the order of the eras.
    if len(energies) == len(luminosity_ifb):
        energies = [energies[list(luminosity_ifb).index(era)]]
    return energies, luminosity_ifb[era]


def era_beam_text(
    energies_tev: float | Sequence[float],
    luminosity_ifb: float | Mapping[str, float] | None,
    era: str | None,
) -> str:
    """Text of `beam_text` for one era, if energy and luminosity are known by era."""
    return beam_text(*era_beam(energies_tev, luminosity_ifb, era))


def beam_text(
    energies_tev: float | Sequence[float], luminosity_ifb: float | Mapping[str, float] | None
) -> str:
    """Luminosity and center-of-mass energy as written above a plot.

    Args:
        energies_tev: Energy in TeV, or one per era.
        luminosity_ifb: Luminosity in fb⁻¹, or one per era.

    Returns:
        Text like `36.1 fb⁻¹ (13 TeV)`, `2.33 fb⁻¹ (7 TeV) + 11.58 fb⁻¹ (8 TeV)`, or `8 TeV`.
    """
    energies = [energies_tev] if isinstance(energies_tev, int | float) else list(energies_tev)
    every = " + ".join(f"{energy:g} TeV" for energy in energies)
    if luminosity_ifb is None:
        return every
    if isinstance(luminosity_ifb, int | float):
        return f"{luminosity_ifb:g} fb⁻¹ ({every})"
    # As many energies as eras: both are in the order of the eras.
    if len(energies) == len(luminosity_ifb):
        pairs = zip(luminosity_ifb.values(), energies, strict=True)
        return " + ".join(f"{luminosity:g} fb⁻¹ ({energy:g} TeV)" for luminosity, energy in pairs)
    return f"{sum(luminosity_ifb.values()):.4g} fb⁻¹ ({every})"
