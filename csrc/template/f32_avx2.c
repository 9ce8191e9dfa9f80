#include "avx2.h"
#include "f32.h"
#include "kernels.h"
