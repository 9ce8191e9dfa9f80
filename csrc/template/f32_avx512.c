#include "avx512.h"
#include "f32.h"
#include "kernels.h"
