"""Runs the code of public courses with PyTorch and with minigrad, and compares what it prints.

    python scripts/course_code.py CLONES [--only WORD ...] [--markdown docs/course-code.md]

CLONES is a folder with clones of the repositories that UNITS names, by their own names.  A unit is
run as it stands: with minigrad the word `torch` is replaced in its import lines, and nothing else.
Long trainings are cut to so many steps, for both (`cut`).  Random numbers: PyTorch is given those
that minigrad draws, so that the numbers printed can be compared one by one.  Nothing of these
repositories is part of minigrad.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import json
import multiprocessing
import os
import random
import re
import signal
import sys
import tempfile
import textwrap
import traceback
import warnings
from pathlib import Path
from typing import Any, NamedTuple

from course_units import listed


class Unit(NamedTuple):
    """What is run.

    file : in the folder of the clones; cut : replacements that shorten it, for both libraries
    more : lines that are run behind it, where it only defines things
    """

    name: str
    file: str
    cut: tuple[tuple[str, str], ...] = ()
    more: str = ""


ZERO = "nn-zero-to-hero/lectures"
NANO = """
import torch
torch.manual_seed(3)
config = GPTConfig(block_size=16, vocab_size=11, n_layer=2, n_head=2, n_embd=16, dropout=0.0)
model = GPT(config)
optimizer = model.configure_optimizers(0.1, 1e-2, (0.9, 0.95), "cpu")
x = torch.arange(4 * 16).view(4, 16) * 7 % 11
y = (x + 1) % 11
for step in range(20):
    logits, loss = model(x, y)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    print(step, f"{loss.item():.4f}")
model.eval()
model.crop_block_size(8)
print(model.generate(x[:1, :4], 6, temperature=0.8, top_k=5).tolist())
"""
MINGPT = """
import torch
torch.manual_seed(3)
from mingpt.model import GPT
config = GPT.get_default_config()
config.model_type = None
config.vocab_size, config.block_size = 11, 16
config.n_layer, config.n_head, config.n_embd = 2, 2, 16
config.embd_pdrop = config.resid_pdrop = config.attn_pdrop = 0.0
model = GPT(config)
train = GPT.get_default_config()
train.weight_decay, train.learning_rate, train.betas = 0.1, 1e-2, (0.9, 0.95)
optimizer = model.configure_optimizers(train)
x = torch.arange(4 * 16).view(4, 16) * 7 % 11
y = (x + 1) % 11
for step in range(20):
    logits, loss = model(x, y)
    model.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    print(step, f"{loss.item():.4f}")
