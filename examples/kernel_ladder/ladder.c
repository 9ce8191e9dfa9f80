/* One product, seven times: C = A B in float32.
 *
 *   c  m x n,   a  m x k,   b  k x n        row after row without gaps; c overlaps neither
 *
 * Each rung changes one thing of the rung before it. docs/kernels.md tells why each helps, and
 * climb.py builds, checks and times them on your machine.
 */
#include <pthread.h>
#include <stddef.h>
#include <string.h>

static inline ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

/* ---- 1: the definition ---- */

void loops(float *restrict c, const float *restrict a, const float *restrict b, ptrdiff_t m,
           ptrdiff_t n, ptrdiff_t k) {
    for (ptrdiff_t i = 0; i < m; i++)
        for (ptrdiff_t j = 0; j < n; j++) {
            float sum = 0;
            for (ptrdiff_t p = 0; p < k; p++) sum += a[i * k + p] * b[p * n + j];
            c[i * n + j] = sum;
        }
}

/* ---- 2: the loops over j and p change places ---- */

/* Kept out of line so that rungs 2 to 4 run the very same instructions here: inlined, some
 * compilers merge two rows in one of the rungs and not in the others. */
__attribute__((noinline)) static void add_row(float *restrict c, float x, const float *restrict b,
                                              ptrdiff_t n) {
    for (ptrdiff_t j = 0; j < n; j++) c[j] += x * b[j];
}

void reordered(float *restrict c, const float *restrict a, const float *restrict b, ptrdiff_t m,
               ptrdiff_t n, ptrdiff_t k) {
    memset(c, 0, (size_t)(m * n) * sizeof *c);
    for (ptrdiff_t i = 0; i < m; i++)
        for (ptrdiff_t p = 0; p < k; p++) add_row(c + i * n, a[i * k + p], b + p * n, n);
}

/* ---- 3: a block of B is used for every row of A before the next one is read ---- */

enum { BLOCK_ROWS = 32, BLOCK_COLUMNS = 192 }; /* 24 KB */

void blocked(float *restrict c, const float *restrict a, const float *restrict b, ptrdiff_t m,
             ptrdiff_t n, ptrdiff_t k) {
    memset(c, 0, (size_t)(m * n) * sizeof *c);
    for (ptrdiff_t j = 0; j < n; j += BLOCK_COLUMNS)
        for (ptrdiff_t p = 0; p < k; p += BLOCK_ROWS) {
            ptrdiff_t width = least(BLOCK_COLUMNS, n - j), depth = least(BLOCK_ROWS, k - p);
            for (ptrdiff_t i = 0; i < m; i++)
                for (ptrdiff_t q = 0; q < depth; q++)
                    add_row(c + i * n + j, a[i * k + p + q], b + (p + q) * n + j, width);
        }
}

/* ---- 4: the block is copied to a place of its own ---- */

void packed(float *restrict c, const float *restrict a, const float *restrict b, ptrdiff_t m,
            ptrdiff_t n, ptrdiff_t k) {
    _Alignas(64) float block[BLOCK_ROWS * BLOCK_COLUMNS];
    memset(c, 0, (size_t)(m * n) * sizeof *c);
    for (ptrdiff_t j = 0; j < n; j += BLOCK_COLUMNS)
        for (ptrdiff_t p = 0; p < k; p += BLOCK_ROWS) {
            ptrdiff_t width = least(BLOCK_COLUMNS, n - j), depth = least(BLOCK_ROWS, k - p);
            for (ptrdiff_t q = 0; q < depth; q++)
                memcpy(block + q * width, b + (p + q) * n + j, (size_t)width * sizeof *b);
            for (ptrdiff_t i = 0; i < m; i++)
                for (ptrdiff_t q = 0; q < depth; q++)
                    add_row(c + i * n + j, a[i * k + p + q], block + q * width, width);
        }
}

/* ---- 5: a tile of C stays in registers while p runs ---- */

