"""Python's `multiprocessing`: tensors go to other processes as copies, by pickle."""

from multiprocessing import *  # noqa: F403