model.eval()
print(model.generate(x[:1, :4], 6, do_sample=False).tolist())
"""
UNITS = [
    Unit("makemore 1, bigrams", f"{ZERO}/makemore/makemore_part1_bigrams.ipynb"),
    Unit(
        "makemore 2, MLP",
        f"{ZERO}/makemore/makemore_part2_mlp.ipynb",
        (("range(200000)", "range(1000)"),),
    ),
    Unit(
        "makemore 3, batch norm",
        f"{ZERO}/makemore/makemore_part3_bn.ipynb",
        (("max_steps = 200000", "max_steps = 300"),),
    ),
    Unit(
        "makemore 4, backward by hand",
        f"{ZERO}/makemore/makemore_part4_backprop.ipynb",
        (("max_steps = 200000", "max_steps = 300"), ("if i >= 100:", "if i >= 1000:")),
    ),
    Unit(
        "makemore 5, WaveNet",
        f"{ZERO}/makemore/makemore_part5_cnn1.ipynb",
        (("max_steps = 200000", "max_steps = 1000"),),
    ),
    Unit("micrograd lecture 1", f"{ZERO}/micrograd/micrograd_lecture_first_half_roughly.ipynb"),
    Unit("micrograd lecture 2", f"{ZERO}/micrograd/micrograd_lecture_second_half_roughly.ipynb"),
    Unit(
        "micrograd's tests",
        "micrograd/test/test_engine.py",
        (),
        "test_sanity_check()\ntest_more_ops()\nprint('passed')",
    ),
    Unit(
        "ng-video-lecture, bigram",
        "ng-video-lecture/bigram.py",
        (
            ("max_iters = 3000", "max_iters = 60"),
            ("eval_interval = 300", "eval_interval = 30"),
            ("eval_iters = 200", "eval_iters = 5"),
            ("max_new_tokens=500", "max_new_tokens=50"),
        ),
    ),
    Unit(
        "ng-video-lecture, GPT",
        "ng-video-lecture/gpt.py",
        (
            ("max_iters = 5000", "max_iters = 12"),
            ("eval_interval = 500", "eval_interval = 6"),
            ("eval_iters = 200", "eval_iters = 2"),
            ("batch_size = 64", "batch_size = 4"),
            ("block_size = 256", "block_size = 16"),
            ("n_embd = 384", "n_embd = 24"),
            ("n_layer = 6", "n_layer = 2"),
            ("dropout = 0.2", "dropout = 0.0"),
            ("max_new_tokens=500", "max_new_tokens=20"),
        ),
    ),
    Unit("nanoGPT, model.py", "nanoGPT/model.py", (), NANO),
    Unit("minGPT, model.py", "minGPT/mingpt/model.py", (), MINGPT),
    *(
        Unit(
            f"makemore.py, {kind}",
            "makemore/makemore.py",
            (
                ("'--max-steps', type=int, default=-1", "'--max-steps', type=int, default=30"),
                (
                    "'--type', type=str, default='transformer'",
                    f"'--type', type=str, default='{kind}'",
                ),
                ("'--n-layer', type=int, default=4", "'--n-layer', type=int, default=2"),
                ("'--n-embd', type=int, default=64", "'--n-embd', type=int, default=16"),
                (
                    "'--num-workers', '-n', type=int, default=4",
                    "'--num-workers', '-n', type=int, default=0",
                ),
                ("max_batches=10)", "max_batches=2)"),
                # the two libraries' generators draw other samples from one seed
                (
                    "RandomSampler(dataset, replacement=True, num_samples=int(1e10))",
                    "SequentialSampler(dataset)",
                ),
            ),
        )
        for kind in ("transformer", "bigram", "mlp", "bow", "rnn", "gru")
    ),
    *(Unit(f.split("/", 1)[1].rpartition(".")[0], f, cut, more) for f, cut, more in listed()),
]


def place(unit: Unit, clones: Path) -> Path:
    """Where the file is; PyTorch's tutorials may be a translation, whose code is the same."""
    path = clones / unit.file
    return path if path.exists() else clones / unit.file.replace("tutorials/", "tutorials-kr/", 1)


def source(unit: Unit, clones: Path) -> str:
    """The code of a unit, its cells one behind the other, cut."""
    path = place(unit, clones)
    if path.suffix == ".ipynb":
        cells = json.loads(path.read_text())["cells"]
        code = CELL.join(
            textwrap.dedent("".join(c["source"])) for c in cells if c["cell_type"] == "code"
        )
        code = re.sub(r"^([ \t]*)[%!].*$", r"\1pass", code, flags=re.MULTILINE)  # a notebook's own
    else:
        code = path.read_text()
    for old, new in NEWER.get(path.stem, ()) if path != clones / unit.file else ():
        code = code.replace(old, new)
    for old, new in unit.cut:
        if old not in code:
            raise SystemExit(f"{unit.name}: {old!r} is not in {unit.file}")
        code = code.replace(old, new)
    return f"{code}\n{unit.more}\n"


NEWER = {
    "saveloadrun_tutorial": (
        ("torch.load('model.pth')", "torch.load('model.pth', weights_only=False)"),
    )
}
"""What PyTorch's tutorials say, by file, where their translation says something older."""


def draw_weights(folder: Path) -> None:
    """Put drawn numbers where PyTorch's hub looks for the published weights of VGG-16."""
    import torch

    from minigrad.vision import models

    path = folder / "hub/checkpoints" / models.FILES["VGG16"]
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    state = models.vgg16(init_weights=False).state_dict()
    draft = path.with_suffix(f".{os.getpid()}")
    torch.save({name: torch.from_numpy(value.numpy()) for name, value in state.items()}, draft)
    draft.rename(path)


def renamed(code: str) -> str:
    """The word `torch` replaced in the import lines; `torchvision` is `minigrad.vision`."""
    return "\n".join(map(_renamed_line, code.splitlines()))