#define PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define UNROLL(n) PRAGMA(clang loop unroll_count(n))
#else
#define UNROLL(n) PRAGMA(GCC unroll n)
#endif

enum { DEPTH = 256, WIDTH = 512, LARGEST_ROWS = 14, LARGEST_TILE = 14 * 32 };

/* sums = the rows x columns tile of a panel of A times a panel of B, both k deep */
typedef void tile_function(float *restrict sums, const float *restrict a, const float *restrict b,
                           ptrdiff_t k);

/* A strip of `given` rows of A (or columns of B), as a panel: the k-th terms of all of them side
 * by side, zeros in place of those missing from `width`. */
static inline void pack(float *restrict panel, ptrdiff_t width, const float *restrict source,
                        ptrdiff_t across, ptrdiff_t along, ptrdiff_t given, ptrdiff_t k) {
    for (ptrdiff_t p = 0; p < k; p++)
        for (ptrdiff_t i = 0; i < width; i++)
            panel[p * width + i] = i < given ? source[i * across + p * along] : 0;
}

static inline void multiply_tiles(tile_function *tile, ptrdiff_t rows, ptrdiff_t columns,
                                  float *restrict c, const float *restrict a,
                                  const float *restrict b, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
    static _Thread_local _Alignas(64) float a_panel[LARGEST_ROWS * DEPTH], b_panels[WIDTH * DEPTH];
    _Alignas(64) float sums[LARGEST_TILE];
    memset(c, 0, (size_t)(m * n) * sizeof *c);
    for (ptrdiff_t jj = 0; jj < n; jj += WIDTH)
        for (ptrdiff_t p = 0; p < k; p += DEPTH) {
            ptrdiff_t end = least(n, jj + WIDTH), depth = least(DEPTH, k - p);
            for (ptrdiff_t j = jj; j < end; j += columns)
                pack(b_panels + (j - jj) * depth, columns, b + p * n + j, 1, n,
                     least(columns, end - j), depth);
            for (ptrdiff_t i = 0; i < m; i += rows) {
                ptrdiff_t height = least(rows, m - i);
                pack(a_panel, rows, a + i * k + p, k, 1, height, depth);
                for (ptrdiff_t j = jj; j < end; j += columns) {
                    tile(sums, a_panel, b_panels + (j - jj) * depth, depth);
                    for (ptrdiff_t r = 0; r < height; r++)
                        add_row(c + (i + r) * n + j, 1, sums + r * columns,
                                least(columns, end - j));
                }
            }
        }
}

enum { FEW_ROWS = 6, FEW_COLUMNS = 16 };

static void plain_tile(float *restrict sums, const float *restrict a, const float *restrict b,
                       ptrdiff_t k) {
    float sum[FEW_ROWS][FEW_COLUMNS] = {{0}};
    for (ptrdiff_t p = 0; p < k; p++, a += FEW_ROWS, b += FEW_COLUMNS) {
        UNROLL(6)
        for (int i = 0; i < FEW_ROWS; i++)
            for (int j = 0; j < FEW_COLUMNS; j++) sum[i][j] += a[i] * b[j];
    }
    memcpy(sums, sum, sizeof sum);
}

void tiled(float *restrict c, const float *restrict a, const float *restrict b, ptrdiff_t m,
           ptrdiff_t n, ptrdiff_t k) {
    multiply_tiles(plain_tile, FEW_ROWS, FEW_COLUMNS, c, a, b, m, n, k);
}

/* ---- 6: the same tile, said in vectors ---- */

#if defined(__AVX512F__)
enum { LANES = 16, ROWS = 14 }; /* 32 registers of 64 bytes */
#elif defined(__AVX__)
enum { LANES = 8, ROWS = 6 }; /* 16 of 32 bytes */
#elif defined(__aarch64__)
enum { LANES = 4, ROWS = 12 }; /* 32 of 16 bytes */
#else
enum { LANES = 4, ROWS = 6 }; /* 16 of 16 bytes */
#endif
enum { COLUMNS = 2 * LANES };

