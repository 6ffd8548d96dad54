"""What one message costs before it is safe: CPU of the write at load, on both databases (D1)."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import services
from tests.bench import machine
from tests.bench.bench import Bench
from tests.bench.servers import ROOT, environment


def durable(bench: Bench) -> None:
    """Run the write in a process of its own, on the server's core."""
    if bench.wants("D1", "D1s"):
        for _ in bench.each_round("durable write on SQLite"):
            _once(bench, "", ("D1", "D1s"))
    if bench.wants("D1p", "D1t"):
        _, core = machine.cores()
        with machine.on_core(core), services.postgres(fsync=True) as database:
            for _ in bench.each_round("durable write on PostgreSQL"):
                _once(bench, database, ("D1p", "D1t"))


def _once(bench: Bench, database: str, names: tuple[str, str]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="moi-bench-"))
    words = [sys.executable, "-m", "tests.bench.write", str(bench.size(3000, 400))]
    core, _ = machine.cores()
    try:
        with machine.on_core(core):
            made = subprocess.run(words, cwd=ROOT, env=environment(folder, database), capture_output=True, text=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if made.returncode:
        raise RuntimeError(made.stderr[-2000:])
    told = json.loads(made.stdout)
    bench.say(f"   {told['stage']:.0f} µs to write, {told['send']:.0f} µs for the whole of `send`")
    bench.findings.found(names[0], told["stage"])
    bench.findings.found(names[1], told["send"])
