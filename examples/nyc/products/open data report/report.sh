#!/bin/sh
# Lists what this project can ingest, as the whole of a product that has no recipe.
set -eu
templates=$(ls ../../ingest_templates/*.yml)
{
  echo "# Open data report $VERSION"
  echo
  echo "This project ingests $(echo "$templates" | wc -l | tr -d ' ') sources:"
  echo
  for template in $templates; do
    echo "- $(sed -n 's/^  name: //p' "$template" | head -n 1)"
  done
} > "$BUILD_OUTPUT_DIR/report.md"
echo "wrote report.md"
