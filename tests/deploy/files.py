"""The files of the deployment, read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def documents(*folders: str) -> list[Any]:
    """The YAML documents of folders of Kubernetes, without what kustomize alone reads."""
    paths = [path for folder in folders for path in sorted((DEPLOY / "kubernetes" / folder).glob("*.yaml"))]
    read = [each for path in paths for each in yaml.safe_load_all(path.read_text("utf-8"))]
    return [each for each in read if each["kind"] != "Kustomization"]


def of_kind(kind: str, *folders: str) -> list[Any]:
    """The documents of a kind."""
    return [each for each in documents(*folders) if each["kind"] == kind]


def compose() -> Any:
    """``compose.yaml``, with its anchors put in."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


def locked(name: str) -> dict[str, str]:
    """The packages of a lock by their plain names, each with its version."""
    text = (DEPLOY / name).read_text("utf-8")
    return {
        plain(name): version for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ]+) \\$", text, re.MULTILINE)
    }


def constrained() -> dict[str, str]:
    """The packages of ``constraints.txt``, likewise."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").split()
    return {plain(name): version for name, version in (line.split("==") for line in lines)}


def plain(name: str) -> str:
    """The name of a package in the form in which two spellings are one."""
    return re.sub(r"[-_.]+", "-", name).lower()


def seconds(text: str) -> int:
    """``40s`` in seconds."""
    return int(text.removesuffix("s"))
