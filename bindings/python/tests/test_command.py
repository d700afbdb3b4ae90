"""The console script that comes with the wheel."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BESIDE = Path(sys.executable).parent / "osisession"


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(BESIDE)] if BESIDE.exists() else [shutil.which("osisession") or "osisession"]
    return subprocess.run(
        [*command, *arguments], input=stdin, capture_output=True, text=True, timeout=30, check=False
    )


def test_hex_is_decoded_as_a_tree() -> None:
    done = run("decode", "0100010048656c6c6f")
    assert done.returncode == 0, done.stderr
    assert "DT DATA TRANSFER" in done.stdout
    assert "|Hello|" in done.stdout


def test_hex_comes_from_standard_input_too() -> None:
    assert "CN CONNECT" in run("decode", "-", stdin="0d00\n").stdout


def test_json_lines_have_an_object_for_each_spdu() -> None:
    done = run("decode", "--json", "0100010041")
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["mnemonic"] for one in objects if one["type"] == "spdu"] == ["GT", "DT"]


@pytest.mark.parametrize(("arguments", "code"), [(["decode", "0d"], 1), ([], 2), (["decode", "--nonsense"], 2)])
def test_exit_codes(arguments: list[str], code: int) -> None:
    assert run(*arguments).returncode == code


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "osisession", "--version"], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0
    assert done.stdout.startswith("osisession ")
