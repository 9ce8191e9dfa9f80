# What csrc/minigrad.h declares.

cdef extern from "minigrad.h" nogil:
    enum:
        MG_OK
        MG_NO_MEMORY
        MG_F32
        MG_F64
        MG_CPU_UNKNOWN
        MG_CPU_UNAVAILABLE

    struct mg_matrix:
        const void *data
        ptrdiff_t row_stride
        ptrdiff_t column_stride

    struct mg_rows:
        const void *data
        ptrdiff_t stride

    struct mg_target:
        const int64_t *labels
        mg_rows probabilities
        const void *weight
        int64_t ignore_index
        double label_smoothing

    struct mg_sgd_options:
        double lr, momentum, dampening, weight_decay
        int nesterov, first

    struct mg_adam_options:
        double lr, beta1, beta2, eps, weight_decay
        int decoupled
        int64_t step

    struct mg_rmsprop_options:
        double lr, alpha, eps, weight_decay, momentum

    struct mg_kernel_table:
        int (*gemm)(void *, mg_matrix, mg_matrix, const void *, int,
                    ptrdiff_t, ptrdiff_t, ptrdiff_t) noexcept nogil
        int (*bias_gradient)(void *, void *, mg_rows, mg_rows, ptrdiff_t, ptrdiff_t) noexcept nogil
        int (*cross_entropy)(double *, void *, void *, mg_rows, const mg_target *, double,
                             ptrdiff_t, ptrdiff_t) noexcept nogil
        int (*batch_norm)(void *, void *, void *, void *, mg_rows, const void *, const void *,
                          double, ptrdiff_t, ptrdiff_t) noexcept nogil
        int (*batch_norm_backward)(void *, void *, void *, mg_rows, mg_rows, const void *,
                                   const void *, const void *, ptrdiff_t, ptrdiff_t) noexcept nogil
        int (*batch_norm_inference)(void *, mg_rows, const void *, const void *, const void *,
                                    const void *, double, ptrdiff_t, ptrdiff_t) noexcept nogil
        int (*batch_norm_inference_backward)(void *, void *, void *, mg_rows, mg_rows,
                                             const void *, const void *, const void *, double,
                                             ptrdiff_t, ptrdiff_t) noexcept nogil
        int (*relu)(void *, const void *, ptrdiff_t) noexcept nogil
        int (*relu_backward)(void *, const void *, const void *, ptrdiff_t) noexcept nogil
        int (*dropout)(void *, const void *, double, uint64_t, ptrdiff_t) noexcept nogil
        int (*sigmoid)(void *, const void *, ptrdiff_t) noexcept nogil
        int (*blend)(void *, const void *, double, double, ptrdiff_t) noexcept nogil
        int (*erf)(void *, const void *, ptrdiff_t) noexcept nogil
        int (*erfc)(void *, const void *, ptrdiff_t) noexcept nogil
        int (*gelu)(void *, const void *, ptrdiff_t) noexcept nogil
        int (*gelu_backward)(void *, const void *, const void *, ptrdiff_t) noexcept nogil
        void (*sgd)(void *, void *, const void *, const mg_sgd_options *, ptrdiff_t) noexcept nogil
        void (*adam)(void *, void *, void *, const void *, const mg_adam_options *,
                    ptrdiff_t) noexcept nogil
        void (*rmsprop)(void *, void *, void *, const void *, const mg_rmsprop_options *,
                       ptrdiff_t) noexcept nogil

    const mg_kernel_table *mg_kernels[2]

    int mg_select_cpu(const char *name)
    const char *mg_cpu_name()
    const char *mg_cpu_path(int i)
    int mg_cpu_available(int i)
    const char *mg_compiler()
    int mg_thread_support()
    int mg_get_num_threads()
    void mg_set_num_threads(int n)
    int mg_count_cores()

cdef extern from "memory.h" nogil:
    void *mg_memory_take(size_t bytes)
    void mg_memory_give(void *block)
    size_t mg_memory_size(const void *block)