typedef float vec __attribute__((vector_size(4 * LANES), may_alias));

static void simd_tile(float *restrict sums, const float *restrict a, const float *restrict b,
                      ptrdiff_t k) {
    vec sum[ROWS][2];
    UNROLL(14)
    for (int i = 0; i < ROWS; i++) sum[i][0] = sum[i][1] = (vec){0};
    for (ptrdiff_t p = 0; p < k; p++, a += ROWS, b += COLUMNS) {
        vec left = *(const vec *)b, right = *(const vec *)(b + LANES);
        UNROLL(14)
        for (int i = 0; i < ROWS; i++) {
            sum[i][0] += a[i] * left;
            sum[i][1] += a[i] * right;
        }
    }
    UNROLL(14)
    for (int i = 0; i < ROWS; i++) {
        *(vec *)(sums + i * COLUMNS) = sum[i][0];
        *(vec *)(sums + i * COLUMNS + LANES) = sum[i][1];
    }
}

void simd(float *restrict c, const float *restrict a, const float *restrict b, ptrdiff_t m,
          ptrdiff_t n, ptrdiff_t k) {
    multiply_tiles(simd_tile, ROWS, COLUMNS, c, a, b, m, n, k);
}

/* ---- 7: each thread multiplies its share of the rows of A ---- */

struct share {
    float *c;
    const float *a, *b;
    ptrdiff_t m, n, k;
};

static void *multiply_share(void *argument) {
    const struct share *s = argument;
    simd(s->c, s->a, s->b, s->m, s->n, s->k);
    return NULL;
}

enum { MOST_THREADS = 64 };

void threaded(float *restrict c, const float *restrict a, const float *restrict b, ptrdiff_t m,
              ptrdiff_t n, ptrdiff_t k, int threads) {
    pthread_t thread[MOST_THREADS];
    struct share share[MOST_THREADS];
    int started[MOST_THREADS] = {0};
    threads = (int)least(threads, MOST_THREADS);
    ptrdiff_t rows = (m + threads - 1) / threads;
    for (int t = threads - 1; t >= 0; t--) { /* the last share, number 0, is the caller's own */
        ptrdiff_t i = least(t * rows, m);
        share[t] = (struct share){c + i * n, a + i * k, b, least(rows, m - i), n, k};
        started[t] = t && pthread_create(&thread[t], NULL, multiply_share, &share[t]) == 0;
        if (!started[t]) multiply_share(&share[t]);
    }
    for (int t = 1; t < threads; t++)
        if (started[t]) pthread_join(thread[t], NULL);
}

/* ---- the limits ---- */

/* `steps` multiply-adds of numbers, each waiting for the result of the one before. */
float chain(float x, ptrdiff_t steps) {
    float sum = 0;
    for (ptrdiff_t s = 0; s < steps; s++) sum = sum * x + x;
    return sum;
}

/* `steps` times ROWS x 2 multiply-adds of vectors that wait for nothing and read no memory. */
float peak(float x, ptrdiff_t steps) {
    vec sum[ROWS][2], factor = (vec){0} + x;
    UNROLL(14)
    for (int i = 0; i < ROWS; i++) sum[i][0] = factor * (float)i, sum[i][1] = factor - (float)i;
    for (ptrdiff_t s = 0; s < steps; s++) {
        UNROLL(14)
        for (int i = 0; i < ROWS; i++) {
            sum[i][0] = sum[i][0] * factor + factor;
            sum[i][1] = sum[i][1] * factor + factor;
        }
    }
    vec total = {0};
    for (int i = 0; i < ROWS; i++) total += sum[i][0] + sum[i][1];
    return total[0];
}

int flops_of_a_peak_step(void) { return ROWS * 2 * LANES * 2; }
