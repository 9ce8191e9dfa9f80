/* Which kernels run: the paths that were built, what this machine can do, and the choice. */
#include <string.h>

#include "minigrad.h"
#include "platform.h"

#define TABLES(isa) {&mg_table_f32_##isa, &mg_table_f64_##isa}

extern const struct mg_kernel_table mg_table_f32_generic, mg_table_f64_generic;
#if MG_X86
extern const struct mg_kernel_table mg_table_f32_avx2, mg_table_f64_avx2;
extern const struct mg_kernel_table mg_table_f32_avx512, mg_table_f64_avx512;
#endif

struct mg_kernel_table mg_plain_f32(const struct mg_kernel_table *others);
struct mg_kernel_table mg_plain_f64(const struct mg_kernel_table *others);

/* plain/ has the kernels that are worth reading; the others are those of the portable path. Filled
 * when it is chosen. */
static struct mg_kernel_table plain_f32, plain_f64;

const struct mg_kernel_table *mg_kernels[2] = TABLES(generic);

static const struct {
    const char *name;
    const struct mg_kernel_table *tables[2];
} paths[] = {
    {"plain", {&plain_f32, &plain_f64}},
    {"generic", TABLES(generic)},
#if MG_X86
    {"avx2", TABLES(avx2)},
    {"avx512", TABLES(avx512)},
#endif
};

enum { PATHS = sizeof paths / sizeof *paths };

const char *mg_cpu_path(int i) { return 0 <= i && i < PATHS ? paths[i].name : NULL; }

int mg_cpu_available(int i) {
#if MG_X86
    __builtin_cpu_init(); /* asks the operating system too: it must save the wide registers */
    int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (i == 2) return avx2;
    if (i == 3)
        return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#endif
    return i == 0 || i == 1;
}

int mg_select_cpu(const char *name) {
    plain_f32 = mg_plain_f32(&mg_table_f32_generic);
    plain_f64 = mg_plain_f64(&mg_table_f64_generic);
    for (int i = PATHS - 1; i >= 0; i--) {
        if (name && strcmp(name, paths[i].name) != 0) continue;
        if (mg_cpu_available(i)) {
            mg_kernels[MG_F32] = paths[i].tables[MG_F32];
            mg_kernels[MG_F64] = paths[i].tables[MG_F64];
            return MG_OK;
        }
        if (name) return MG_CPU_UNAVAILABLE;
    }
    return MG_CPU_UNKNOWN;
}

const char *mg_cpu_name(void) {
    for (int i = 0; i < PATHS; i++)
        if (paths[i].tables[MG_F32] == mg_kernels[MG_F32]) return paths[i].name;
    return "?";
}

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

const char *mg_compiler(void) {
#if defined(__clang__)
    return "Clang " __clang_version__;
#elif defined(__GNUC__)
    return "GCC " __VERSION__;
#elif defined(_MSC_VER)
    return "MSVC " TEXT(_MSC_VER);
#else
    return "unknown";
#endif
}
