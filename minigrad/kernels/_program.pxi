# Programs: what `minigrad.program` plans, run without Python between the kernels.

from cpython.dict cimport PyDict_GetItem
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.ref cimport PyObject

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT(object)

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


cdef class Executor:
    """Instructions (code, kind, slots, sizes, numbers), and a table of the arrays in their slots."""

    cdef mg_instruction *program
    cdef char **table
    cdef ptrdiff_t count
    cdef list arrays

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

    def bind_all(self, list slots, list tensors):
        """Put the arrays of tensors into slots."""
        cdef Py_ssize_t i, slot
        for i in range(PyList_GET_SIZE(slots)):
            slot = slots[i]
            array = tensors[i]._data
            if array is not self.arrays[slot]:
                self.bind(slot, array)

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

    def gradients(self, list leaves, list slots, list grads, make):
        """Give every leaf the `grad` that its slot is written to.

        It is the same tensor as before if nobody else holds it or its array, else a new one.
        """
        cdef Py_ssize_t i
        for i in range(PyList_GET_SIZE(leaves)):
            leaf = leaves[i]
            if not self.sole(leaf, grads[i], slots[i]):
                grad = make(self.arrays[slots[i]])
                self.bind(slots[i], grad._data)
                grads[i] = grad
                leaf._grad = grad

    cdef bint sole(self, leaf, grad, Py_ssize_t slot):
        """Do only the leaf and the program hold its gradient?"""
        if leaf._grad is not grad or grad._version_ is not None or grad._requires_grad:
            return False
        cdef object array = self.arrays[slot]
        # The list of gradients, the leaf and `grad`; the gradient, the table and `array`.
        return Py_REFCNT(grad) <= 3 and grad._data is array and Py_REFCNT(array) <= 3

    def run(self, ptrdiff_t first, ptrdiff_t last, list changed, list states, numbers):
        """Run instructions, then count the changes of tensors and the steps of states.

        Returns `last`, or the place of the instruction that failed; nothing is counted then.
        """
        cdef ptrdiff_t done
        cdef int status = MG_OK
        with nogil:
            done = mg_run(self.program + first, last - first, self.table, &status)
        if status == MG_NO_MEMORY:
            raise MemoryError("no memory for a kernel's working space")
        if status == MG_OK:
            for tensor in changed:
                version = tensor._version_
                version.count += 1
                version.changed = next(numbers)
            for state in states:
                state["step"] += 1
        return first + done


cdef enum:
    ENTRY, ITEM, LENGTH, MEMBERS, ATTRIBUTE, TENSOR, OTHER


cdef object root_of(array):
    """The array that owns the memory."""
    base = array.base
    while isinstance(base, np.ndarray):
        array, base = base, base.base
    return array


cdef Py_ssize_t hollow_in(holder, tuple keys):
    """How many of the keys are in a dictionary, -1 if there is something in one of them."""
    cdef Py_ssize_t n = 0
    cdef PyObject *found
    for key in keys:
        found = PyDict_GetItem(holder, key)
        if found != NULL:
            n += 1
            if <object>found:
                if type(<object>found) is not dict or any((<dict>found).values()):
                    return -1
    return n


