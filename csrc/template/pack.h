/* Packing: copying a strip of a matrix of any layout into the order the microkernel reads.
 *
 *   source   width x k; element (i, p) at source[i * across + p * along]
 *   panel    element (i, p) at panel[p * stride + i], where stride is `width` rounded up to whole
 *            vectors; the elements behind `width` become 0
 */

/* Is a line that long a multiple of some bytes, or nearly? */
MG_INLINE int multiple(ptrdiff_t stride, ptrdiff_t bytes) {
    ptrdiff_t nearly = MG_LINE / 4;
    return (stride * T_BYTES + nearly) % bytes <= 2 * nearly;
}

/* Rows that lie whole pages apart, or nearly, want the same places in the nearest cache. */
MG_INLINE int whole_pages(ptrdiff_t stride) { return multiple(stride, MG_PAGE); }

/* Likewise if there are half pages between them, but for rows that share a page. */
MG_INLINE int half_pages(ptrdiff_t stride) {
    return stride * T_BYTES + MG_LINE / 4 >= MG_PAGE && multiple(stride, MG_PAGE / 2);
}

MG_INLINE ptrdiff_t whole_vectors(ptrdiff_t n) { return (n + LANES - 1) / LANES * LANES; }

/* Rows of the panel that are contiguous in the source. What stands beside a narrow one will be
 * packed next, and may be asked for meanwhile. */
MG_INLINE void pack_rows(T *MG_RESTRICT panel, const T *MG_RESTRICT source, ptrdiff_t along,
                         ptrdiff_t width, ptrdiff_t k, int ask) {
    ptrdiff_t stride = whole_vectors(width);
    for (ptrdiff_t p = 0; p < k; p++)
        for (ptrdiff_t i = 0; i < width; i += LANES) {
            const T *from = source + p * along + i;
            if (ask) MG_PREFETCH(from + 2 * LANES, 0);
            store(panel + p * stride + i, load_first(from, width - i, 0));
        }
}

/* `rows` rows of the source, `columns` of their elements, transposed; LANES of each at most. */
MG_INLINE void pack_block(T *MG_RESTRICT panel, ptrdiff_t stride, const T *MG_RESTRICT source,
                          ptrdiff_t across, ptrdiff_t rows, ptrdiff_t columns) {
    vec block[LANES];
    MG_UNROLL(16)
    for (int r = 0; r < LANES; r++)
        block[r] = r < rows ? load_first(source + r * across, columns, 0) : splat(0);
    transpose(block);
    MG_UNROLL(16)
    for (int r = 0; r < LANES; r++)
        if (r < columns) store(panel + r * stride, block[r]);
}

static void pack(T *MG_RESTRICT panel, const T *MG_RESTRICT source, ptrdiff_t across,
                 ptrdiff_t along, ptrdiff_t width, ptrdiff_t k) {
    ptrdiff_t stride = whole_vectors(width);
    if (across == 1) {
        if (width == 2 * LANES) /* asking ahead gains nothing here */
            pack_rows(panel, source, along, 2 * LANES, k, 0);
        else
            pack_rows(panel, source, along, width, k, 1);
        return;
    }
    for (ptrdiff_t i = 0; i < width; i += LANES, panel += LANES, source += LANES * across) {
        ptrdiff_t left = width - i < LANES ? width - i : LANES;
        if (along == 1) { /* columns are contiguous */
            ptrdiff_t p = 0;
            for (; left == LANES && p + LANES <= k; p += LANES)
                pack_block(panel + p * stride, stride, source + p, across, LANES, LANES);
            for (; p < k; p += LANES)
                pack_block(panel + p * stride, stride, source + p, across, left, k - p);
        } else {
            for (ptrdiff_t p = 0; p < k; p++) {
                T *to = panel + p * stride;
                for (ptrdiff_t r = 0; r < LANES; r++)
                    to[r] = r < left ? source[r * across + p * along] : 0;
            }
        }
    }
}

/* Panels side by side, each `panel` wide but perhaps the last, one behind the other. If the rows
 * of the source are contiguous, a panel has a few elements of each of many distant lines of
 * memory; packing all panels a few rows down at a time finds their neighbours in the nearest cache,
 * if it holds them: so many as it does when they lie whole pages apart. */
static void pack_panels(T *panels, const T *source, ptrdiff_t across, ptrdiff_t along,
                        ptrdiff_t width, ptrdiff_t panel, ptrdiff_t k) {
    ptrdiff_t turn = across != 1 || width <= panel ? k : WAYS;
    for (ptrdiff_t p = 0; p < k; p += turn)
        for (ptrdiff_t i = 0, first = 0; i < width; i += panel, first += whole_vectors(panel) * k) {
            ptrdiff_t n = width - i < panel ? width - i : panel;
            pack(panels + first + p * whole_vectors(n), source + i * across + p * along, across,
                 along, n, k - p < turn ? k - p : turn);
        }
}
