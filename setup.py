"""Build the kernels; everything else about the package is in pyproject.toml.

MINIGRAD_WERROR=1   turn the warnings of our own C into errors
MINIGRAD_CFLAGS     more compiler flags, such as -fsanitize=address (see scripts/sanitize.sh)
MINIGRAD_THREADS=0  build without threads
MINIGRAD_KERNELS=reference  compile nothing: for machines without a compiler, where the variable has
                    to be set when minigrad is imported, too
"""

import os
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

# errno and traps are of no use to kernels, and would keep loops with sqrt or a choice scalar
GNU_FLAGS = ["-O3", "-g0", "-fno-math-errno", "-fno-trapping-math", "-fvisibility=hidden"]
# for our own C; Cython's output is not held to these
WARNINGS = ["-Wall", "-Wextra"]
if os.environ.get("MINIGRAD_WERROR") == "1":
    WARNINGS.append("-Werror")
MORE_FLAGS = os.environ.get("MINIGRAD_CFLAGS", "").split()
C = Path("csrc")


class BuildKernels(build_ext):
    """Compile with the flags of the compiler at hand, as many files at once as there are cores.

    A file that is older than its object is not compiled again; setuptools would compile them all,
    one after the other.
    """

    def run(self) -> None:
        if self.editable_mode or self.inplace:  # an edit of these files must show without a build
            self.extensions = [e for e in self.extensions if e.name not in PLAIN_PYTHON]
        super().run()

    def build_extensions(self) -> None:
        units = [(e, source) for e in self.extensions for source in e.sources]
        units.sort(key=lambda unit: "template" not in unit[1])  # the longest first
        workers = self.parallel or (1 if self.msvc else cores())
        with ThreadPoolExecutor(workers) as pool:
            objects = list(pool.map(self.compile, *zip(*units, strict=True)))
        for extension in self.extensions:
            extension.sources = []
            extension.extra_objects = []
            extension.extra_link_args = MORE_FLAGS
        for (extension, _), made in zip(units, objects, strict=True):
            extension.extra_objects.append(made)
        self.force = True  # linking takes no time
        super().build_extensions()

    @property
    def msvc(self) -> bool:
        return self.compiler.compiler_type == "msvc"

    def compile(self, extension: Extension, source: str) -> str:
        """The object file of a source."""
        ours = C in Path(source).parents
        flags = ["/O2", "/std:c11"] if self.msvc else GNU_FLAGS + (WARNINGS if ours else ["-w"])
        flags = flags + MORE_FLAGS
        command = [getattr(self.compiler, "compiler_so", ""), flags, extension.define_macros]
        folder = str(Path(self.build_temp, f"{zlib.crc32(repr(command).encode()):08x}"))
        (made,) = self.compiler.object_filenames([source], output_dir=folder)
        needed = [Path(source), Path(__file__), *C.glob("*.h"), *Path(source).parent.glob("*.h")]
        newest = max(path.stat().st_mtime for path in needed)
        if self.force or not Path(made).exists() or Path(made).stat().st_mtime < newest:
            print(f"compiling {source}", flush=True)
            self.compiler.compile(
                [source],
                output_dir=folder,
                macros=extension.define_macros,
                include_dirs=extension.include_dirs,
                extra_postargs=flags,
            )
        return made


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


macros = [("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION")]
if os.environ.get("MINIGRAD_THREADS") == "0":
    macros.append(("MG_THREADS", "0"))

native = Extension(
    "minigrad.kernels._native",
    ["minigrad/kernels/_native.pyx", *sorted(map(str, C.rglob("*.c")))],
    depends=sorted(map(str, [*C.rglob("*.h"), *Path("minigrad/kernels").glob("*.pxi")])),
    include_dirs=["csrc", numpy.get_include()],
    define_macros=macros,
)

# The hot path of a small net (benchmarks/tape.py times it), plain Python that Cython compiles as it
# stands. In an editable install the files themselves run.
COMPILED = {
    "engine": """
        version mode tell drop unbroadcast tape fields tensor plan promote record call backward
        lists changes
    """,
    "optim": "optimizer sgd adam",
    "program": "guards instructions record plan",
}
PLAIN_PYTHON = [f"minigrad.{p}.{name}" for p, names in COMPILED.items() for name in names.split()]
compiled = [Extension(name, [f"{name.replace('.', '/')}.py"]) for name in PLAIN_PYTHON]

setup(
    ext_modules=cythonize(
        [] if os.environ.get("MINIGRAD_KERNELS") == "reference" else [native, *compiled],
        build_dir="build",
        compiler_directives={"language_level": 3, "annotation_typing": False, "auto_pickle": False},
    ),
    cmdclass={"build_ext": BuildKernels},
)
