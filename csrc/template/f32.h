/* The kernels' type: float, and the integers as wide. */
#define T float
#define T_BYTES 4
#define SQRT sqrtf
#define LOG logf
#define INT int32_t
#define UINT uint32_t
#define TYPE f32
