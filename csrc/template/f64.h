/* The kernels' type: double, and the integers as wide. */
#define T double
#define T_BYTES 8
#define SQRT sqrt
#define LOG log
#define INT int64_t
#define UINT uint64_t
#define TYPE f64
