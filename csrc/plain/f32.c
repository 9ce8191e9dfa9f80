#define T float
#define EXP expf
#define LOG logf
#define SQRT sqrtf
#define PLAIN_TABLE mg_plain_f32
#include "plain.h"
