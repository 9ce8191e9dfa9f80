"""`minigrad.Generator`: NumPy's generator with PyTorch's methods.

A module of its own, imported when the first number is drawn: `numpy.random` takes longer to import
than most of minigrad.
"""

from __future__ import annotations

import struct
from secrets import randbits
from typing import Any, Self

import numpy as np

from .engine.changes import carry_out
from .engine.tensor import Tensor, tensor_of
from .engine.watchers import whole
from .random import check_seed

_STATE = struct.Struct("<16s16sIIQ")
"""PCG64's state and increment, whether half a word is left over, that half; the seed."""


class Generator(np.random.Generator):
    """A source of random numbers, usable wherever minigrad or NumPy takes a `generator`.

    device : "cpu", the only one there is

    As in PyTorch every new generator has the same seed, until it is given another.  The algorithm
    is NumPy's PCG64, and `Generator().manual_seed(n)` draws what `numpy.random.default_rng(n)`
    draws.  Raises ValueError for another device.

    >>> import minigrad as mg
    >>> generator = mg.Generator().manual_seed(5)
    >>> state = generator.get_state()
    >>> first = mg.rand(3, generator=generator)
    >>> _ = generator.set_state(state)
    >>> bool((mg.rand(3, generator=generator).numpy() == first.numpy()).all())
    True
    """

    def __init__(self, device: Any = "cpu") -> None:
        if str(device) != "cpu":
            raise ValueError(f"Generator: there is no device but 'cpu', got {device!r}")
        self._seed = 67280421310721  # PyTorch's number for a generator without a seed
        super().__init__(np.random.PCG64(self._seed))

    @property
    def device(self) -> str:
        """Always "cpu"."""
        return "cpu"

    @whole
    def manual_seed(self, seed: int) -> Self:
        """Begin anew from `seed`, and return the generator itself.

        Raises TypeError if `seed` is not an integer, ValueError if it is negative or 2**64 or more.
        """
        number = check_seed(seed)
        return self._begin(np.random.PCG64(number).state, number)

    @whole
    def seed(self) -> int:
        """Begin anew from a seed that the operating system draws, and return that seed."""
        return self.manual_seed(randbits(64)).initial_seed()

    def initial_seed(self) -> int:
        """The seed that the generator began from."""
        return self._seed

    def get_state(self) -> Tensor:
        """The state as a tensor of bytes: with it `set_state` draws again what comes next."""
        inner: Any = self.bit_generator.state
        words = (inner["state"][key].to_bytes(16, "little") for key in ("state", "inc"))
        packed = _STATE.pack(*words, inner["has_uint32"], inner["uinteger"], self._seed)
        return tensor_of(np.frombuffer(packed, np.uint8).copy())

    @whole
    def set_state(self, new_state: Any) -> Self:
        """Go on from what `get_state` gave, and return the generator itself.

        Raises TypeError for what is not a tensor or an array of uint8, ValueError for bytes that
        are no state of this kind of generator, such as PyTorch's; then nothing has changed.
        """
        if getattr(new_state, "dtype", None) != np.uint8:
            raise TypeError(
                "set_state: wanted the uint8 tensor that get_state gave, got "
                f"{getattr(new_state, 'dtype', type(new_state).__name__)}"
            )
        packed = np.asarray(new_state).tobytes()
        state, inc, half, left, seed = (
            _STATE.unpack(packed) if len(packed) == _STATE.size else (b"", b"", 0, 0, 0)
        )
        if half > 1 or not int.from_bytes(inc, "little") & 1:  # PCG's increment is odd
            raise ValueError(
                f"set_state: these {len(packed)} bytes are no state of a minigrad generator"
            )
        words = {
            "state": int.from_bytes(state, "little"),
            "inc": int.from_bytes(inc, "little"),
        }
        inner = {"bit_generator": "PCG64", "state": words, "has_uint32": half, "uinteger": left}
        return self._begin(inner, seed)

    def _begin(self, inner: Any, seed: int) -> Self:
        carry_out([(setattr, self.bit_generator, "state", inner), (setattr, self, "_seed", seed)])
        return self

    def clone_state(self) -> Generator:
        """Another generator in the same state."""
        return Generator().set_state(self.get_state())

    def spawn(self, n_children: int) -> Any:
        """Refused: NumPy would make children of the first seed, whatever `manual_seed` was given.

        Raises TypeError.
        """
        raise TypeError(
            "Generator.spawn: a minigrad generator has no children; make others by seeds: "
            "minigrad.Generator().manual_seed(n)"
        )

    def __reduce__(self) -> Any:
        return Generator, (), self.get_state().numpy()

    def __setstate__(self, state: Any) -> None:
        self.set_state(state)
