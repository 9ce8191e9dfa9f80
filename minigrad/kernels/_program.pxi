# Programs: what `minigrad.program` plans, run without Python between the kernels.

from collections import OrderedDict

from cpython.dict cimport PyDict_GetItemWithError, PyDict_Next, PyDict_Size
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.ref cimport PyObject
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE

from types import CellType, FunctionType

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT(object)
    PyObject *PyCell_GET(PyObject *)
    ctypedef struct PyTypeObject:
        unsigned int tp_version_tag
    PyObject **_PyObject_GetDictPtr(PyObject *)
    PyObject *PyFunction_GET_CODE(PyObject *)
    PyObject *PyFunction_GET_DEFAULTS(PyObject *)
    PyObject *PyFunction_GET_KW_DEFAULTS(PyObject *)

cdef extern from "memory.h" nogil:
    void mg_memory_drop()


def drop_memory():
    """Give back what is kept of freed arrays: a program has its own, for good."""
    mg_memory_drop()


cdef enum:
    LAYOUT = np.NPY_ARRAY_ALIGNED | np.NPY_ARRAY_WRITEABLE

cdef extern from "program.h" nogil:
    enum:
        MG_SLOTS
        MG_SIZES
        MG_NUMBERS
        MG_BAD_LABEL

    struct mg_instruction:
        int code
        int kind
        int slot[8]
        ptrdiff_t size[8]
        double number[5]

    ptrdiff_t mg_run(const mg_instruction *program, ptrdiff_t n, char **table, int *status)


cdef inline bint has_attributes(tensor):
    """Does a tensor have attributes of its own?"""
    cdef PyObject **space = _PyObject_GetDictPtr(<PyObject *>tensor)
    return space != NULL and space[0] != NULL and PyDict_Size(<object>space[0]) > 0


