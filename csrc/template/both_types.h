/* The kernels of one instruction set for float and for double. Includer defines ISA and
 * VECTOR_BYTES. */
#define T float
#define T_BYTES 4
#define SQRT sqrtf
#define LOG logf
#define INT int32_t
#define UINT uint32_t
#define SUFFIX MG_PASTE(f32, ISA)
#include "all.h"
#include "undefine.h"

#define T double
#define T_BYTES 8
#define SQRT sqrt
#define LOG log
#define INT int64_t
#define UINT uint64_t
#define SUFFIX MG_PASTE(f64, ISA)
#include "all.h"
#include "undefine.h"
