/* Packing: copying a strip of a matrix of any layout into the order the microkernel reads. What
 * stands beside it will be packed next, and is asked for meanwhile.
 *
 *   source   width x k; element (i, p) at source[i * across + p * along]
 *   panel    element (i, p) at panel[p * stride + i], where stride is `width` rounded up to whole
 *            vectors; the elements behind `width` become 0
 */

MG_INLINE ptrdiff_t whole_vectors(ptrdiff_t n) { return (n + LANES - 1) / LANES * LANES; }

static void pack(T *MG_RESTRICT panel, const T *MG_RESTRICT source, ptrdiff_t across,
                 ptrdiff_t along, ptrdiff_t width, ptrdiff_t k) {
    ptrdiff_t stride = whole_vectors(width);
    for (ptrdiff_t i = 0; i < width; i += LANES, panel += LANES, source += LANES * across) {
        ptrdiff_t left = width - i < LANES ? width - i : LANES;
        if (across == 1) { /* a row of the panel is contiguous in the source */
            for (ptrdiff_t p = 0; p < k; p++) {
                MG_PREFETCH(source + p * along + 2 * LANES, 0);
                store(panel + p * stride, load_first(source + p * along, left, 0));
            }
        } else if (along == 1) { /* a column is: transpose blocks of LANES x LANES */
            for (ptrdiff_t p = 0; p < k; p += LANES) {
                vec block[LANES];
                MG_UNROLL(16)
                for (int r = 0; r < LANES; r++) {
                    MG_PREFETCH(source + (r + LANES) * across + p, 0);
                    block[r] = r < left ? load_first(source + r * across + p, k - p, 0) : splat(0);
                }
                transpose(block);
                T *to = panel + p * stride;
                MG_UNROLL(16)
                for (int r = 0; r < LANES; r++)
                    if (r < k - p) store(to + r * stride, block[r]);
            }
        } else {
            for (ptrdiff_t p = 0; p < k; p++) {
                T *to = panel + p * stride;
                for (ptrdiff_t r = 0; r < LANES; r++)
                    to[r] = r < left ? source[r * across + p * along] : 0;
            }
        }
    }
}

/* How many rows are packed at a time if the rows of the source are contiguous. */
#define TURN 64

/* Panels side by side, each `panel` wide but perhaps the last, one behind the other. If the rows
 * of the source are contiguous, a panel has a few elements of each of many distant lines of
 * memory; packing all panels a short way down at a time finds their neighbours in the cache. */
static void pack_panels(T *panels, const T *source, ptrdiff_t across, ptrdiff_t along,
                        ptrdiff_t width, ptrdiff_t panel, ptrdiff_t k) {
    ptrdiff_t turn = across == 1 && width > panel ? TURN : k;
    for (ptrdiff_t p = 0; p < k; p += turn)
        for (ptrdiff_t i = 0, first = 0; i < width; i += panel, first += whole_vectors(panel) * k) {
            ptrdiff_t n = width - i < panel ? width - i : panel;
            pack(panels + first + p * whole_vectors(n), source + i * across + p * along, across,
                 along, n, k - p < turn ? k - p : turn);
        }
}
