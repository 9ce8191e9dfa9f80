#define T double
#define EXP exp
#define LOG log
#define SQRT sqrt
#define PLAIN_TABLE mg_plain_f64
#include "plain.h"
