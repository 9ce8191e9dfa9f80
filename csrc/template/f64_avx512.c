#include "avx512.h"
#include "f64.h"
#include "kernels.h"