cdef class Executor:
    """Instructions (code, kind, slots, sizes, numbers), and a table of the arrays in their slots."""

    cdef mg_instruction *program
    cdef char **table
    cdef ptrdiff_t count
    cdef list arrays, live_slots, live, given_slots, given_places, leaves, grad_slots, cleared
    cdef list changed
    cdef readonly list grads
    cdef list grad_arrays
    cdef object make, keep, numbers

    def __cinit__(self, list instructions, Py_ssize_t slots):
        cdef ptrdiff_t i, j
        self.count = len(instructions)
        self.program = <mg_instruction *>PyMem_Calloc(self.count + 1, sizeof(mg_instruction))
        self.table = <char **>PyMem_Calloc(slots + 1, sizeof(char *))
        if self.program == NULL or self.table == NULL:
            raise MemoryError("no memory for a program")
        self.arrays = [None] * slots
        for i in range(self.count):
            code, kind, places, sizes, numbers = instructions[i]
            self.program[i].code = code
            self.program[i].kind = kind
            for j in range(MG_SLOTS):
                self.program[i].slot[j] = places[j] if j < len(places) else -1
            for j in range(len(sizes)):
                self.program[i].size[j] = sizes[j]
            for j in range(len(numbers)):
                self.program[i].number[j] = numbers[j]

    def __dealloc__(self):
        PyMem_Free(self.program)
        PyMem_Free(self.table)

    cpdef bind(self, Py_ssize_t slot, np.ndarray array):
        """Put an array into a slot."""
        self.arrays[slot] = array
        self.table[slot] = <char *>np.PyArray_DATA(array)

    def array(self, Py_ssize_t slot):
        """What is in a slot."""
        return self.arrays[slot]

    def set_up(self, loads, given, list leaves, list grad_slots, list cleared, list changed, make,
               keep, numbers):
        """What `start` does to tensors, and what `run` counts.

        loads : the slots that the arrays of tensors are put into, and the tensors
        given : the slots of arguments, and their places
        leaves, grad_slots : whose `grad` is written, and where; cleared : whose is forgotten
        changed : the tensors whose versions count
        make : an empty gradient like an array; keep : engine.tensor's keep_gradients; numbers : of changes, in the order of time
        """
        self.live_slots, self.live = [s for s, _ in loads], [t for _, t in loads]
        self.given_slots, self.given_places = [s for s, _ in given], [i for _, i in given]
        self.leaves, self.grad_slots, self.cleared = leaves, grad_slots, cleared
        self.grads = [None] * len(leaves)
        self.grad_arrays = [self.arrays[slot] for slot in grad_slots]
        self.changed, self.make, self.keep, self.numbers = changed, make, keep, numbers

    def start(self, tuple given):
        """Put the arrays of tensors and arguments into slots, and give the leaves gradients."""
        cdef Py_ssize_t i, slot
        for i in range(PyList_GET_SIZE(self.live)):
            slot = self.live_slots[i]
            array = self.live[i]._data
            if not isinstance(array, np.ndarray):  # 0-d
                array = self.live[i]._array()
            if array is not self.arrays[slot]:
                self.bind(slot, array)
        for i in range(PyList_GET_SIZE(self.given_slots)):
            self.bind(self.given_slots[i], given[self.given_places[i]]._array())
        if not self.sole():
            for leaf in self.leaves:  # first, so that the new ones may have the memory of the old
                leaf._grad = None
            for i in range(PyList_GET_SIZE(self.leaves)):
                slot = self.grad_slots[i]
                grad = self.make(self.arrays[slot])
                self.bind(slot, grad._data)
                self.grads[i] = self.leaves[i]._grad = grad
                self.grad_arrays[i] = grad._data
        for leaf in self.cleared:
            leaf._grad = None

    cdef bint rebind(self, Py_ssize_t slot, array, like) except -1:
        """Put an array into a slot, if it is as the kernel wants it: like a contiguous other."""
        if array is not self.arrays[slot]:
            if not (isinstance(array, np.ndarray) and isinstance(like, np.ndarray)
                    and is_like(array, like) and PyArray_ISCARRAY(array)):
                return False
            self.bind(slot, array)
        return True

    def steady(self, optimizer, list groups, list others):
        """Has an optimiser the same groups, parameters and options as when `groups` was noted?"""
        cdef list now = optimizer.param_groups, params
        cdef tuple keys, values, members
        cdef Py_ssize_t i, j
        if optimizer._pre_hooks or optimizer._post_hooks or len(now) != len(groups):
            return False
        for i in range(len(groups)):
            group, members, keys, values = <tuple>groups[i]
            if now[i] is not group or values is None:
                return False
            params = group["params"]
            if len(params) != len(members):
                return False
            for j in range(len(members)):
                if params[j] is not members[j]:
                    return False
            for j in range(len(keys)):
                if group.get(keys[j]) is not values[j]:
                    return False
        for tensor in others:
            if tensor._grad is not None:
                return False
        return True

    def bind_states(self, states, list entries, tuple keys, ptrdiff_t first, bint counts,
                    list counted):
        """Put what an optimiser keeps of its parameters into slots; False if something is missing.

        entries : of each instruction from the first on, its parameter and the slots of the keys
        """
        cdef ptrdiff_t i
        cdef Py_ssize_t j
        for i in range(len(entries)):
            p, slots = <tuple>entries[i]
            state = states.get(p)
            if state is None:
                return False
            for j in range(len(keys)):
                tensor = state.get(keys[j])
                if tensor is None or not self.rebind(slots[j], tensor._data, p._data):
                    return False
            if counts:
                self.program[first + i].size[2] = state["step"] + 1
                counted.append(state)
        return True

    def set(self, ptrdiff_t i, sizes, numbers):
        """Change an instruction: {place: size} and the numbers."""
        cdef ptrdiff_t j
        for j, value in sizes.items():
            self.program[i].size[j] = value
        for j in range(len(numbers)):
            self.program[i].number[j] = numbers[j]

    cdef bint sole(self) except -1:
        """Do only the leaves and the program hold the gradients?

        If so, they are written to again; if somebody holds one or its array, there are new ones.
        """
        cdef Py_ssize_t i
        for i in range(PyList_GET_SIZE(self.grads)):
            # The list and the leaf; the gradient, this list and the table.
            if (has_attributes(<object>PyList_GET_ITEM(self.grads, i))
                    or Py_REFCNT(<object>PyList_GET_ITEM(self.grads, i)) > 2
                    or Py_REFCNT(<object>PyList_GET_ITEM(self.grad_arrays, i)) > 3):
                return False
        return self.keep(self.leaves, self.grads, self.grad_arrays)

    def run(self, ptrdiff_t first, ptrdiff_t last, list states=None):
        """Run instructions; if they are the last ones, count changes of tensors and steps of states.

        Returns `last`, or the place of the instruction that failed; nothing is counted then.
        """
        cdef ptrdiff_t done
        cdef int status = MG_OK
        with nogil:
            done = mg_run(self.program + first, last - first, self.table, &status)
        if status == MG_NO_MEMORY:
            raise MemoryError("no memory for a kernel's working space")
        if status == MG_OK and states is not None:
            for tensor in self.changed:  # no function of Python's, which Ctrl-C could end midway
                version = tensor._version_
                version.count += 1
                version.changed = next(self.numbers)
            for state in states:
                state["step"] += 1
        return first + done


cdef enum:
    ENTRY, ITEMS, LIST, TYPE, CLASS, CELL, CODE, DEFAULTS, KW_DEFAULTS, ATTRIBUTE, TENSOR, OTHER


