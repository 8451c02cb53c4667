"""Lets other apps stand beside accounts in the API: what they know of one is answered where `expand` asks for it, and costs nothing else."""

from __future__ import annotations

from typing import Any

BESIDE: dict[str, Any] = {}


def stands_beside(name: str, serializer: Any) -> None:
    """Let `expand=name` answer the row that `serializer` writes; its model has the account as its key and `name` as the way back. Called once, at start."""
    BESIDE[name] = serializer
