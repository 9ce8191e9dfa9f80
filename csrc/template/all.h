/* All kernels for one instruction set and one T.
 *
 * The includer defines ISA, VECTOR_BYTES, TILE_ROWS, TILE_VECTORS; T, T_BYTES, INT and UINT (the
 * integers as wide as T), SQRT and SUFFIX. The order is that of use.
 */
/* clang-format off */
#include "simd.h"
#include "exp.h"
#include "log.h"
#include "microkernel.h"
#include "pack.h"
#include "gemm.h"
#include "rows.h"
#include "bias.h"
#include "cross_entropy.h"
#include "batch_norm.h"
#include "elementwise.h"
#include "normal.h"
#include "optim.h"
#include "table.h"