cdef object root_of(np.ndarray array):
    """The array that owns the memory."""
    base = np.PyArray_BASE(array)
    while base != NULL and isinstance(<object>base, np.ndarray):
        array = <np.ndarray>base
        base = np.PyArray_BASE(array)
    return array


cdef bint has_layout(np.ndarray array, dtype, tuple shape, tuple strides, int flags) except -1:
    """Are these an array's dtype, shape and strides, and is it aligned and writeable as said?"""
    cdef int i, n = np.PyArray_NDIM(array)
    if <PyObject *>np.PyArray_DESCR(array) != <PyObject *>dtype or n != len(shape):
        return False
    for i in range(n):
        if np.PyArray_DIM(array, i) != <Py_ssize_t>shape[i]:
            return False
        if np.PyArray_STRIDE(array, i) != <Py_ssize_t>strides[i]:
            return False
    return np.PyArray_FLAGS(array) & LAYOUT == flags


cdef int look_of(tuple guard) except -1:
    """Which of the quick looks a guard allows."""
    what, holder, name, _ = guard
    if what in ("items", "members"):
        return OTHER if isinstance(holder, OrderedDict) else ITEMS
    if what == "attribute" and type(holder) is FunctionType:
        return {"__code__": CODE, "__defaults__": DEFAULTS, "__kwdefaults__": KW_DEFAULTS}.get(
            name, ATTRIBUTE)
    if what == "attribute":
        return CLASS if name == "__class__" else CELL if type(holder) is CellType else ATTRIBUTE
    return {"entry": ENTRY, "list": LIST, "type": TYPE, "tensor": TENSOR}.get(what, OTHER)


cdef inline PyObject *or_none(PyObject *found):
    return <PyObject *>None if found == NULL else found


cdef bint is_hollow(value) except -1:
    """Nothing, or a dictionary of nothing but empty ones."""
    return not value or (type(value) is dict and not any((<dict>value).values()))


cdef bint has_items(holder, tuple expected) except -1:
    """Are these very keys and values in a dictionary, in this order?"""
    cdef tuple keys, values, later
    cdef PyObject *key = NULL
    cdef PyObject *value = NULL
    cdef Py_ssize_t at = 0, i = 0, n
    keys, values, later = expected
    n = PyTuple_GET_SIZE(keys)
    while PyDict_Next(holder, &at, &key, &value):
        if (i < n and key == <PyObject *>PyTuple_GET_ITEM(keys, i)
                and value == <PyObject *>PyTuple_GET_ITEM(values, i)):
            i += 1
        elif not (later and <object>key in later and is_hollow(<object>value)):
            return False
    return i == n


cdef bint has_elements(holder, tuple expected):
    """Are these very elements in a list?"""
    cdef Py_ssize_t i, n = PyTuple_GET_SIZE(expected)
    if PyList_GET_SIZE(holder) != n:
        return False
    for i in range(n):
        if PyList_GET_ITEM(holder, i) != PyTuple_GET_ITEM(expected, i):
            return False
    return True


cdef inline unsigned int tag_of(PyObject *kind):
    """Another number after each change of a class or of its bases; 0 for unknown."""
    return (<PyTypeObject *>kind).tp_version_tag


def tag_of_class(kind):
    """The same, for Python."""
    return tag_of(<PyObject *>kind)


