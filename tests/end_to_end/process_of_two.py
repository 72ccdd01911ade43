"""Makes this process one of two that train together, before anything runs: SCRIPT.py PLACE PORT PORT."""

import json
import os
import sys

PLACE, *PORTS = map(int, sys.argv[1:])
WORKERS = [f"127.0.0.1:{port}" for port in PORTS]
os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": WORKERS}, "task": {"type": "worker", "index": PLACE}})
