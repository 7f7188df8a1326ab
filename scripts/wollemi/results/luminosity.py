"""`luminosity.json`: the luminosity of certified blocks."""

from collections.abc import Mapping

from pydantic import Field

from wollemi.results.product import OF_SUMS, Part, Product


class MeasuredLuminosity(Part):
    """The luminosity of the certified blocks of an era."""

    luminosity_ifb: float = Field(description="recorded, in fb⁻¹")
    certified_blocks: int = Field(description="luminosity blocks that are certified")
    blocks_without_luminosity: int = Field(description="blocks that are missing in the table")
    declared_ifb: float | None = Field(
        description="luminosity in the analysis file, in fb⁻¹; null: none"
    )


class LuminosityFile(Product):
    """The luminosities of an analysis."""

    place = "luminosity.json"
    about = "luminosity of certified blocks"
    word = "luminosity"
    tolerances = (OF_SUMS,)

    luminosity_ifb: tuple[tuple[str, float], ...] = Field(
        description=(
            "era and luminosity that is used, in fb⁻¹, in the order of the analysis; one with "
            "an empty name: no eras"
        )
    )
    eras: Mapping[str, MeasuredLuminosity] = Field(description="era → its luminosity")
