# Programs: what `minigrad.program` plans, run without Python between the kernels.

from cpython.dict cimport PyDict_GetItem, PyDict_Size
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.ref cimport PyObject

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT(object)

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

    def rebind(self, Py_ssize_t slot, np.ndarray array not None, np.ndarray like not None):
        """Put an array into a slot, if it is as the kernel wants it: like a contiguous other."""
        if array is not self.arrays[slot]:
            if not (is_like(array, like) and PyArray_ISCARRAY(array)):
                return False
            self.bind(slot, array)
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


def holds(list guards, slow):
    """Do all guards hold?  `slow` decides about those that are not plain look-ups."""
    cdef tuple guard
    cdef PyObject *found
    for guard in guards:
        kind = guard[0]
        holder = guard[1]
        if kind == "entry":
            if type(holder) is dict:
                found = PyDict_GetItem(holder, guard[2])
                if found == <PyObject *>guard[3]:
                    continue
            elif type(holder) is list:
                if guard[2] < PyList_GET_SIZE(holder) and holder[guard[2]] is guard[3]:
                    continue
        elif kind == "length":
            if type(holder) is dict and PyDict_Size(holder) == guard[3]:
                continue
            if type(holder) is list and PyList_GET_SIZE(holder) == guard[3]:
                continue
        elif kind == "attribute":
            if getattr(holder, guard[2], None) is guard[3]:
                continue
        if not slow(guard):
            return False
    return True