def _renamed_line(line: str) -> str:
    text = line.strip()
    if not re.match(r"(import|from)\s.*\btorch", text):
        return line
    if text.startswith("from"):
        line = line.replace("einops.layers.torch", "einops.layers.minigrad")
        return re.sub(r"^(\s*from\s+)(torch(?:vision)?)\b", lambda m: m[1] + HERE[m[2]], line)
    words = []
    for alias in ast.parse(text).body[0].names:  # type: ignore[attr-defined]
        root, _, rest = alias.name.partition(".")
        if root not in HERE:
            words.append(f"{alias.name} as {alias.asname}" if alias.asname else alias.name)
            continue
        name = f"{HERE[root]}.{rest}" if rest else HERE[root]
        if alias.asname:
            words.append(f"{name} as {alias.asname}")
        else:  # the whole is imported, and the name of the root is bound
            words += [name, f"{HERE[root]} as {root}"]
    return f"{line[: len(line) - len(line.lstrip())]}import {', '.join(words)}"


HERE = {"torch": "minigrad", "torchvision": "minigrad.vision"}


def run(library: str, file: str) -> None:
    """One unit with one library."""
    code = Path(file).read_text()
    os.environ["MPLBACKEND"] = "Agg"
    if library == "torch":
        share_draws()
    else:
        code = renamed(code)
        import importlib.abc
        import importlib.machinery

        class Loader(importlib.machinery.SourceFileLoader):
            def get_data(self, path: str) -> bytes:
                data = super().get_data(path)
                return renamed(data.decode()).encode() if path.endswith(".py") else data

            def path_stats(self, path: str) -> Any:
                raise OSError

        class Finder(importlib.abc.MetaPathFinder):
            def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
                here = Path.cwd()
                for root in (here, here.parent):
                    for place in (
                        root / f"{name.replace('.', '/')}.py",
                        root / name.replace(".", "/") / "__init__.py",
                    ):
                        if place.exists():
                            packages = [str(place.parent)] if place.name == "__init__.py" else None
                            return (
                                importlib.machinery.ModuleSpec(
                                    name,
                                    Loader(name, str(place)),
                                    origin=str(place),
                                    is_package=bool(packages),
                                )
                                if not packages
                                else _package(name, Loader(name, str(place)), packages)
                            )
                return None

        def _package(name: str, loader: Any, places: list[str]) -> Any:
            spec = importlib.machinery.ModuleSpec(name, loader, is_package=True)
            spec.submodule_search_locations = places
            return spec

        sys.meta_path.insert(0, Finder())
    sys.path[:0] = [".", ".."]
    sys.argv = [file]
    import matplotlib.pyplot as plt

    plt.show = lambda *a, **k: None
    import minigrad

    random.seed(0)  # some draw from these without seeding them
    minigrad.manual_seed(0)
    share_text(library)
    names = {"__name__": "__main__", "__file__": file}
    cells = code.split(CELL)
    if len(cells) == 1:
        exec(compile(code, file, "exec"), names)
    else:
        for i, cell in enumerate(cells):
            try:
                shown(cell, names, f"cell {i}")
            except TimeoutError:
                raise
            except Exception as error:  # cells were not always run in the order they stand in
                print(f"cell {i} stopped: {type(error).__name__}")
                print(f"cell {i}: {type(error).__name__}: {error}", file=sys.stderr)


CELL = "\n# ------ next cell\n"


def shown(cell: str, names: dict[str, Any], where: str) -> None:
    """Run a cell; print its last expression as a notebook does, tensors by all of their numbers."""
    tree = ast.parse(cell)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, where, "exec"), names)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), where, "eval"), names)
        if hasattr(value, "detach") and not isinstance(value, type):
            print(tuple(value.shape), value.detach().flatten().tolist()[:200])
        elif (
            value is not None
            and "matplotlib" not in type(value).__module__
            and not isinstance(value, list)
        ):
            print(value)


def share_text(library: str) -> None:
    """Let both show tensors alike, and loaders draw alike whatever their data set is."""
    import importlib

    import numpy as np

    from minigrad.utils.data import DataLoader

    def text(tensor: Any) -> str:
        return f"tensor({np.array2string(tensor.detach().numpy(), precision=4)})"

    found = importlib.import_module(library)
    for kind in (found.Tensor, found.nn.Parameter):
        kind.__repr__ = text
    DataLoader._draw_seed = lambda self: int(self.generator.integers(2**63))  # type: ignore


