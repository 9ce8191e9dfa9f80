#include "avx2.h"
#include "f64.h"
#include "kernels.h"
