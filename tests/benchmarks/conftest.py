"""The benchmarks are scripts of their own folder; what their parts do is imported from there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
