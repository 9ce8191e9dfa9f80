/* The innermost product: one tile of C in registers.
 *
 *   C (rows x n)  =  [C +]  A (rows x k)  B (k x n)  [+ bias]  [then max(., 0)]
 *
 *   c     row i at c + i * c_stride, n columns, n <= vectors * LANES
 *   a     element (i, p) at a[i * a_row + p * a_column]
 *   b     row p at b + p * b_row; `vectors` whole vectors are read, also behind column n
 *   bias  n elements or NULL
 *
 * The rows x vectors sums stay in registers while p runs over k; every element of C is one chain
 * of multiply-adds in the order of p, so the tile's shape never changes a bit of the result.
 * Each step loads `vectors` vectors of B, broadcasts `rows` elements of A and does rows * vectors
 * multiply-adds: the larger the tile, the fewer loads a multiply-add needs; the register file is
 * the limit (Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008).
 */

/* How a tile ends: by adding to C, by max(., 0). */
enum { ACCUMULATE = 1, RELU = 2 };

typedef void tile_function(T *c, ptrdiff_t c_stride, const T *a, ptrdiff_t a_row,
                           ptrdiff_t a_column, const T *b, ptrdiff_t b_row, const T *bias,
                           int flags, ptrdiff_t n, ptrdiff_t k);

/* The code of every tile function; `rows` and `vectors` are constants where it is inlined, so
 * that the loops over them disappear. */
MG_INLINE void tile(int rows, int vectors, T *MG_RESTRICT c, ptrdiff_t c_stride,
                    const T *MG_RESTRICT a, ptrdiff_t a_row, ptrdiff_t a_column,
                    const T *MG_RESTRICT b, ptrdiff_t b_row, const T *bias, int flags, ptrdiff_t n,
                    ptrdiff_t k) {
    vec sum[TILE_ROWS][TILE_VECTORS];
    MG_UNROLL(16)
    for (int i = 0; i < rows; i++) {
        MG_UNROLL(4)
        for (int j = 0; j < vectors; j++) sum[i][j] = splat(0);
    }

    /* C is needed last, and this asks for it first */
    for (int j = 0; j < vectors; j += MG_LINE / VECTOR_BYTES) {
        MG_UNROLL(1)
        for (int i = 0; i < rows; i++) MG_PREFETCH(c + i * c_stride + j * LANES, 1);
    }

    /* three rows to a pointer: an address may be p, p + stride or p + 2 stride, so that all the
     * pointers stay in registers */
    const T *from[(TILE_ROWS + 2) / 3];
    MG_UNROLL(5)
    for (int i = 0; i < (rows + 2) / 3; i++) from[i] = a + 3 * i * a_row;
    MG_UNROLL(4)
    for (ptrdiff_t p = 0; p < k; p++) {
        vec row[TILE_VECTORS];
        MG_UNROLL(4)
        for (int j = 0; j < vectors; j++) row[j] = load(b + j * LANES);
        MG_UNROLL(16)
        for (int i = 0; i < rows; i++) {
            vec element = splat(from[i / 3][i % 3 * a_row]);
            MG_UNROLL(4)
            for (int j = 0; j < vectors; j++) sum[i][j] += element * row[j];
        }
        MG_UNROLL(5)
        for (int i = 0; i < (rows + 2) / 3; i++) from[i] += a_column;
        b += b_row;
    }

    MG_UNROLL(4)
    for (int j = 0; j < vectors; j++) {
        T *out = c + j * LANES;
        ptrdiff_t left = n - j * LANES;
        if (flags & ACCUMULATE) {
            MG_UNROLL(16)
            for (int i = 0; i < rows; i++) sum[i][j] += load_first(out + i * c_stride, left, 0);
        }
        if (bias) {
            vec offset = load_first(bias + j * LANES, left, 0);
            MG_UNROLL(16)
            for (int i = 0; i < rows; i++) sum[i][j] += offset;
        }
        if (flags & RELU) {
            MG_UNROLL(16)
            for (int i = 0; i < rows; i++) sum[i][j] = vmax(splat(0), sum[i][j]);
        }
        if (left >= LANES) {
            MG_UNROLL(16)
            for (int i = 0; i < rows; i++) store(out + i * c_stride, sum[i][j]);
        } else {
            MG_UNROLL(16)
            for (int i = 0; i < rows; i++) store_first(out + i * c_stride, sum[i][j], left);
        }
    }
}

/* Two functions for each shape: one for a packed panel of A (element (i, p) at
 * a[p * ROUNDED(rows) + i]: constant displacements), one for A as it lies in memory. */
#define ROUNDED(rows) ((rows + LANES - 1) / LANES * LANES)
#define TILE(rows, vectors)                                                                       \
    static void packed_##rows##x##vectors(T *c, ptrdiff_t c_stride, const T *a, ptrdiff_t a_row,  \
                                          ptrdiff_t a_column, const T *b, ptrdiff_t b_row,        \
                                          const T *bias, int flags, ptrdiff_t n, ptrdiff_t k) {   \
        (void)a_row, (void)a_column;                                                              \
        tile(rows, vectors, c, c_stride, a, 1, ROUNDED(rows), b, b_row, bias, flags, n, k);       \
    }                                                                                             \
    static void strided_##rows##x##vectors(T *c, ptrdiff_t c_stride, const T *a, ptrdiff_t a_row, \
                                           ptrdiff_t a_column, const T *b, ptrdiff_t b_row,       \
                                           const T *bias, int flags, ptrdiff_t n, ptrdiff_t k) {  \
        tile(rows, vectors, c, c_stride, a, a_row, a_column, b, b_row, bias, flags, n, k);        \
    }

/* clang-format off */
#define SIX(DO, vectors) \
    DO(1, vectors) DO(2, vectors) DO(3, vectors) DO(4, vectors) DO(5, vectors) DO(6, vectors)
#if TILE_ROWS == 14
#define FOR_EACH_TILE(DO, vectors) SIX(DO, vectors)                                         \
    DO(7, vectors) DO(8, vectors) DO(9, vectors) DO(10, vectors) DO(11, vectors)            \
    DO(12, vectors) DO(13, vectors) DO(14, vectors)
#else
#define FOR_EACH_TILE(DO, vectors) SIX(DO, vectors)
#endif
/* clang-format on */

FOR_EACH_TILE(TILE, 1)
FOR_EACH_TILE(TILE, 2)

#define PACKED(rows, vectors) packed_##rows##x##vectors,
#define STRIDED(rows, vectors) strided_##rows##x##vectors,

/* [whether A is packed][vectors - 1][rows - 1] */
static tile_function *const tiles[2][TILE_VECTORS][TILE_ROWS] = {
    {{FOR_EACH_TILE(STRIDED, 1)}, {FOR_EACH_TILE(STRIDED, 2)}},
    {{FOR_EACH_TILE(PACKED, 1)}, {FOR_EACH_TILE(PACKED, 2)}},
};
#undef TILE
#undef ROUNDED
#undef SIX
#undef FOR_EACH_TILE
#undef PACKED
#undef STRIDED
