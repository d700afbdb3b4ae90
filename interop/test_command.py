"""The command `osisession` against libiec61850: what it finds out, and how it explains what does not go."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from typing import Any

import pytest
from test_libiec61850 import WAIT, server  # noqa: F401 (a fixture)

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pyiec61850") is None, reason="pyiec61850-ng is not installed"
)


def osisession(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and the objects of the output."""
    command = [sys.executable, "-m", "osisession", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_probe_names_the_stack(server: str) -> None:  # noqa: F811
    code, objects = osisession("probe", "--delay", "10ms", "-w", "5s", server)
    assert code == 0
    stack = next(found for found in objects if found["type"] == "stack")
    assert (stack["name"], stack["certainty"]) == ("libiec61850", "likely")
    assert stack["against"] == []
    versions = {found["proposed"]: found["answer"] for found in objects if found.get("question") == "version"}
    assert versions == {"1 and 2": "transport-only", "2": "accepted", "1": "transport-only"}


def test_ping_says_why_it_does_not_connect(server: str) -> None:  # noqa: F811
    code, (first, _) = osisession("ping", "-c", "1", server)
    assert code == 1
    assert first["diagnosis"]["cause"] == "closed-instead-of-ac"
    assert any("version 2 alone" in line for line in first["diagnosis"]["try"])
    code, (first, _) = osisession("ping", "-c", "1", "--versions", "2", "-d", "mms", "-w", f"{WAIT}s", server)
    assert (code, first["ok"], first["version"]) == (0, True, 2)
