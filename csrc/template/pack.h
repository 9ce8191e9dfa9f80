/* Packing: copying a strip of a matrix of any layout into the order the microkernel reads.
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
            for (ptrdiff_t p = 0; p < k; p++)
                store(panel + p * stride, load_first(source + p * along, left, 0));
        } else if (along == 1) { /* a column is: transpose blocks of LANES x LANES */
            for (ptrdiff_t p = 0; p < k; p += LANES) {
                vec block[LANES];
                MG_UNROLL(16)
                for (int r = 0; r < LANES; r++)
                    block[r] = r < left ? load_first(source + r * across + p, k - p, 0) : splat(0);
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