def share_draws() -> None:
    """Give PyTorch the random numbers that minigrad draws."""
    import torch

    import minigrad as mg

    def drawn(name: str) -> Any:
        ours, theirs = getattr(mg, name), getattr(torch, name)

        def draw(*args: Any, generator: Any = None, **kwargs: Any) -> Any:
            grad = kwargs.pop("requires_grad", False)
            kwargs.pop("device", None)
            if "dtype" in kwargs:
                kwargs["dtype"] = str(kwargs["dtype"]).removeprefix("torch.")
            plain = [mg.tensor(a.detach()) if isinstance(a, torch.Tensor) else a for a in args]
            kwargs = {k: tuple(v) if isinstance(v, torch.Size) else v for k, v in kwargs.items()}
            if isinstance(generator, torch.Generator):
                generator = generators.setdefault(
                    generator, mg.Generator().manual_seed(generator.initial_seed())
                )
            value = torch.from_numpy(ours(*plain, generator=generator, **kwargs).numpy().copy())
            return value.requires_grad_(grad)

        draw.__name__ = theirs.__name__
        return draw

    generators: dict[Any, Any] = {}
    for name in DRAWN:
        setattr(torch, name, drawn(name))
    torch.utils.data.dataset.randperm = torch.randperm  # type: ignore[attr-defined]

    def dropped(x: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
        ones = mg.ones(tuple(x.shape), dtype=str(x.dtype).removeprefix("torch."))
        return x * torch.from_numpy(mg.nn.functional.dropout(ones, p, training).numpy())

    torch.nn.functional.dropout = dropped

    from torch.utils import data

    class Loader(mg.utils.data.DataLoader):
        def __init__(self, dataset: Any, *args: Any, generator: Any = None, **kwargs: Any) -> None:
            collate = kwargs.pop("collate_fn", None) or data.default_collate
            kwargs["num_workers"] = 0
            for name in ("prefetch_factor", "persistent_workers"):
                kwargs.pop(name, None)
            drawn_by = generators.get(generator, generator)
            super().__init__(dataset, *args, collate_fn=collate, generator=drawn_by, **kwargs)

    data.DataLoader = Loader  # type: ignore
    seeded = torch.manual_seed

    def manual_seed(seed: int) -> Any:
        mg.manual_seed(seed)
        return seeded(seed)

    torch.manual_seed = manual_seed
    reseed = torch.Generator.manual_seed

    class Generator(torch.Generator):
        def manual_seed(self, seed: int) -> Any:
            reseed(self, seed)
            generators[self] = mg.Generator().manual_seed(seed)
            return self

    torch.Generator = Generator
    for name, draw in {
        "normal_": lambda t, mean=0.0, std=1.0, generator=None: mg.zeros(tuple(t.shape)).normal_(
            mean, std
        ),
        "uniform_": lambda t, a=0.0, b=1.0, generator=None: mg.zeros(tuple(t.shape)).uniform_(a, b),
    }.items():

        def fill(self: Any, *args: Any, _draw: Any = draw, **kwargs: Any) -> Any:
            with torch.no_grad():
                return self.copy_(torch.from_numpy(_draw(self, *args, **kwargs).numpy().copy()))

        setattr(torch.Tensor, name, fill)
        init = lambda t, *a, _n=name, generator=None, **k: getattr(t, _n)(*a, **k)  # noqa: E731
        setattr(torch.nn.init, name, init)
        setattr(torch.nn.init, f"_no_grad_{name}", init)


DRAWN = """
    randn rand randint randperm multinomial normal rand_like randn_like randint_like bernoulli
""".split()
NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?(?![\w.])")


def compared(ours: str, theirs: str) -> tuple[int, float]:
    """How many numbers both printed, and the largest difference beyond their printed digits.

    Relative to the larger, or to 0.001; -1 where the one printed more numbers than the other.
    """
    a, b = (NUMBER.findall(re.sub("<.*>|0x[0-9a-f]+", "", text)) for text in (ours, theirs))
    if len(a) != len(b):
        return min(len(a), len(b)), -1.0
    worst = 0.0
    for one, other in zip(a, b, strict=True):
        x, y = float(one), float(other)
        rounding = (
            max(10.0 ** -len(t.partition(".")[2]) for t in (one, other))
            if "." in one + other
            else 0
        )
        excess = max(abs(x - y) - (0 if "e" in one + other else rounding), 0)
        worst = max(worst, excess / max(abs(x), abs(y), 1e-3))
    return len(a), worst


def _too_long(*_: Any) -> None:
    raise TimeoutError(f"not ended after {LONGEST} seconds")


def attempt(task: tuple[Unit, Path, str]) -> tuple[str, str, bool]:
    """One unit with one library: what it prints, its complaints, did it end well?

    The process is a fork of one that has imported both libraries, which takes longer
    than most units.
    """
    unit, clones, library = task
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
    home = place(unit, clones).parent
    os.chdir(home)
    names = home / "names.txt"
    if not names.exists() and (clones / "makemore/names.txt").exists():
        names.write_bytes((clones / "makemore/names.txt").read_bytes())
    with tempfile.TemporaryDirectory() as folder:
        file, texts = Path(folder) / "unit.py", [Path(folder) / "out", Path(folder) / "err"]
        for stream, path in zip((sys.stdout, sys.stderr), texts, strict=True):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream.fileno())
        good = False
        signal.signal(signal.SIGALRM, _too_long)  # again and again: some code drops it
        signal.setitimer(signal.ITIMER_REAL, LONGEST, 5)
        try:
            file.write_text(source(unit, clones))
            if "vgg16(" in file.read_text():
                draw_weights(Path(os.environ["TORCH_HOME"]))
            run(library, str(file))
            good = True
        except BaseException:
            traceback.print_exc()
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.stdout.flush()
        sys.stderr.flush()
        return *(path.read_text(errors="replace") for path in texts), good  # type: ignore[return-value]


