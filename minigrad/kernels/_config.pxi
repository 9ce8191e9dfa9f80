# Which instruction set, how many threads: chosen at import, from the environment or the machine.

def get_num_threads():
    """How many threads a kernel may use."""
    return mg_get_num_threads()


def set_num_threads(n):
    """Let kernels use n threads, 1 to 256. Results do not depend on it.

    Raises TypeError for what is no integer, ValueError for one out of range.
    """
    checks.set_num_threads(n)
    mg_set_num_threads(n)


def config():
    return {
        "cpu": mg_cpu_name().decode(),
        "cpus_available": tuple(name for name, runs in _cpu_paths() if runs),
        "threads": mg_get_num_threads(),
        "thread_support": bool(mg_thread_support()),
        "compiler": mg_compiler().decode(),
    }


def _cpu_paths():
    """(name, whether it runs here) of every path that was built, the slowest first."""
    cdef int i = 0
    paths = []
    while mg_cpu_path(i) != NULL:
        paths.append((mg_cpu_path(i).decode(), bool(mg_cpu_available(i))))
        i += 1
    return paths


def _use_cpu(name):
    """Choose the path by name, or the best one if it is empty; no kernel may be running."""
    cdef bytes encoded = name.encode()
    cdef const char *text = encoded
    cdef int status = mg_select_cpu(text if text[0] else NULL)
    paths = _cpu_paths()
    if status == MG_CPU_UNKNOWN:
        raise ValueError(f"MINIGRAD_CPU={name!r} is not one of the paths built: "
                         + ", ".join(path for path, _ in paths))
    if status == MG_CPU_UNAVAILABLE:
        raise ValueError(f"MINIGRAD_CPU={name!r} does not run on this machine, which has "
                         + ", ".join(path for path, runs in paths if runs))


cdef _configure():
    cdef const char *name = getenv("MINIGRAD_CPU")
    _use_cpu(name.decode() if name != NULL else "")
    cdef const char *threads = getenv("MINIGRAD_NUM_THREADS")
    if threads == NULL or not threads[0]:
        mg_set_num_threads(min(mg_count_cores(), 256))
    else:
        text = threads.decode()
        if not text.isdecimal() or not 1 <= int(text) <= 256:
            raise ValueError("MINIGRAD_NUM_THREADS must be an integer between 1 and 256, "
                             f"got {text!r}")
        mg_set_num_threads(int(text))


_configure()
