"""Takes addresses apart with the package usaddress, one JSON text a line; an object of parts a line comes back.

The first line says what this is, or that the package is not here.
Where the model finds one part twice, the line is null.
"""

import importlib.metadata
import json
import sys

try:
    import usaddress
except ImportError as error:
    print(json.dumps({"missing": str(error)}), flush=True)
    sys.exit(0)

print(json.dumps({"parser": f"usaddress {importlib.metadata.version('usaddress')}"}), flush=True)
for line in sys.stdin:
    try:
        parts, _ = usaddress.tag(json.loads(line))
    except usaddress.RepeatedLabelError:
        parts = None
    print(json.dumps(parts), flush=True)