LONGEST = 300


def outcome(both: list[tuple[str, str, bool]]) -> dict[str, Any]:
    """What came of a unit with PyTorch, and with minigrad."""
    stopped = []
    for library, (out, err, good) in zip(LIBRARIES, both, strict=True):
        if not good:
            return {"error": f"{library}: {(err.strip().splitlines() or ['?'])[-1]}", "trace": err}
        stopped.append(set(re.findall(r"cell \d+ stopped", out)))
    (theirs, _, _), (ours, complaints, _) = both
    if stopped[0] != stopped[1]:
        cells = [c.split()[1] for c in sorted(stopped[0] ^ stopped[1])]
        words = [x for x in complaints.splitlines() if re.match(rf"cell ({'|'.join(cells)}):", x)]
        alone = f"PyTorch alone stops at cell {', '.join(cells)}"
        return {"error": (words or [alone])[0], "trace": complaints}
    count, worst = compared(ours, theirs)
    return {
        "numbers": count,
        "worst": worst,
        "texts": dict(zip(LIBRARIES, (theirs, ours), strict=True)),
    }


LIBRARIES = ("torch", "minigrad")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clones", type=Path, nargs="?")
    parser.add_argument("--only", nargs="+", default=[""], metavar="WORD")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--jobs", type=int, default=1, help="how many units at a time")
    parser.add_argument("--show", action="store_true", help="print what both printed, or the error")
    args = parser.parse_args()
    rows = []
    units = [u for u in UNITS if any(word in u.file or word in u.name for word in args.only)]
    os.environ.update(MPLBACKEND="Agg", PYTHONWARNINGS="ignore")
    warnings.simplefilter("ignore")
    for name in ("matplotlib.pyplot", "torch", "minigrad", "minigrad.vision", "pandas"):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    tasks = [(unit, args.clones.resolve(), library) for unit in units for library in LIBRARIES]
    hub = tempfile.TemporaryDirectory()  # for weights, which are published, of drawn numbers
    os.environ["TORCH_HOME"] = hub.name
    pool = multiprocessing.get_context("fork").Pool(args.jobs, maxtasksperchild=1)
    answers = pool.imap(attempt, tasks)
    outcomes = (outcome([next(answers), next(answers)]) for _ in units)
    for unit, found in zip(units, outcomes, strict=True):
        if "error" in found:
            row = (unit.name, unit.file, found["error"][:100].replace("|", "/"), "", "")
        else:
            same = "all numbers printed" if found["worst"] >= 0 else "another number of numbers"
            row = (
                unit.name,
                unit.file,
                "runs",
                f"{found['numbers']:,} {same}" if found["worst"] < 0 else f"{found['numbers']:,}",
                f"{found['worst']:.0e}" if found["worst"] >= 0 else "-",
            )
        print(" | ".join(row), flush=True)
        if args.show:
            print(found.get("trace", ""))
            for library, text in found.get("texts", {}).items():
                print(f"--- {library}\n{text[-3000:]}")
        rows.append(row)
    hub.cleanup()
    if args.markdown:
        write(args.markdown, rows)


