"""Links to the source for what Sphinx finds none of: aliases, constants, made methods, kernels."""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import inspect
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
CYTHON = re.compile(r"^(?:cp)?def (?:\w+ )*?(\w+)\(", re.MULTILINE)
Tags = dict[str, tuple[str, int, int]]


@functools.cache
def source(module: str) -> tuple[str, Tags]:
    """The code of a module, and between which lines each name of it is defined."""
    from sphinx.pycode import ModuleAnalyzer

    stem = ROOT / module.replace(".", "/")
    for suffix in (".pyx", ".pxi"):
        if (path := stem.with_suffix(suffix)).is_file():
            return cython(path.read_text(encoding="utf-8"))
    analyzer = ModuleAnalyzer.for_module(module)
    analyzer.find_tags()
    return analyzer.code, analyzer.tags


def cython(code: str) -> tuple[str, Tags]:
    """Sphinx parses no Cython: a function goes on to the next."""
    starts = [(m[1], code.count("\n", 0, m.start()) + 1) for m in CYTHON.finditer(code)]
    ends = [line - 1 for _, line in starts[1:]] + [code.count("\n") + 1] * bool(starts)
    return code, {
        name: ("def", start, end) for (name, start), end in zip(starts, ends, strict=True)
    }


def of_compiled(app: Any, module: str) -> tuple[str, Tags] | None:
    """Sphinx's hook: the source of a module in Cython."""
    stem = ROOT / module.replace(".", "/")
    compiled = any(stem.with_suffix(suffix).is_file() for suffix in (".pyx", ".pxi"))
    return source(module) if compiled else None


def origin(module: str, name: str) -> tuple[str, str] | None:
    """The module and the name in it that define what a page calls so; None if none of ours does."""
    chain = [importlib.import_module(module)]
    for part in name.split("."):
        try:
            look = getattr if inspect.ismodule(chain[-1]) else inspect.getattr_static
            chain.append(look(chain[-1], part))
        except AttributeError:
            break  # a field: its class says it
    return next((found for thing in chain[:0:-1] if (found := spot(thing))), None)


@functools.cache
def bindings(module: str) -> tuple[Tags, dict[str, tuple[str, str]]]:
    """Where a module gives names by assignment or import, and what it imports of ours as what."""
    tags: Tags = {}
    imported = {}
    here = importlib.import_module(module)
    package = here.__name__ if hasattr(here, "__path__") else here.__name__.rpartition(".")[0]
    for line in ast.parse(inspect.getsource(here)).body:
        named: list[tuple[str, ast.AST]] = []
        if isinstance(line, (ast.Assign, ast.AnnAssign)):
            targets = line.targets if isinstance(line, ast.Assign) else [line.target]
            parts = [part for target in targets for part in ast.walk(target)]
            named = [(part.id, line) for part in parts if isinstance(part, ast.Name)]
        elif isinstance(line, ast.ImportFrom):
            named = [(alias.asname or alias.name, alias) for alias in line.names]
            if line.level:
                place = importlib.util.resolve_name("." * line.level + (line.module or ""), package)
                imported |= {a.asname or a.name: (place, a.name) for a in line.names}
        for name, node in named:
            tags[name] = ("data", node.lineno, node.end_lineno or node.lineno)
    return tags, imported


def binding(module: str, name: str) -> tuple[str, str] | None:
    """The module that gives a constant its name, and that name; None if none of ours does."""
    tags, imported = bindings(module)
    if name in imported:
        return binding(*imported[name])
    if name in tags:
        return module, name
    later = getattr(importlib.import_module(module), "_LATER", {}).get(name)
    return binding(f"{module}.{later}", name) if later else None


def spot(thing: Any) -> tuple[str, str] | None:
    """Where a thing is defined: its code's place, or that of the class it is made of."""
    for inside in ("__func__", "fget", "func"):  # class methods, properties, cached ones
        thing = getattr(thing, inside, None) or thing
    thing = inspect.unwrap(thing)
    if isinstance(thing, type):
        for base in thing.__mro__:
            if base.__module__.startswith("minigrad"):
                if base.__qualname__ in source(base.__module__)[1]:
                    return base.__module__, base.__qualname__
        return None if type(thing) is type else spot(type(thing))
    code = getattr(thing, "__code__", None)
    if code is None:
        return None
    path = ROOT / code.co_filename
    if not path.is_file() or not path.is_relative_to(ROOT / "minigrad"):
        return None
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    around = [
        (start, name)
        for name, (_, start, end) in source(module)[1].items()
        if start <= code.co_firstlineno <= end
    ]
    return (module, max(around)[1]) if around else None


def link(app: Any, doctree: Any) -> None:
    """Sphinx's hook, after viewcode's: a link for each entry that has none yet."""
    from sphinx import addnodes
    from sphinx.ext.viewcode import OUTPUT_DIRNAME, viewcode_anchor

    known = app.env._viewcode_modules
    docname = app.env.current_document.docname
    for entry in doctree.findall(addnodes.desc_signature):
        if entry.get("module") is None or any(entry.findall(viewcode_anchor)):
            continue
        label = entry["fullname"]
        found = origin(entry["module"], label) or binding(entry["module"], label)
        if found is None:
            continue
        module, name = found
        if not known.get(module):
            known[module] = (*source(module), {}, module)
        _, tags, used, _ = known[module]
        if name not in tags:
            tags[name] = bindings(module)[0][name]
        used.setdefault(name, docname)
        page = f"{OUTPUT_DIRNAME}/{module.replace('.', '/')}"
        entry += viewcode_anchor(reftarget=page, refid=name, refdoc=docname)
