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

/* How a tile ends: by adding to C, by max(., 0). And whether it begins by asking for C. */
enum { ACCUMULATE = 1, RELU = 2, ASK = 4 };

/* What is needed next, and asked for while a tile is at work: `count` rows of `length` adjacent
 * elements, `apart` from one another; `burst` rows every AHEAD_TERMS terms. */
struct ahead {
    const T *rows;
    ptrdiff_t apart, count, length, burst;
};

typedef void tile_function(T *c, ptrdiff_t c_stride, const T *a, ptrdiff_t a_row,
                           ptrdiff_t a_column, const T *b, ptrdiff_t b_row, const T *bias,
                           int flags, ptrdiff_t n, ptrdiff_t k, struct ahead *ahead);

/* Write the first n of a vector of sums to C, and what ends them. */
MG_INLINE void finish(T *out, vec sums, const T *bias, int flags, ptrdiff_t n) {
    if (flags & ACCUMULATE) sums += load_first(out, n, 0);
    if (bias) sums += load_first(bias, n, 0);
    if (flags & RELU) sums = vmax(splat(0), sums);
    store_first(out, sums, n);
}

/* Ask for a burst of rows. */
MG_INLINE void ask(struct ahead *ahead) {
    ptrdiff_t rows = ahead->burst < ahead->count ? ahead->burst : ahead->count;
    const T *row = ahead->rows;
    MG_UNROLL(1)
    for (ptrdiff_t i = 0; i < rows; i++, row += ahead->apart) {
        MG_UNROLL(1)
        for (ptrdiff_t j = 0; j < ahead->length; j += MG_LINE / T_BYTES) MG_PREFETCH_LATER(row + j);
    }
    ahead->rows = row, ahead->count -= rows;
}

/* The code of every tile function; `rows` and `vectors` are constants where it is inlined, so
 * that the loops over them disappear. */
MG_INLINE void tile(int rows, int vectors, T *MG_RESTRICT c, ptrdiff_t c_stride,
                    const T *MG_RESTRICT a, ptrdiff_t a_row, ptrdiff_t a_column,
                    const T *MG_RESTRICT b, ptrdiff_t b_row, const T *bias, int flags, ptrdiff_t n,
                    ptrdiff_t k, struct ahead *ahead) {
    vec sum[TILE_ROWS][TILE_VECTORS];
    MG_UNROLL(16)
    for (int i = 0; i < rows; i++) {
        MG_UNROLL(4)
        for (int j = 0; j < vectors; j++) sum[i][j] = splat(0);
    }

    /* C is needed last, and this asks for it first */
    for (int j = 0; j < vectors && flags & ASK; j += MG_LINE / VECTOR_BYTES) {
        MG_UNROLL(1)
        for (int i = 0; i < rows; i++) MG_PREFETCH(c + i * c_stride + j * LANES, 1);
    }

    /* three rows to a pointer: an address may be p, p + stride or p + 2 stride, so that all the
     * pointers stay in registers */
    const T *from[(TILE_ROWS + 2) / 3];
    MG_UNROLL(5)
    for (int i = 0; i < (rows + 2) / 3; i++) from[i] = a + 3 * i * a_row;
    for (ptrdiff_t p = 0, end; p < k; p = end) {
        end = ahead && k - p > AHEAD_TERMS ? p + AHEAD_TERMS : k;
        if (ahead) ask(ahead);
        MG_UNROLL(4)
        for (ptrdiff_t q = p; q < end; q++) {
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

/* Functions for each shape: for a packed panel of A (element (i, p) at a[p * ROUNDED(rows) + i]:
 * constant displacements), for A as it lies in memory, and for both asking ahead. */
#define ROUNDED(rows) ((rows + LANES - 1) / LANES * LANES)
#define FUNCTION(name, rows, vectors, across, along, list)                                       \
    static void name##_##rows##x##vectors(T *c, ptrdiff_t c_stride, const T *a, ptrdiff_t a_row, \
                                          ptrdiff_t a_column, const T *b, ptrdiff_t b_row,       \
                                          const T *bias, int flags, ptrdiff_t n, ptrdiff_t k,    \
                                          struct ahead *ahead) {                                 \
        (void)a_row, (void)a_column, (void)ahead;                                                \
        tile(rows, vectors, c, c_stride, a, across, along, b, b_row, bias, flags, n, k, list);   \
    }
#define TILE(rows, vectors)                                 \
    FUNCTION(strided, rows, vectors, a_row, a_column, NULL) \
    FUNCTION(packed, rows, vectors, 1, ROUNDED(rows), NULL)
#define TILE_ASKING(rows, vectors)                          \
    FUNCTION(asking, rows, vectors, a_row, a_column, ahead) \
    FUNCTION(packed_asking, rows, vectors, 1, ROUNDED(rows), ahead)

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
FOR_EACH_TILE(TILE_ASKING, 2)

#define STRIDED(rows, vectors) strided_##rows##x##vectors,
#define PACKED(rows, vectors) packed_##rows##x##vectors,
#define ASKING(rows, vectors) asking_##rows##x##vectors,
#define PACKED_ASKING(rows, vectors) packed_asking_##rows##x##vectors,

/* [whether A is packed][vectors - 1][rows - 1] */
static tile_function *const tiles[2][TILE_VECTORS][TILE_ROWS] = {
    {{FOR_EACH_TILE(STRIDED, 1)}, {FOR_EACH_TILE(STRIDED, 2)}},
    {{FOR_EACH_TILE(PACKED, 1)}, {FOR_EACH_TILE(PACKED, 2)}},
};
/* of whole panels: [whether A is packed][rows - 1] */
static tile_function *const asking_tiles[2][TILE_ROWS] = {
    {FOR_EACH_TILE(ASKING, 2)},
    {FOR_EACH_TILE(PACKED_ASKING, 2)},
};
#undef FUNCTION
#undef TILE
#undef TILE_ASKING
#undef ASKING
#undef PACKED_ASKING
#undef ROUNDED
#undef STRIDED
#undef PACKED
#undef FOR_EACH_TILE
