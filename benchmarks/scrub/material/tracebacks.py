"""Tracebacks as this interpreter prints them: snippets that fail, run for real, deep and chained ones among them."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.scrub.material.code import File

_SNIPPETS = {
    "json": "import json; json.loads('{\"key\": [1, 2, }')",
    "key": "import os; os.environ['NO_SUCH_TOKEN']",
    "recursion": "def f(password=None): f(password)\nf()",
    "regular expression": "import re; re.compile('(' * 20 + '[a-z')",
    "file": "open('no/such/file/of/mine.txt')",
    "chained": "try:\n    int('12ab')\nexcept ValueError as e:\n    raise RuntimeError('token could not be read') from e",
    "while handling": "try:\n    {}['secret']\nexcept KeyError:\n    [][1]",
    "import": "import no_such_module.inner",
    "type": "import email.message; email.message.EmailMessage().add_header(1, 2, 3, 4)",
    "attribute": "import http.client as c; c.HTTPSConnection('localhost').passwrd",
    "address": "import ipaddress; ipaddress.ip_address('1.2.3')",
    "date": "import datetime; datetime.datetime.fromisoformat('2024-13-45T00:00:00')",
    "decimal": "import decimal; decimal.Decimal('1.2.3')",
    "syntax": "def broken(:\n    pass",
    "indentation": "def f():\npass",
    "unicode": "b'\\xff\\xfe'.decode()",
    "test": "import unittest as u\nclass T(u.TestCase):\n    def test_it(self): self.assertEqual({'a': 1}, {'a': 2})\nu.main(argv=['x'])",
    "group": "raise ExceptionGroup('several', [ValueError(1), KeyError('token')])",
    "process": "import subprocess, sys; subprocess.run([sys.executable, '-c', 'raise SystemExit(3)'], check=True)",
    "configuration": "import configparser; configparser.ConfigParser().read_string('password = x')",
    "xml": "import xml.etree.ElementTree as t; t.fromstring('<a><b></a>')",
    "argument": "import argparse; argparse.ArgumentParser(prog='x', exit_on_error=False).parse_args(['--token'])",
    "asynchronous": "import asyncio\nasync def f():\n    await asyncio.gather(g())\nasync def g():\n    1 / 0\nasyncio.run(f())",
    "pool": "from concurrent.futures import ThreadPoolExecutor as P\nwith P() as p: p.submit(lambda: 1 / 0).result()",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass A:\n    a: list = []",
    "template": "import string; string.Template('$user $').substitute(user=1)",
    "struct": "import struct; struct.unpack('<II', b'123')",
    "queue": "import queue; queue.Queue().get_nowait()",
}


def tracebacks() -> Iterator[File]:
    """What the interpreter wrote to standard error for each snippet."""
    for name, code in _SNIPPETS.items():
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, errors="replace")
        # The interpreter may lie in the home folder of somebody, whose name is rightly replaced.
        yield File(f"traceback: {name}", done.stderr.replace(str(Path.home()), "/root"))
