# What changes arrays in place: running averages, the optimisers' steps.

cdef inline bint is_part(object a, object param, bint written):
    """Is it an array like the parameter, writable if it is written?"""
    return (isinstance(a, np.ndarray) and isinstance(param, np.ndarray) and is_like(a, param)
            and (not written or np.PyArray_ISWRITEABLE(<np.ndarray>a)))


cdef inline bint overlap(np.ndarray a, np.ndarray b) noexcept:
    """Do two contiguous arrays share memory?"""
    cdef char *start = <char *>np.PyArray_DATA(a)
    cdef char *other = <char *>np.PyArray_DATA(b)
    return start < other + np.PyArray_NBYTES(b) and other < start + np.PyArray_NBYTES(a)


def blend(np.ndarray y not None, np.ndarray x not None, double keep, double take):
    cdef int kind = kind_of(y), status
    if not (is_part(y, y, True) and is_part(x, y, False)):
        refused("blend", (y, x, keep, take))
    cdef np.ndarray to = contiguous(y)
    x = contiguous(x)
    if overlap(to, x):
        x = x.copy()
    with nogil:
        status = mg_kernels[kind].blend(np.PyArray_DATA(to), np.PyArray_DATA(x), keep, take,
                                        np.PyArray_SIZE(to))
    done(status)
    if to is not y:
        np.PyArray_CopyInto(y, to)


def can_step(list params not None, list grads not None, *buffers):
    cdef Py_ssize_t i
    cdef list arrays
    for arrays in (grads, *buffers):
        if len(arrays) != len(params):
            return False
        for i in range(len(params)):
            if not is_part(arrays[i], params[i], arrays is not grads):
                return False
    for param in params:
        if not is_part(param, param, True):
            return False
    return True


cdef struct part:
    int kind
    ptrdiff_t n
    void *param
    void *grad
    void *first
    void *second
    int64_t count


@cython.final
cdef class Step:
    """What a step works on: a part for each parameter.

    Whatever can fail does so in `take`.  After it no Python code runs in which a signal could be
    handled, so that a step happens wholly or not at all.
    """
    cdef Py_ssize_t n
    cdef part *parts
    cdef list copies
    cdef tuple lists  # our own: the caller's may change while the GIL is away

    def __dealloc__(self):
        PyMem_Free(self.parts)

    cdef bint take(self, list params, list grads, list first, list second,
                   list counts, int64_t least) except -1:
        """Make parts of what fits together; is that everything?  No count is less than `least`."""
        cdef Py_ssize_t i
        cdef part *to
        cdef object param
        params, grads = params[:], grads[:]
        first, second = first and first[:], second and second[:]
        self.lists, self.copies = (params, grads, first, second), []
        self.n = len(params)
        self.parts = <part *>PyMem_Calloc(self.n, sizeof(part))
        if self.parts == NULL:
            raise MemoryError
        for arrays in (grads, first, second, counts):
            if arrays is not None and len(<list>arrays) != self.n:
                return False
        for i in range(self.n):
            to = self.parts + i
            param = params[i]
            if not (self.add(&to.param, param, param, True)
                    and self.add(&to.grad, grads[i], param, False)
                    and (first is None or self.add(&to.first, first[i], param, True))
                    and (second is None or self.add(&to.second, second[i], param, True))):
                return False
            to.kind, to.n = kind_of(param), np.PyArray_SIZE(param)
            if counts is not None:
                to.count = counts[i]
                if to.count < least:
                    return False
        return True

    cdef bint add(self, void **to, object a, object param, bint written) except -1:
        if not is_part(a, param, written):
            return False
        cdef np.ndarray used = contiguous(a)
        if not written and used is a and overlap(contiguous(param), used):
            used = used.copy()
        if used is not a:
            self.copies.append((a, used, written))
        to[0] = np.PyArray_DATA(used)
        return True

    cdef int bring_home(self) except -1:
        for a, used, written in self.copies:
            if written:
                np.PyArray_CopyInto(a, used)
        return 0


def sgd(list params not None, list grads not None, list momentum_buffers, double lr,
        double momentum, double dampening, double weight_decay, bint nesterov,
        list firsts not None):
    cdef Step step = Step.__new__(Step)
    if not step.take(params, grads, momentum_buffers, None, firsts, 0):
        refused("sgd", (params, grads, momentum_buffers, lr, momentum, dampening, weight_decay,
                        nesterov, firsts))
    cdef mg_sgd_options options
    options.lr = lr
    options.momentum = momentum
    options.dampening = dampening
    options.weight_decay = weight_decay
    options.nesterov = nesterov
    cdef Py_ssize_t i
    cdef part p
    with nogil:
        for i in range(step.n):
            p = step.parts[i]
            options.first = p.count != 0
            mg_kernels[p.kind].sgd(p.param, p.first, p.grad, &options, p.n)
    step.bring_home()


def adam(list params not None, list grads not None, list exp_avgs not None,
         list exp_avg_sqs not None, double lr, double beta1, double beta2, double eps,
         double weight_decay, bint decoupled, list steps not None):
    cdef Step step = Step.__new__(Step)
    if not step.take(params, grads, exp_avgs, exp_avg_sqs, steps, 1):
        refused("adam", (params, grads, exp_avgs, exp_avg_sqs, lr, beta1, beta2, eps,
                         weight_decay, decoupled, steps))
    cdef mg_adam_options options
    options.lr = lr
    options.beta1 = beta1
    options.beta2 = beta2
    options.eps = eps
    options.weight_decay = weight_decay
    options.decoupled = decoupled
    cdef Py_ssize_t i
    cdef part p
    with nogil:
        for i in range(step.n):
            p = step.parts[i]
            options.step = p.count
            mg_kernels[p.kind].adam(p.param, p.first, p.second, p.grad, &options, p.n)
    step.bring_home()


def rmsprop(list params not None, list grads not None, list square_avgs not None,
            list momentum_buffers, double lr, double alpha, double eps, double weight_decay,
            double momentum):
    cdef Step step = Step.__new__(Step)
    if not step.take(params, grads, square_avgs, momentum_buffers, None, 0):
        refused("rmsprop", (params, grads, square_avgs, momentum_buffers, lr, alpha, eps,
                            weight_decay, momentum))
    cdef mg_rmsprop_options options
    options.lr = lr
    options.alpha = alpha
    options.eps = eps
    options.weight_decay = weight_decay
    options.momentum = momentum
    cdef Py_ssize_t i
    cdef part p
    with nogil:
        for i in range(step.n):
            p = step.parts[i]
            mg_kernels[p.kind].rmsprop(p.param, p.first, p.second, p.grad, &options, p.n)
    step.bring_home()
