"""Data sets and batches, in PyTorch's names."""

from .dataset import Dataset, Subset, TensorDataset, default_collate, random_split
from .images import CIFAR10, FashionMNIST, ImageDataset, NotMNIST, data_folder
from .loader import DataLoader

__all__ = [
    "CIFAR10",
    "DataLoader",
    "Dataset",
    "FashionMNIST",
    "ImageDataset",
    "NotMNIST",
    "Subset",
    "TensorDataset",
    "data_folder",
    "default_collate",
    "random_split",
]
