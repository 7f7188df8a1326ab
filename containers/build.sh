#!/usr/bin/env bash
# Build the image of the rules, the same bytes each time, and print its id.
#     containers/build.sh NAME [--with-snakemake] [OPTIONS OF podman build]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
name=${1:?usage: containers/build.sh NAME [--with-snakemake] [OPTIONS OF podman build]}
shift
groups=()
if [[ ${1:-} == --with-snakemake ]]; then
    groups=(--group workflow)
    shift
    set -- --build-arg SOURCES=connection-pool "$@"
fi

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
uv export --quiet --locked --no-default-groups "${groups[@]}" --no-emit-project --no-header --no-annotate --output-file "$context/requirements.txt"

# One time for all files; no history, which would hold the names of intermediate images; no label of the podman that built it.
podman build --no-cache --layers=false --omit-history --timestamp 315532800 --identity-label=false \
    --file containers/Containerfile --tag "$name" "$@" "$context" >&2
podman image inspect --format '{{.Id}}' "$name"
