#include "generic.h"
#include "f32.h"
#include "kernels.h"