def write(page: Path, rows: list[tuple[str, ...]]) -> None:
    """The page of these rows, and of those of earlier runs for units that were not run now."""
    old = page.read_text().splitlines() if page.exists() else []
    known = [tuple(line[2:-2].split(" | ")) for line in old if line.startswith("| ")]
    found = {row[:2]: row for row in (*known, *rows)}
    order = [found[u.name, u.file] for u in UNITS if (u.name, u.file) in found]
    head = ("unit", "file", "", "numbers printed", "largest relative difference")
    table = ["| " + " | ".join(r) + " |" for r in (head, ("---",) * 5, *order)]
    page.write_text(PAGE + "\n".join(table) + "\n")


PAGE = """# The code of courses, run with minigrad

Made by `python scripts/course_code.py CLONES --markdown docs/course-code.md`, where CLONES is a
folder with clones of karpathy/nn-zero-to-hero, makemore, ng-video-lecture, nanoGPT, minGPT and
micrograd, pytorch/tutorials (or its translation PyTorchKorea/tutorials-kr, one argument short),
jcjohnson/pytorch-examples, yunjey/pytorch-tutorial, MorvanZhou/PyTorch-Tutorial,
patrickloeber/pytorchTutorial, hunkim/PyTorchZeroToAll, graykode/nlp-tutorial,
deep-learning-with-pytorch/dlwpt-code, rasbt/LLMs-from-scratch, d2l-ai/d2l-pytorch-colab,
rasbt/machine-learning-book, udacity/deep-learning-v2-pytorch, openai/spinningup, pytorch/examples,
spro/practical-pytorch, ShusenTang/Dive-into-DL-PyTorch, udlbook/udlbook,
mrdbourke/pytorch-deep-learning, phlippe/uvadlc_notebooks, Atcold/NYU-DLSP20,
dvgodoy/PyTorchStepByStep, zergtant/pytorch-handbook, joosthub/PyTorchNLPBook,
L1aoXingyu/code-of-learn-deep-learning-with-pytorch, rasbt/stat453-deep-learning-ss21,
ageron/handson-mlp, ZacBi/CS224n-2019-solutions, karpathy/llama2.c and nanochat,
harvardnlp/annotated-transformer, iyjian/fastbook_cn, Atcold/NYU-DLSP21, fastai/course-v3 and
course22p2, rasbt/deeplearning-models, m2dsupsdlclass/lectures-labs,
benmoseley/harmonic-oscillator-pinn, stared/thinking-in-tensors-writing-in-pytorch,
acids-ircam/pytorch_flows, lucidrains/vit-pytorch, johnma2006/mamba-minimal, karpathy/pytorch-made,
dragen1860/MAML-Pytorch, labmlai/annotated_deep_learning_paper_implementations,
lucidrains/egnn-pytorch, slot-attention, nystrom-attention, mixture-of-experts, mlp-mixer-pytorch,
siren-pytorch and perceiver-pytorch, alxndrTL/mamba.py, hkproj/pytorch-transformer,
milesial/Pytorch-UNet, jaxony/unet-pytorch, locuslab/TCN, Diego999/pyGAT,
huggingface/pytorch-openai-transformer-lm, Blealtan/efficient-kan, nitarshan/bayes-by-backprop and
devnag/pytorch-generative-adversarial-networks. The
only change to the code is `minigrad` for `torch` in its import lines, and `minigrad.vision` for
`torchvision`; long trainings are cut, for both libraries alike, as the script says. PyTorch is
given the random numbers that minigrad draws, so that every number printed can be compared. What
needs data finds them where the courses put them; the published weights of a net are a file of drawn
numbers, for both, where PyTorch keeps them. A cell that stops with both libraries (it needs
another package, a graphics card, or shows an error) counts as the same. With `--only WORD` the rows
of the other units stay as they are.

Where the difference is large a training magnifies rounding: `polynomial_optim` steps to and fro
around its minimum (RMSprop), `01_pytorch_workflow` around a kink (L1), `two_layer_net` prints
losses near 1e-9; or the numbers are times (`linear-regression`), or those of a storage, which is
shown in another form (`17_foundations`).

"""

if __name__ == "__main__":
    main()