cdef class Gate:
    """The guards of a program, and what tensors it takes: the usual answer, in a microsecond.

    guards : as `minigrad.program.guards` makes them; slow : decides about one that does not hold
        at first sight, True or False
    missing : stands for an entry that there was not
    live : ids of the memory that arguments must not share; shared : brings them up to date where
        tensors have other arrays, and tells whether these share memory as at first
    """

    cdef readonly list guards
    cdef list forms, tensors, arrays, wanting
    cdef object slow, missing, are_leaves, shared
    cdef set live
    cdef bint moved  # has a tensor another array than when `shared` was asked?
    cdef int *kinds
    cdef unsigned int *tags  # of classes, when their guards were last found to hold

    def __cinit__(self, list guards, slow, missing, are_leaves, given, set live, shared):
        cdef Py_ssize_t i
        cdef tuple guard
        self.guards, self.slow, self.missing, self.live = guards, slow, missing, live
        self.are_leaves, self.shared, self.moved = are_leaves, shared, False
        self.tensors, self.arrays, self.wanting = [], [], []
        self.kinds = <int *>PyMem_Calloc(len(guards) + 1, sizeof(int))
        self.tags = <unsigned int *>PyMem_Calloc(len(guards) + 1, sizeof(int))
        if self.kinds == NULL or self.tags == NULL:
            raise MemoryError("no memory for guards")
        for i, guard in enumerate(guards):
            self.kinds[i] = look_of(guard)
            if self.kinds[i] == TYPE:
                self.tags[i] = guard[3][3]
            if self.kinds[i] == TENSOR:
                self.tensors.append(guard[1])
                self.arrays.append(None)
                self.wanting.append(False)
        self.forms = []
        for tensor in given:
            array = np.asarray(tensor._data)
            layout = array.dtype, array.shape, array.strides, np.PyArray_FLAGS(array) & LAYOUT
            self.forms.append((type(tensor), layout, tensor._requires_grad))

    def __dealloc__(self):
        PyMem_Free(self.kinds)
        PyMem_Free(self.tags)

    def opens(self, tuple given):
        """Does the program take these tensors, and do all guards hold?"""
        return self.holds() and self.takes(given)

    cpdef bint holds(self) except -1:
        """Do all guards hold?"""
        cdef Py_ssize_t i, tensors = 0
        cdef unsigned int tag = 0
        cdef bint known = self.are_leaves(self.tensors, self.arrays, self.wanting)
        cdef tuple guard
        cdef PyObject *found
        cdef PyObject *holder_
        for i in range(PyList_GET_SIZE(self.guards)):
            guard = <tuple>PyList_GET_ITEM(self.guards, i)
            holder = guard[1]
            holder_ = <PyObject *>holder
            if self.kinds[i] == ENTRY:
                found = PyDict_GetItemWithError(holder, guard[2])
                if found == <PyObject *>guard[3] or (found == NULL and guard[3] is self.missing):
                    continue
            elif self.kinds[i] == ITEMS:
                if has_items(holder, <tuple>guard[3]):
                    continue
            elif self.kinds[i] == LIST:
                if has_elements(holder, <tuple>guard[3]):
                    continue
            elif self.kinds[i] == TYPE:
                tag = tag_of(holder_)
                if tag != 0 and tag == self.tags[i]:
                    continue
            elif self.kinds[i] == CLASS:
                if type(holder) is guard[3]:
                    continue
            elif self.kinds[i] == CELL:
                found = PyCell_GET(holder_)
                if found == <PyObject *>guard[3] or (found == NULL and guard[3] is self.missing):
                    continue
            elif self.kinds[i] == CODE:
                if PyFunction_GET_CODE(holder_) == <PyObject *>guard[3]:
                    continue
            elif self.kinds[i] == DEFAULTS:
                if or_none(PyFunction_GET_DEFAULTS(holder_)) == <PyObject *>guard[3]:
                    continue
            elif self.kinds[i] == KW_DEFAULTS:
                if or_none(PyFunction_GET_KW_DEFAULTS(holder_)) == <PyObject *>guard[3]:
                    continue
            elif self.kinds[i] == ATTRIBUTE:
                if getattr(holder, guard[2], self.missing) is guard[3]:
                    continue
            elif self.kinds[i] == TENSOR:
                tensors += 1
                if known and not has_attributes(holder):
                    continue
            if not self.slow(guard):
                return False
            if self.kinds[i] == TYPE:
                self.tags[i] = tag
            elif self.kinds[i] == TENSOR:
                # With these its guard holds; 0-d ones are numbers, which may be others at any time.
                array = holder._data
                array = array if isinstance(array, np.ndarray) else None
                self.moved = self.moved or array is not self.arrays[tensors - 1]
                self.arrays[tensors - 1] = array
                self.wanting[tensors - 1] = holder._requires_grad
        if self.moved:
            if not self.shared():
                return False
            self.moved = False
        return True

    cdef bint takes(self, tuple given) except -1:
        """Are these tensors laid out as those that the program was made for, without hooks?"""
        cdef Py_ssize_t i, n = len(given)
        cdef np.ndarray array
        cdef tuple layout, shape, strides
        cdef int flags
        cdef list roots, arrays, wanting
        if n != PyList_GET_SIZE(self.forms):
            return False
        roots, arrays, wanting = [], [], []
        for i in range(n):
            kind, layout, wants = <tuple>PyList_GET_ITEM(self.forms, i)
            tensor = given[i]
            if type(tensor) is not kind or has_attributes(tensor):
                return False
            data = tensor._data
            if not isinstance(data, np.ndarray) or tensor._grad is not None:
                return False
            array = data
            dtype, shape, strides, flags = layout
            if not has_layout(array, dtype, shape, strides, flags):
                return False
            arrays.append(data)
            wanting.append(wants)
            root = root_of(array)
            if id(root) in self.live or any(root is other for other in roots):
                return False
            roots.append(root)
        return n == 0 or self.are_leaves(given, arrays, wanting)