cdef class Gate:
    """The guards of a program, and what tensors it takes: the usual answer, in a microsecond.

    guards : as `minigrad.program.guards` makes them; slow : decides about one that does not hold
        at first sight, True or False
    missing : stands for an entry that there was not
    live : ids of the memory that arguments must not share
    """

    cdef readonly list guards
    cdef list seen, forms
    cdef object slow, missing
    cdef set live
    cdef int *kinds

    def __cinit__(self, list guards, slow, missing, given, set live):
        cdef Py_ssize_t i
        cdef tuple guard
        self.guards, self.slow, self.missing, self.live = guards, slow, missing, live
        self.seen = [None] * len(guards)
        self.kinds = <int *>PyMem_Calloc(len(guards) + 1, sizeof(int))
        if self.kinds == NULL:
            raise MemoryError("no memory for guards")
        for i, guard in enumerate(guards):
            kind = OTHER
            if guard[0] == "entry":
                kind = ENTRY if type(guard[1]) is dict else ITEM if type(guard[1]) is list else OTHER
            elif guard[0] == "length":
                kind = LENGTH if type(guard[1]) in (dict, list) else OTHER
            elif guard[0] == "members":
                kind = MEMBERS
            elif guard[0] == "attribute":
                kind = ATTRIBUTE
            elif guard[0] == "tensor":
                kind = TENSOR
            self.kinds[i] = kind
        self.forms = []
        for tensor in given:
            array = np.asarray(tensor._data)
            layout = array.dtype, array.shape, array.strides, np.PyArray_FLAGS(array) & LAYOUT
            self.forms.append((type(tensor), layout, tensor._requires_grad, tensor._grad is None))

    def __dealloc__(self):
        PyMem_Free(self.kinds)

    def holds(self):
        """Do all guards hold?"""
        cdef Py_ssize_t i, hollow
        cdef tuple guard
        cdef PyObject *found
        for i in range(PyList_GET_SIZE(self.guards)):
            guard = <tuple>PyList_GET_ITEM(self.guards, i)
            holder = guard[1]
            if self.kinds[i] == ENTRY:
                found = PyDict_GetItem(holder, guard[2])
                if found == <PyObject *>guard[3] or (found == NULL and guard[3] is self.missing):
                    continue
            elif self.kinds[i] == ITEM:
                if guard[2] < PyList_GET_SIZE(holder) and (<list>holder)[guard[2]] is guard[3]:
                    continue
            elif self.kinds[i] == LENGTH:
                if len(holder) == guard[3]:
                    continue
            elif self.kinds[i] == MEMBERS:
                hollow = hollow_in(holder, guard[2])
                if hollow >= 0 and len(holder) - hollow == guard[3]:
                    continue
            elif self.kinds[i] == ATTRIBUTE:
                if getattr(holder, guard[2], None) is guard[3]:
                    continue
            elif self.kinds[i] == TENSOR:
                if self.known(holder, i):
                    continue
            if not self.slow(guard):
                return False
            if self.kinds[i] == TENSOR:
                self.seen[i] = holder._data, holder._requires_grad
        return True

    cdef bint known(self, tensor, Py_ssize_t i):
        """Has the tensor the very array with which its guard held last, and nothing else?"""
        cdef tuple seen = self.seen[i]
        return (seen is not None and tensor._data is seen[0] and isinstance(seen[0], np.ndarray)
                and tensor._requires_grad is seen[1] and tensor._node is None
                and tensor._hook is None and tensor._written_hooks is None)

    def takes(self, tuple given):
        """Are these tensors laid out as those that the program was made for, without hooks?"""
        cdef Py_ssize_t i, n = len(given)
        cdef np.ndarray array
        cdef tuple layout
        cdef list roots
        if n != PyList_GET_SIZE(self.forms):
            return False
        roots = []
        for i in range(n):
            kind, layout, wants, empty = <tuple>PyList_GET_ITEM(self.forms, i)
            tensor = given[i]
            if type(tensor) is not kind or not isinstance(tensor._data, np.ndarray):
                return False
            array = tensor._data
            if ((<object>array).dtype is not layout[0] or shape_of(array) != layout[1]
                    or (<object>array).strides != layout[2]
                    or np.PyArray_FLAGS(array) & LAYOUT != layout[3]):
                return False
            if (tensor._requires_grad is not wants or (tensor._grad is None) is not empty
                    or tensor._node is not None or tensor._hook is not None
                    or tensor._written_hooks is not None):
                return False
            root = root_of(array)
            if id(root) in self.live or any(root is other for other in roots):
                return False
            roots.append(root)
        return True
