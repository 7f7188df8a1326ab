import pytest

from wollemi.archive.writing.images import image_properties

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (
            "docker://images.org/owner/name:0.1.0",
            {"registry": "images.org", "name": "owner/name", "tag": "0.1.0"},
        ),
        (
            f"docker://images.org/owner/name@sha256:{DIGEST}",
            {"registry": "images.org", "name": "owner/name", "sha256": DIGEST},
        ),
        (
            f"docker://host:5000/name:1@sha256:{DIGEST}",
            {"registry": "host:5000", "name": "name", "tag": "1", "sha256": DIGEST},
        ),
        ("docker://localhost/name:1", {"registry": "localhost", "name": "name", "tag": "1"}),
        ("docker://debian:13", {"registry": "docker.io", "name": "debian", "tag": "13"}),
        ("docker://owner/name", {"registry": "docker.io", "name": "owner/name"}),
        ("containers/wollemi.sif", {"name": "wollemi.sif"}),
    ],
)
def test_what_a_reference_tells(reference, expected):
    properties = image_properties(reference)
    assert properties.pop("@type") == "ContainerImage"
    kind = properties.pop("additionalType")["@id"].partition("#")[2]
    assert kind == ("DockerImage" if reference.startswith("docker://") else "SIFImage")
    assert properties == expected
