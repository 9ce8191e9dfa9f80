/* What every file of kernels includes first: system headers must stand outside target regions. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../minigrad.h"
#include "../parallel.h"
#include "../platform.h"
#include "names.h"

#if MG_X86
#include <immintrin.h>
#endif

/* How a tile of a matrix product ends: by adding to C, by max(., 0). */
enum { ACCUMULATE = 1, RELU = 2 };
