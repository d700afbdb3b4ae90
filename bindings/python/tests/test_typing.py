"""The stubs: complete, true, and useful."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def run(*command: str, cwd: Path) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_program_in_strict_mode(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    run("mypy", "--strict", "--python-version", "3.11", str(HERE / "typed_program.py"), cwd=tmp_path)


def test_the_package_itself_in_strict_mode(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    run("mypy", "--strict", "--python-version", "3.11", "--package", "osisession", cwd=tmp_path)


def test_the_stubs_are_those_of_the_module(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    run("mypy.stubtest", "osisession", cwd=tmp_path)


def test_the_package_says_that_it_is_typed() -> None:
    import osisession

    assert (Path(osisession.__file__).parent / "py.typed").is_file()
