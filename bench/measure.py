"""Runs a command and says what it took: measure.py COMMAND...  ->  {"wall", "cpu", "peak_mb", "code"} on stdout."""

import json
import resource
import subprocess
import sys
import time

started = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
wall = time.perf_counter() - started
used = resource.getrusage(resource.RUSAGE_CHILDREN)
if code.returncode:
    sys.stderr.write(code.stderr.decode(errors="replace")[-2000:])
# Linux gives kilobytes, macOS bytes.
peak = used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
json.dump({"wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak_mb": peak, "code": code.returncode}, sys.stdout)
