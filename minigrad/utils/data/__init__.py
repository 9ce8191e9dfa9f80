"""Data sets, the order of their samples, and batches: PyTorch's names and meanings."""

from ...absent import explain_absence as _explain_absence
from .collate import default_collate, default_convert
from .dataloader import DataLoader
from .dataset import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)
from .images import CIFAR10, MNIST, FashionMNIST, ImageDataset, NotMNIST, data_folder
from .sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from .workers import WorkerInfo, get_worker_info

__all__ = [
    "BatchSampler",
    "CIFAR10",
    "ChainDataset",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "DistributedSampler",
    "FashionMNIST",
    "ImageDataset",
    "IterableDataset",
    "MNIST",
    "NotMNIST",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StackDataset",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "WorkerInfo",
    "data_folder",
    "default_collate",
    "default_convert",
    "get_worker_info",
    "random_split",
]

LATER = {"DistributedSampler": "distributed"}
_explain_absence(globals())
