"""Build the kernels; everything else about the package is in pyproject.toml.

MINIGRAD_WERROR=1   turn the warnings of our own C into errors
MINIGRAD_CFLAGS     more compiler flags, such as -fsanitize=address (see scripts/sanitize.sh)
MINIGRAD_THREADS=0  build without threads
"""

import os
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

# errno and traps are of no use to kernels, and would keep loops with sqrt or a choice scalar
GNU_FLAGS = ["-O3", "-g0", "-fno-math-errno", "-fno-trapping-math", "-fvisibility=hidden"]
# Cython's own output is not held to these
WARNINGS = ["-Wall", "-Wextra"]
if os.environ.get("MINIGRAD_WERROR") == "1":
    WARNINGS.append("-Werror")
MORE_FLAGS = os.environ.get("MINIGRAD_CFLAGS", "").split()


class BuildKernels(build_ext):
    """Compile with the flags of the compiler at hand; warnings only count in csrc/."""

    def run(self) -> None:
        if self.editable_mode or self.inplace:  # an edit of these files must show without a build
            self.extensions = [e for e in self.extensions if e.name not in PLAIN_PYTHON]
        super().run()

    def build_extensions(self) -> None:
        gnu = self.compiler.compiler_type != "msvc"
        flags = (GNU_FLAGS if gnu else ["/O2", "/std:c11"]) + MORE_FLAGS
        warnings = WARNINGS if gnu else []
        for extension in self.extensions:
            extension.extra_compile_args = flags
            if gnu and extension.name in PLAIN_PYTHON:
                extension.extra_compile_args = [*flags, "-w"]  # all of it is Cython's
            extension.extra_link_args = MORE_FLAGS
        compile_one = getattr(self.compiler, "_compile", None)
        if warnings and compile_one:

            def compile_ours(obj, src, ext, cc_args, extra_postargs, pp_opts):
                ours = warnings if Path(src).parts[0] == "csrc" else []
                compile_one(obj, src, ext, cc_args, extra_postargs + ours, pp_opts)

            self.compiler._compile = compile_ours
        super().build_extensions()


macros = [("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION")]
if os.environ.get("MINIGRAD_THREADS") == "0":
    macros.append(("MG_THREADS", "0"))

native = Extension(
    "minigrad.kernels._native",
    ["minigrad/kernels/_native.pyx", *sorted(map(str, Path("csrc").glob("*.c")))],
    depends=sorted(map(str, [*Path("csrc").rglob("*.h"), *Path("minigrad/kernels").glob("*.pxi")])),
    include_dirs=["csrc", numpy.get_include()],
    define_macros=macros,
)

# The hot path of a small net (benchmarks/tape.py times it), plain Python that Cython compiles as it
# stands. In an editable install the files themselves run.
PLAIN_PYTHON = [f"minigrad.engine.{name}" for name in ("version", "tape", "tensor", "call")]
compiled = [Extension(name, [f"{name.replace('.', '/')}.py"]) for name in PLAIN_PYTHON]

setup(
    ext_modules=cythonize(
        [native, *compiled],
        build_dir="build",
        compiler_directives={"language_level": 3, "annotation_typing": False, "auto_pickle": False},
    ),
    cmdclass={"build_ext": BuildKernels},
)
