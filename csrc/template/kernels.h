/* All kernels of one instruction set for one type: the text of a translation unit.
 *
 * The includer has chosen both: a file of constants for the instruction set (generic.h, avx2.h,
 * avx512.h) and one for the type (f32.h, f64.h). Everything is static but the table, whose name
 * says which it is: mg_table_f32_avx2 and so on. The order is that of use.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../minigrad.h"
#include "../parallel.h"
#include "../platform.h"

#if MG_X86
#include <immintrin.h>
#endif

#if MG_X86 || !defined(INSTRUCTIONS)
#if defined(INSTRUCTIONS) /* system headers have to stand outside */
MG_TARGET_BEGIN(INSTRUCTIONS)
#endif
/* clang-format off */
#include "tuning.h"
#include "simd.h"
#include "exp.h"
#include "log.h"
#include "microkernel.h"
#include "pack.h"
#include "job.h"
#include "inner.h"
#include "thin.h"
#include "gemm.h"
#include "turned.h"
#include "plan.h"
#include "rows.h"
#include "bias.h"
#include "cross_entropy.h"
#include "batch_norm.h"
#include "elementwise.h"
#include "normal.h"
#include "optim.h"
#include "table.h"
/* clang-format on */
#if defined(INSTRUCTIONS)
MG_TARGET_END
#endif
#endif
