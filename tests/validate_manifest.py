"""Check an app manifest against Slack's published JSON schema.

Usage: validate_manifest.py MANIFEST SCHEMA. The schema is Slack's own file and stays where it is; CI hands
its path over. Exit code 1 names every place the schema objects to, 2 says which file is not there.
"""

import json
import sys
from pathlib import Path

import yaml
from jsonschema import Draft7Validator


def objections(manifest: Path, schema: Path) -> list[str]:
    """Return what the schema says against the manifest, as `path: reason` lines; empty when it fits."""
    rules = Draft7Validator(json.loads(schema.read_text()))
    errors = sorted(rules.iter_errors(yaml.safe_load(manifest.read_text())), key=lambda error: error.json_path)
    return [f"{error.json_path}: {error.message}" for error in errors]


def main(manifest: Path, schema: Path) -> int:
    for file in (manifest, schema):
        if not file.is_file():
            print(f"{file} is not there.", file=sys.stderr)
            return 2
    found = objections(manifest, schema)
    for line in found:
        print(line)
    print(f"{manifest} {'does not fit' if found else 'fits'} Slack's schema.")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
