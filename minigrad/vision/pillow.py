"""PIL, which reads, writes and resizes pictures: imported when it is first wanted."""

from __future__ import annotations

from typing import Any


def image(where: str) -> Any:
    """`PIL.Image`.  Raises ImportError, naming the remedy, where PIL is not installed."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(
            f"{where}: pictures of files and in other sizes are PIL's work, which cannot be "
            f"imported ({error}); pip install pillow"
        ) from error
    return Image
