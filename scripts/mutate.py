"""Plant faults of one token each in a copy of the sources, and see whether a test fails.

    python scripts/mutate.py [--only python|c] [--count N] [--seed N] [--files TEXT]

Draws N places (60 in Python and 30 in C unless told otherwise) from all tokens that may be
exchanged for another (`+` for `-`, `<` for `<=`, a number for the next one, True for False, ...).
Which ones, the hash of seed, file, function, line and token decides: a fair draw, which a change
elsewhere leaves as it is; another seed draws others. For each it runs the tests most likely to
notice, up to the first failure: the module's own examples and the files that TESTS names, in
Python; the kernels' tests on each instruction set, in C, and where they find nothing once more
under AddressSanitizer. Prints one line a mutant, the survivors again at the end, and the time.
Exits with 1 if fewer than 95 % were killed. Before the first mutant its tests have to pass, and
what kills one in Python has to pass without it.

Left out are docstrings and texts, what only says how fast something is (SPEED), the `strict=True`
of a `zip` (where a user decides the lengths they are compared before, with words), the 1 of
`.reshape(-1)` (NumPy takes any negative length for the one that is left over), and mutants that are
no faults (EQUIVALENT, each with the reason).
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import io
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
import tokenize
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import hypothesis.extra.numpy  # noqa: F401  (imported for the forks)
import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
SEED = 20
COUNT = {"python": 60, "c": 30}
TIMEOUT = 300
PYTHON = "engine ops nn optim utils/data serialization autograd".split()
ALSO = ("finite_differences.py", "creation.py", "generator.py")
LEFT_OUT = ("__init__.py", "download.py", "images.py", "overview.py")

HOSTILE = (
    "tests/ops/test_refused.py tests/ops/test_hostile_arguments.py tests/ops/test_limits.py "
    "tests/ops/test_exact_numbers.py"
)
ENGINE = (
    "tests/engine tests/ops/test_own_operations.py tests/ops/test_bad_input.py "
    "tests/ops/test_refused.py tests/ops/test_creation.py"
)
TESTS = {  # where the path begins so: which tests, the likeliest first
    "minigrad/engine/tape.py": f"tests/engine/test_tape.py tests/engine/test_autograd.py {ENGINE}",
    "minigrad/engine/unbroadcast.py": f"tests/ops/test_unbroadcast.py {ENGINE}",
    "minigrad/engine/lists.py": "tests/program/test_program_given.py tests/program tests/engine",
    "minigrad/engine/version.py": f"tests/engine/test_versions.py {ENGINE}",
    "minigrad/engine/in_place.py": f"tests/engine/test_in_place.py {ENGINE}",
    "minigrad/engine/hooks.py": f"tests/engine/test_tensor.py tests/nn/test_members.py {ENGINE}",
    "minigrad/engine/grad_mode.py": f"tests/engine/test_grad_modes.py {ENGINE}",
    "minigrad/engine/mode.py": f"tests/engine/test_grad_modes.py {ENGINE}",
    "minigrad/engine/": ENGINE,
    "minigrad/autograd/function.py": "tests/engine/test_functions.py "
    "tests/engine/test_lost_gradients.py tests/explore/test_explore_steps.py",
    "minigrad/autograd/": "tests/engine/test_functional.py tests/engine/test_autograd.py "
    "tests/ops/test_refused.py tests/engine/test_words.py",
    "minigrad/finite_differences.py": "tests/engine/test_gradcheck.py tests/ops/test_limits.py",
    "minigrad/creation.py": f"tests/ops/test_creation.py {HOSTILE} tests/engine/test_words.py",
    "minigrad/generator.py": "tests/ops/test_random.py tests/files/test_checkpoints.py "
    "tests/engine/test_words.py",
    "minigrad/ops/pytorch.py": f"{HOSTILE} tests/ops/test_shaping.py tests/ops/test_elementary.py "
    "tests/ops/test_reductions.py tests/ops/test_indexing.py tests/engine/test_tensor.py "
    "tests/ops/test_several_axes.py tests/engine/test_words.py",
    "minigrad/ops/": f"{HOSTILE} tests/ops/test_bad_input.py tests/ops/test_shaping.py "
    "tests/ops/test_indexing.py tests/ops/test_reductions.py tests/ops/test_random.py "
    "tests/ops/test_elementary.py tests/ops/test_arithmetic.py tests/ops/test_linalg.py "
    "tests/ops/test_rule_dtypes.py tests/ops/test_several_axes.py "
    "tests/engine/test_lost_gradients.py tests/engine/test_words.py",
    "minigrad/nn/functional/": f"{HOSTILE} tests/ops/test_activations.py "
    "tests/ops/test_several_axes.py tests/nn "
    "tests/engine/test_functional.py tests/ops/test_bad_input.py tests/engine/test_words.py",
    "minigrad/nn/": f"{HOSTILE} tests/nn tests/engine/test_words.py",
    "minigrad/optim/": f"tests/optim {HOSTILE}",
    "minigrad/utils/data/": f"tests/data {HOSTILE}",
    "minigrad/serialization/": "tests/files",
    "csrc/template/gemm": "test_kernel_limits.py test_kernel_products.py",
    "csrc/template/inner": "test_kernel_limits.py test_kernel_products.py",
    "csrc/template/microkernel": "test_kernel_limits.py test_kernel_products.py",
    "csrc/template/pack": "test_kernel_limits.py test_kernel_products.py",
    "csrc/template/job": "test_kernel_limits.py test_kernel_products.py",
    "csrc/template/plan": "test_kernel_limits.py test_kernel_products.py",
    "csrc/template/thin": "test_kernel_limits.py test_kernel_products.py",
    "csrc/template/turned": "test_kernel_limits.py test_kernel_products.py",
    "csrc/template/cross": "test_kernel_limits.py test_kernel_losses.py",
    "csrc/template/batch": "test_kernel_limits.py test_kernel_norms.py",
    "csrc/template/rows": "test_kernel_limits.py test_kernel_norms.py",
    "csrc/template/optim": "test_kernel_elementwise.py test_kernel_reference.py",
    "csrc/memory": "test_memory.py",
    "csrc/scratch": "test_kernel_limits.py test_memory.py",
    "csrc/program": "../program",
    "csrc/threads": "test_kernel_machine.py test_kernel_products.py",
    "csrc/": ".",
}

BESIDE = {  # and of those beside PyTorch
    "optim": "test_torch_optim.py test_positions.py test_torch_parity.py",
    "nn/utils": "test_torch_parametrize.py test_torch_packed.py test_torch_computed.py "
    "test_positions.py",
    "nn": "test_torch_modules.py test_torch_functions.py test_torch_packed.py test_positions.py "
    "test_torch_arguments.py test_torch_styles.py",
    "ops": "test_torch_names.py test_torch_meanings.py test_torch_functions.py test_positions.py "
    "test_torch_arguments.py test_torch_styles.py",
    "autograd": "test_torch_func.py test_func_programs.py test_torch_namespaces.py "
    "test_positions.py",
    "engine": "test_torch_meanings.py test_torch_styles.py test_positions.py",
    "utils/data": "test_positions.py",
    "creation": "test_torch_names.py test_torch_meanings.py test_positions.py",
}

SWAPS = {
    "+": "-", "-": "+", "*": "/", "/": "*", "//": "*", "<": "<=", "<=": "<", ">": ">=", ">=": ">",
    "==": "!=", "!=": "==", "and": "or", "or": "and", "True": "False", "False": "True",
    "+=": "-=", "-=": "+=", "*=": "/=", "min": "max", "max": "min", "any": "all", "all": "any",
    "&&": "||", "||": "&&", "not": "", "break": "continue", "least": "ceil_div",
}  # fmt: skip

SPEED = re.compile(
    r"MG_PREFETCH|MG_UNROLL|PREFETCH|fetch\(|madvise|SPINS|MG_PAGE|relax\(|TYPE_CHECKING|TypeVar\(|\bgrain\b"
)
"""Lines of C and Python that say how fast something is, or what a type checker sees."""

FASTER = {  # functions of C that choose between ways whose results are the same
    "deepest", "cut_grid", "a_pays", "b_pays", "a_far", "b_far", "plan", "rows_at_once",
    "suits_inner", "suits_thin", "suits_turned", "whole_pages", "multiple", "lanes_empty",
    "share_of", "ask", "large", "fetch", "even_part", "cut_rows", "in_panel", "inner_scratch",
}  # fmt: skip

OVERFLOWS = [  # planted by --overflows: buffers that are too short, for AddressSanitizer to find
    ("csrc/scratch.c", "(block) >= bytes", "(block) >= bytes"),  # the control, which passes
    ("csrc/template/cross_entropy.h", "group * whole > ROOM", "group * whole >= 2 * ROOM"),
    ("csrc/template/cross_entropy.h", "T room[ROOM]", "T room[ROOM - LANES]"),
    ("csrc/template/cross_entropy.h", "c > FEW_CLASSES ||", "c > FEW_CLASSES + 1 ||"),
    ("csrc/template/cross_entropy.h", "T e[LANES * FEW_CLASSES]", "T e[LANES * FEW_CLASSES - 1]"),
    ("csrc/scratch.c", "(block) >= bytes", "(block) >= bytes / 2"),
    ("csrc/scratch.c", "(block) >= bytes", "(block) <= bytes"),
]

EQUIVALENT: dict[tuple[str, str, str], str] = {
    # (the end of the path, the line, what became of it): why no test can see it
    (
        "utils/data/workers.py",
        "threading.Thread(target=_listen, args=(pipe, tasks), daemon=True).start()",
        "True -> False",
    ): "the thread itself ends its process when the pipe does",
    (
        "engine/version.py",
        "if len(known) & (len(known) - 1) == 0:  # at powers of 2, so that a long loop stays "
        "linear",
        "== -> !=",
    ): "says how often a list is tidied",
    (
        "utils/data/dataloader.py",
        "in_order: bool = True,",
        "True -> False",
    ): "taken for PyTorch's sake; batches come in order either way",
    (
        "template/gemm.h",
        "} else if (i < g->height && j + 2 * PANEL <= at->width) {",
        "*",
    ): "says what is fetched ahead",
    (
        "csrc/memory.c",
        "for (int i = 0; i < SLOTS && atomic_load(&kept) + bytes > MOST_KEPT; i++)",
        "< -> <=",
    ): "when all slots are empty nothing is kept, and the second condition ends the loop",
    (
        "template/gemm.h",
        "else if (g->stream && g->a_row == 1)",
        "*",
    ): "says what is fetched ahead",
    (
        "template/batch_norm.h",
        "job.scratch = mg_scratch_take((size_t)(c * (3 + 2 * job.cut.down)) * sizeof(T));",
        "3 -> 4",
    ): "room that is not used",
    (
        "csrc/threads.c",
        "return count > 0 ? (int)count : 1;",
        "0 -> 1",
    ): "the choice for 1 is 1 either way",
    (
        "csrc/threads.c",
        "atomic_fetch_add(&pool.ticket, 1);",
        "1 -> 2",
    ): "a ticket is a number that is not the last one",
    (
        "template/cross_entropy.h",
        "store_first(d + j, load_first(e + j, c - j, 0) * splat(scale) - t, c - j);",
        "0 -> 1",
    ): "what is loaded beyond the end is not stored",
    (
        "template/pack.h",
        "to[r] = r < left ? source[r * across + p * along] : 0;",
        "0 -> 1",
    ): "what is multiplied beyond the end is not stored",
    (
        "template/batch_norm.h",
        "vec old = load_first(mean + j, width - j, 0), delta = m + error - old;",
        "0 -> 1",
    ): "what is loaded beyond the end is not stored",
    (
        "template/batch_norm.h",
        "store_first(square + j, load_first(square + j, width - j, 0) + squares, width - j);",
        "0 -> 1",
    ): "what is loaded beyond the end is not stored",
    (
        "template/cross_entropy.h",
        "if (c > FEW_CLASSES || c == 0) {",
        "0 -> 1",
    ): "of one class, and of none, both ways give the same",
    (
        "template/batch_norm.h",
        "if (dx && n > 0) {",
        "> -> >=",
    ): "without rows nothing is written",
    (
        "template/elementwise.h",
        ".scale = (T)(p < 1 ? 1 / (1 - p) : 0),",
        "< -> <=",
    ): "where all is dropped, nothing is scaled",
    (
        "template/elementwise.h",
        ".scale = (T)(p < 1 ? 1 / (1 - p) : 0),",
        "0 -> 1",
    ): "where all is dropped, nothing is scaled",
    (
        "csrc/threads.c",
        "handler_installed = 1;",
        "1 -> 2",
    ): "it is asked only whether it is 0",
    (
        "ops/reductions.py",
        "m = np.where(m == -np.inf, 0, m)",
        "0 -> 1",
    ): "of elements that are all -inf any finite number may be taken",
    (
        "ops/reductions.py",
        "finite = np.where(np.isfinite(m), m, 0)  # inf - inf is NaN",
        "0 -> 1",
    ): "what is taken from inf may be any finite number",
    (
        "ops/further.py",
        "return piecewise.abs(x) * piecewise.where(plain, piecewise.sign(y), tensor_of(signs))",
        "* -> /",
    ): "the second factor is 1 or -1",
    (
        "ops/special.py",
        "for j in range(p if x.numel() else 1):",
        "1 -> 2",
    ): "of no numbers any count of terms is nothing",
    (
        "ops/special.py",
        "for _ in range(4):",
        "4 -> 5",
    ): "a step more of Newton's method, from where it has converged",
    (
        "engine/lists.py",
        "return True",
        "True -> False",
    ): "a compiled function then looks more closely, or makes new gradients",
    (
        "optim/adam_variants.py",
        "if rho > 5:",
        "> -> >=",
    ): "it comes to 5 only where a rounding happens to",
    (
        "autograd/function.py",
        "return [(whole, padded + result(flat, None), False)]",
        "False -> True",
    ): "of tensors, which a recorded pass has, none is added to in place",
    (
        "engine/in_place.py",
        "if all([type(end) is int or end is None for end in ends]):",
        "or -> and",
    ): "the longer way makes an equal slice",
    (
        "utils/data/formats.py",
        "content = _read_at_most(file, promised + 1)",
        "1 -> 2",
    ): "one byte too many is noticed as two are",
    (
        "minigrad/generator.py",
        'words = (inner["state"][key].to_bytes(16, "little") for key in ("state", "inc"))',
        "16 -> 17",
    ): "the 17th byte is 0, and packed are 16",
    (
        "ops/arithmetic.py",
        "safe = logical_or(logical_or(x1 >= tiny, x1 <= -tiny), x2 != 0)",
        "<= -> <",
    ): "0 times 1 / tiny is 0, as 0 times 1 is",
    (
        "ops/arithmetic.py",
        "safe = logical_or(logical_or(x1 >= tiny, x1 <= -tiny), x2 != 0)",
        ">= -> >",
    ): "0 times 1 / tiny is 0, as 0 times 1 is",
    (
        "nn/functional/pooling.py",
        "return [np.where(start < 0, start % d, start) for start, d in steps]",
        "< -> <=",
    ): "0 % d is 0",
    (
        "optim/lr_scheduler.py",
        "if -ROUNDING <= rate < 0:",
        "< -> <=",
    ): "a rate of 0 has been returned before",
    (
        "engine/record.py",
        "pattern <<= 1",
        "1 -> 2",
    ): "two bits for each tell the patterns apart as one does",
    (
        "nn/functional/layers.py",
        'if getattr(input, "ndim", 0) == 2:',
        "0 -> 1",
    ): "any number will do but 2",
    (
        "nn/functional/smooth.py",
        "negative = clip(x, -800 * alpha, 0.0)",
        "800 -> 801",
    ): "exp is 0 from -746 on",
    (
        "utils/data/workers.py",
        "process.join(1)",
        "1 -> 2",
    ): "how long is waited for a process that has ended",
}


class Mutant(NamedTuple):
    file: str  # below the root
    line: int
    column: int
    token: str
    new: str
    text: str  # the line, stripped
    inside: str  # the function around it

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column} {self.token} -> {self.new or 'nothing'}"

    def place(self, seed: int) -> str:
        """Where it comes in the order of a seed."""
        about = (seed, self.file, self.inside, self.text, self.column, self.token)
        return hashlib.sha256(repr(about).encode()).hexdigest()

    def apply(self, source: str) -> str:
        lines = source.splitlines(keepends=True)
        line = lines[self.line - 1]
        after = line[self.column + len(self.token) :]
        lines[self.line - 1] = line[: self.column] + self.new + after
        return "".join(lines)

    def is_default(self) -> bool:
        """Is it an argument's default, which is compared to PyTorch's?"""
        before = self.text[: self.text.find(self.token)] if self.inside else ""
        return re.search(r": [^=]+ = -?$", before) is not None

    def reason(self) -> str | None:
        """Why it is no fault, if that is known."""
        for (file, text, change), why in EQUIVALENT.items():
            if self.file.endswith(file) and text == self.text:
                if change in ("*", f"{self.token} -> {self.new or 'nothing'}"):
                    return why
        return None


# --------------------------------------------------------------------- the places


def replaced(token: str) -> str | None:
    """What stands there instead, if it may be exchanged."""
    if re.fullmatch(r"\d+", token):
        return str(int(token) + 1)
    if re.fullmatch(r"\d*\.\d*(e-?\d+)?", token) and token != ".":
        return repr(float(token) + 1)
    return SWAPS.get(token)


def in_python(file: Path) -> Iterator[Mutant]:
    source = file.read_text()
    lines, name = [*source.splitlines(), ""], str(file.relative_to(ROOT))
    around, quiet = {}, set()
    for node in ast.walk(ast.parse(source)):
        last = getattr(node, "end_lineno", 0)
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            around.update(dict.fromkeys(range(node.lineno, last + 1), node.name))
        if isinstance(node, ast.FunctionDef):  # its annotations
            notes = [node.returns, *(getattr(a, "annotation", None) for a in ast.walk(node.args))]
        else:
            notes = [node.annotation] if isinstance(node, ast.AnnAssign) else []
        for note in filter(None, notes):
            quiet.update((note.lineno, c) for c in range(note.col_offset, note.end_col_offset))
        typing = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if typing or isinstance(node, ast.Raise):
            quiet.update((n, c) for n in range(node.lineno, last + 1) for c in range(200))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = ast.unparse(node.value.func)
            if called in ("check_number", "check_integer", "warnings.warn"):  # a text, and None
                quiet.update((n, c) for n in range(node.lineno, last + 1) for c in range(200))
    previous = ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        n, column = token.start
        if token.type == tokenize.ENDMARKER:
            break
        kinds = (tokenize.OP, tokenize.NUMBER, tokenize.NAME)
        new = replaced(token.string) if token.type in kinds else None
        starred = token.string == "*" and previous in ("(", ",", "[", "import")
        rest = lines[n - 1][column + len(token.string) :]
        keyword = rest.startswith("=") and token.type == tokenize.NAME
        of_type = token.string == "/" and previous in ("(", ",")
        strict = lines[n - 1][:column].endswith("strict=")
        rest_of_size = lines[n - 1][:column].endswith((".reshape(-", ".reshape((-"))
        if previous == "." or token.string == "least":  # which is a function in C alone
            new = None
        if token.string == "not" and previous == "is":  # one word here
            new = None
        apart = starred or keyword or of_type or strict or rest_of_size
        if new is not None and not apart and (n, column) not in quiet:
            text = lines[n - 1].strip()
            if not SPEED.search(text) and not text.startswith(("@", "import", "from", "__")):
                yield Mutant(name, n, column, token.string, new, text, around.get(n, ""))
        if token.type not in (tokenize.NL, tokenize.COMMENT):
            previous = token.string


C_TOKEN = re.compile(
    r"\d+\.\d+\w*|\d+|[A-Za-z_]\w*|->|\+\+|--|<<|>>|[-+*/<>=!&|]=|&&|\|\||[-+*/<>]"
)
TYPE = re.compile(r"\b(T|void|char|vec|const|int|double|job|struct \w+|MG_RESTRICT) *$")


def in_c(file: Path) -> Iterator[Mutant]:
    source = file.read_text()
    words = re.compile(r"/\*.*?\*/|\"[^\"\n]*\"", re.DOTALL)  # comments and texts
    bare = words.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), source)
    name, around = str(file.relative_to(ROOT)), ""
    for n, line in enumerate(bare.splitlines(), 1):
        if "#else /* no threads" in source.splitlines()[n - 1]:
            break  # not compiled where there are threads
        if re.match(r"[A-Za-z].*\w\(", line):
            around = re.findall(r"(\w+)\(", line)[0]
        if line.startswith("}"):
            around = ""
        if line.lstrip().startswith(("#", "extern", "typedef")):
            continue
        if SPEED.search(line) or around in FASTER:
            continue
        for found in C_TOKEN.finditer(line):
            token, column = found[0], found.start()
            before, after = line[:column].rstrip()[-1:], line[found.end() :].lstrip()[:1]
            value_before = before.isalnum() or (before and before in "_)]")
            pointer = token == "*" and (not value_before or TYPE.search(line[:column]))
            unary = token in "+-" and not value_before
            new = replaced(token)
            if new is None or pointer or unary or not around or (after == ")" and token == "*"):
                continue
            text = source.splitlines()[n - 1].strip()
            yield Mutant(name, n, column, token, new, text, around)


def places(language: str) -> list[Mutant]:
    if language == "python":
        files = [f for d in PYTHON for f in (ROOT / "minigrad" / d).rglob("*.py")]
        files = [f for f in files if f.name not in LEFT_OUT]
        files += [ROOT / "minigrad" / f for f in ALSO]
        return [m for f in sorted(files) for m in in_python(f)]
    tuning = ("avx2.h", "avx512.h", "generic.h", "tuning.h")  # constants that cost or save time
    files = [f for kind in ("*.c", "*.h") for f in (ROOT / "csrc").rglob(kind)]
    return [m for f in sorted(files) if f.name not in (*tuning, "cpu.c") for m in in_c(f)]


# --------------------------------------------------------------------- the tests


class Copy:
    """A copy of the sources, in which one mutant at a time is planted."""

    def __init__(self, work: Path) -> None:
        self.work = work
        ignore = shutil.ignore_patterns("__pycache__", "*.pyc", ".*", "build")
        for name in ("minigrad", "csrc", "tests", "scripts", "docs"):  # tests read all
            shutil.copytree(ROOT / name, work / name, ignore=ignore)
        for name in ("pyproject.toml", "setup.py"):
            shutil.copy(ROOT / name, work / name)
        self.environment = dict(os.environ, PYTHONPATH=str(work))
        self.now = int(time.time())
        self.sound: set[str] = set()

    def pytest(self, *arguments: str, **environment: str) -> str:
        """The first test that fails, or nothing."""
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        try:
            done = subprocess.run([*command, *arguments], cwd=self.work, capture_output=True,
                                  text=True, timeout=TIMEOUT,
                                  env={**self.environment, **environment})  # fmt: skip
        except subprocess.TimeoutExpired:
            return "no end"
        return first_failure(done.returncode, done.stdout)

    def forked(self, *arguments: str) -> str:
        """The same in a fork of this process, which has imported what takes long."""
        with tempfile.TemporaryFile("w+") as out:
            child = os.fork()
            if child == 0:
                code = 99
                try:
                    signal.setitimer(signal.ITIMER_PROF, TIMEOUT)  # of its own: others work too
                    signal.alarm(3 * TIMEOUT)  # where it waits
                    os.dup2(out.fileno(), 1)
                    os.dup2(out.fileno(), 2)
                    os.chdir(self.work)
                    os.environ.update(self.environment)  # for the processes that tests start
                    sys.path[0] = str(self.work)  # instead of scripts/
                    known = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # of the forks
                    common = ["-q", "-x", "-p", "no:cacheprovider", *known]
                    code = int(pytest.main([*common, *arguments]))
                    sys.stdout.flush()
                except BaseException:
                    traceback.print_exc()
                finally:
                    os._exit(code)
            status = os.waitpid(child, 0)[1]
            out.seek(0)
            if os.WIFSIGNALED(status):
                ended = os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGALRM)
                return "no end" if ended else "a signal"
            return first_failure(os.WEXITSTATUS(status), out.read())

    def plant(self, mutant: Mutant) -> str:
        """Write the mutant; what stood there."""
        source = (self.work / mutant.file).read_text()
        self.write(mutant.file, mutant.apply(source))
        return source

    def check(self, test: str) -> None:
        """RuntimeError if a test that killed a mutant fails without any, too."""
        name = test.partition("[")[0]
        if "::" in name and name not in self.sound:
            if self.forked(name):
                raise RuntimeError(f"without any mutant, {name} fails")
            self.sound.add(name)

    def write(self, file: str, text: str) -> None:
        """A file with a time that no compiled one has: two texts may have one length."""
        (self.work / file).write_text(text)
        self.now += 2
        os.utime(self.work / file, (self.now, self.now))

    def python(self, mutant: Mutant) -> str:
        tests = tests_of(mutant.file).split()
        own = f"tests/{Path(mutant.file).parts[1]}/test_{Path(mutant.file).stem}.py"
        first = [mutant.file, *([own] if (self.work / own).exists() else [])]
        rounds = [["-m", "not slow", *first, *tests], ["-m", "slow", *tests]]  # examples come first
        if mutant.inside:
            rounds.append(["tests/ops/test_operations.py", "-k", mutant.inside])
        for start, beside in BESIDE.items():  # skipped where there is no PyTorch
            if mutant.file.startswith(f"minigrad/{start}"):
                last = [f"tests/beside_torch/{name}" for name in beside.split()]
                rounds.insert(0 if mutant.is_default() else len(rounds), last)
                break
        return next(filter(None, (self.forked(*tests) for tests in rounds)), "")


def first_failure(code: int, output: str) -> str:
    """The name of the test that failed, "" if none did; RuntimeError where none was run."""
    if code in (0, 5):  # 5: there was no such test
        return ""
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", output, re.M)
    if found is None and 0 < code < 128 and code not in (1, 2, 4):
        raise RuntimeError(f"pytest ended with {code}:\n{output}")
    return found[1] if found else f"pytest's exit {code}"


class Kernels(Copy):
    """The same for C: only the translation units that see the mutant are compiled again."""

    flags = "-O1 -g0 -fPIC -fno-math-errno -fno-trapping-math -w -pthread".split()
    checked = "-fsanitize=address,undefined -fno-sanitize-recover=all".split()

    def __init__(self, work: Path) -> None:
        super().__init__(work)
        paths = paths_here()
        self.paths = [p for p in ("avx2", "generic", "avx512") if p in paths]
        self.path = self.paths[0]
        pyx = work / "minigrad/kernels/_native.pyx"
        generated = work / "_native.c"
        self.run("cython", "-3", "-o", str(generated), str(pyx))
        self.sources = [generated, *sorted((work / "csrc").rglob("*.c"))]
        self.objects: dict[tuple[Path, bool], Path] = {}
        suffix = sysconfig.get_config_var("EXT_SUFFIX")
        self.module = work / f"minigrad/kernels/_native{suffix}"

    def run(self, tool: str, *arguments: str) -> None:
        command = [sys.executable, "-m", tool] if tool == "cython" else [tool]
        subprocess.run([*command, *arguments], check=True, cwd=self.work, capture_output=True)

    def compiled(self, source: Path, asan: bool, to: str) -> Path:
        out = self.work / f"{source.parent.name}_{source.stem}.{to}.o"
        include = ["-Icsrc", f"-I{sysconfig.get_paths()['include']}", f"-I{np.get_include()}"]
        include.append("-DNPY_NO_DEPRECATED_API=NPY_2_0_API_VERSION")
        checked = self.checked if asan else []
        self.run("gcc", *self.flags, *checked, *include, "-c", str(source), "-o", str(out))
        return out

    def build(self, mutant: Mutant, asan: bool) -> None:
        objects = []
        for source in self.sources:
            if self.sees(source, mutant.file):
                objects.append(self.compiled(source, asan, "mutant"))
                continue
            elsewhere = "template" in source.parts and not source.stem.endswith(self.path)
            key = source, asan and not elsewhere  # a path that no test takes needs no checks
            if key not in self.objects:
                self.objects[key] = self.compiled(*key, f"whole{key[1]:d}")
            objects.append(self.objects[key])
        self.run("gcc", "-shared", "-pthread", *(self.checked if asan else []), "-o",
                 str(self.module), *map(str, objects), "-lm")  # fmt: skip

    def sees(self, source: Path, file: str) -> bool:
        if file.endswith(".c"):
            return source == self.work / file
        if "template" in file:
            return source.name in (f"f32_{self.path}.c", f"f64_{self.path}.c")
        return "csrc" in source.parts and ("plain" not in file or "plain" in source.parts)

    def c(self, mutant: Mutant) -> str:
        tests = [f"tests/kernels/{name}" for name in tests_of(mutant.file).split()]
        paths = self.paths if "template" in mutant.file else self.paths[:1]
        for path in ["plain"] if "plain" in mutant.file else paths:
            self.path = path
            try:
                self.build(mutant, False)
            except subprocess.CalledProcessError:
                return "the compiler"
            chosen = [] if "program" in mutant.file else ["-k", path]
            if failed := self.pytest(*chosen, *tests, MINIGRAD_CPU=path):
                return f"{failed} on {path}"
        return self.checked_tests(mutant, path, *chosen, *tests)

    def checked_tests(self, mutant: Mutant, path: str, *tests: str) -> str:
        """The first test that fails under AddressSanitizer."""
        self.build(mutant, True)
        library = subprocess.run(["gcc", "-print-file-name=libasan.so"], text=True,
                                 capture_output=True).stdout.strip()  # fmt: skip
        options = "detect_leaks=0:allocator_may_return_null=1"
        named = (
            tests
            if tests[-1].startswith("tests/")
            else (*tests, "tests/kernels/test_kernel_limits.py")
        )
        failed = self.pytest(*named, MINIGRAD_CPU=path, LD_PRELOAD=library,
                             PYTHONMALLOC="malloc", ASAN_OPTIONS=options)  # fmt: skip
        return failed and f"{failed} (AddressSanitizer)"

    def overflow(self, file: str, old: str, new: str, path: str) -> str:
        """The first test that AddressSanitizer stops on one path, with a text exchanged."""
        place = self.work / file
        source = place.read_text()
        assert source.count(old) == 1, f"{file} has no {old!r}"
        self.path = path
        place.write_text(source.replace(old, new))
        try:
            return self.checked_tests(Mutant(file, 0, 0, old, new, old, ""), path, "-k", path)
        finally:
            place.write_text(source)


def paths_here() -> list[str]:
    """The paths of kernels that this machine has."""
    show = "from minigrad import kernels; print(*kernels.config()['cpus_available'])"
    done = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, cwd=ROOT)
    return done.stdout.split()


def tests_of(file: str) -> str:
    return next(tests for start, tests in TESTS.items() if file.startswith(start))


def overflows() -> int:
    """Plant OVERFLOWS on every path of this machine; 1 if one is not found."""
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Kernels(Path(folder) / "copy")
        for path in paths_here():
            for file, old, new in OVERFLOWS if path != "plain" else []:
                failed = copy.overflow(file, old, new, path)
                missed += bool(failed) == (old == new)
                print(f"{'killed' if failed else 'survived'}  {path}  {file}: {old} -> {new}  "
                      f"[{failed}]", flush=True)  # fmt: skip
    return 1 if missed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", choices=["python", "c"])
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--part", default="1/1", help="K/N: the Kth of N equal parts")
    parser.add_argument("--files", default="", help="only files with this in their paths")
    parser.add_argument("--overflows", action="store_true", help="only those of buffers, each path")
    parser.add_argument("--list", action="store_true", help="only name them")
    options = parser.parse_args()
    if options.overflows:
        return overflows()
    began, survivors, killed = time.perf_counter(), [], 0
    print(f"seed {options.seed}, Python {platform.python_version()}, NumPy {np.__version__}")
    for language in ("python", "c"):
        if options.only not in (None, language):
            continue
        found = [m for m in places(language) if options.files in m.file and not m.reason()]
        count = min(options.count or COUNT[language], len(found))
        part, parts = map(int, options.part.split("/"))
        chosen = sorted(found, key=lambda m: m.place(options.seed))[part - 1 : count : parts]
        print(f"{language}: {count} of {len(found)} places", flush=True)
        if options.list:
            print(*(f"    {m}    {m.text}" for m in chosen), sep="\n")
            continue
        with tempfile.TemporaryDirectory() as folder:
            copy = (Copy if language == "python" else Kernels)(Path(folder) / "copy")
            if failed := getattr(copy, language)(chosen[0]):
                raise RuntimeError(f"without any mutant, {failed} fails")
            for mutant in chosen:
                start, source = time.perf_counter(), copy.plant(mutant)
                failed = getattr(copy, language)(mutant)
                copy.write(mutant.file, source)
                if language == "python":
                    copy.check(failed)
                killed += bool(failed)
                took = time.perf_counter() - start
                print(f"{'killed' if failed else 'SURVIVED'} {took:5.0f} s  {mutant}  "
                      f"[{failed or mutant.text}]", flush=True)  # fmt: skip
                if not failed:
                    survivors.append(mutant)
    for mutant in survivors:
        print(f"survivor: {mutant}    {mutant.text}")
    share = killed / max(killed + len(survivors), 1)
    print(f"{killed} killed, {len(survivors)} survived ({share:.1%}), "
          f"{time.perf_counter() - began:.0f} s")  # fmt: skip
    return 0 if share >= 0.95 else 1


if __name__ == "__main__":
    raise SystemExit(main())
