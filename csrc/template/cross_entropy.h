/* Softmax cross-entropy of n rows of c logits, and in the same pass its gradient.
 *
 *   m = max_c x_c       Z = sum_c e^(x_c - m)        p_c = e^(x_c - m) / Z
 *   loss = sum_c t_c (log Z - (x_c - m))             dloss/dx_c = p_c sum_k t_k - t_c
 *
 * t is the row's target: (1 - s) w_y at the label y plus s/c w_c everywhere (s: label smoothing,
 * w: class weights), or w_c ((1 - s) q_c + s/c) for probabilities q. The loss is never the log of
 * a probability, so it is right where p underflows. A row whose label is ignored has t = 0: its
 * loss is exactly 0, its gradient too.
 *
 *   total                 the sum of the losses
 *   losses                n elements
 *   dlogits               n x c contiguous, `share` times the gradient; or NULL: not wanted
 *   logits                rows
 *
 * The exponentials that make Z are all that the gradient needs, and they are scaled while the row
 * is in the cache: each logit is read from memory once, and nothing but the gradient is written
 * (that the gradient of a loss is had during the forward pass is the idea of Hsu et al., "Liger
 * kernel", arXiv:2410.10989, 2024).
 */

/* Rows of at most so many classes are worth turning into lanes. */
#define FEW_CLASSES (4 * LANES)
/* Of longer rows so many are done together, if their exponentials fit into so many elements: 8 KB
 * beside the rows themselves in the nearest cache. */
#define WIDE_ROWS 4
#define ROOM (8192 / T_BYTES)

struct entropy_job {
    T *losses, *dlogits;
    const T *x;
    ptrdiff_t x_stride, c;
    const struct mg_target *target;
    T share;
};

/* What is known of a row when its exponentials have been summed. */
struct row_sums {
    T max, log_z, one_over_z;
};

MG_INLINE T row_max(const T *x, ptrdiff_t c) {
    vec most[4];
    MG_UNROLL(4)
    for (int k = 0; k < 4; k++) most[k] = splat((T)-INFINITY);
    ptrdiff_t j = 0;
    for (; j + 4 * LANES <= c; j += 4 * LANES) {
        MG_UNROLL(4)
        for (int k = 0; k < 4; k++) most[k] = vmax(most[k], load(x + j + k * LANES));
    }
    for (; j < c; j += LANES) most[0] = vmax(most[0], load_first(x + j, c - j, (T)-INFINITY));
    return max_lanes(vmax(vmax(most[0], most[1]), vmax(most[2], most[3])));
}

/* The sum of e^(x - max); the powers go to e unless that is NULL. NaN in x need not be the
 * maximum: it makes the sum NaN. Exponentials leave the memory idle, so meanwhile what will be
 * needed next is fetched: c elements at x + ahead, and at `place`, to be written. */
MG_INLINE T sum_powers(T *e, const T *x, T max, ptrdiff_t c, ptrdiff_t ahead, const T *place) {
    vec shift = splat(max), sums = splat(0);
    ptrdiff_t j = 0;
    for (; j + LANES <= c; j += LANES) {
        vec power = exp_nonpositive(load(x + j) - shift);
        sums += power;
        MG_PREFETCH(x + j + ahead, 0);
        if (e) {
            store(e + j, power);
            MG_PREFETCH(place + j, 1);
        }
    }
    if (j < c) {
        vec power = exp_nonpositive(load_first(x + j, c - j, (T)-INFINITY) - shift);
        sums += power;
        if (e) store_first(e + j, power, c - j);
    }
    return sum_lanes(sums);
}

/* The same for up to LANES rows of few classes, `stride` apart: one row in each lane, so that
 * max and sum need no shuffling. The e of row r begins at e + r * whole_vectors(c). */
MG_INLINE void sum_lanes_of_rows(struct row_sums *sums, T *e, const T *x, ptrdiff_t stride,
                                 ptrdiff_t rows, ptrdiff_t c) {
    T columns[LANES * FEW_CLASSES], max[LANES], log_z[LANES], one_over_z[LANES];
    pack(columns, x, stride, 1, rows, c);
    vec most = splat((T)-INFINITY), z = splat(0);
    for (ptrdiff_t j = 0; j < c; j++) most = vmax(most, load(columns + j * LANES));
    for (ptrdiff_t j = 0; j < c; j++) {
        vec power = exp_nonpositive(load(columns + j * LANES) - most);
        z += power;
        store(columns + j * LANES, power);
    }
    store(max, most);
    store(log_z, log_above_one(z));
    store(one_over_z, splat(1) / z);
    for (ptrdiff_t r = 0; r < rows; r++)
        sums[r] = (struct row_sums){max[r], log_z[r], one_over_z[r]};
    if (e) pack(e, columns, LANES, 1, c, rows);
}

/* t for the classes from j on, except for the label's own (1 - s) w_y. */
MG_INLINE vec target_lanes(const struct mg_target *target, ptrdiff_t i, ptrdiff_t j, ptrdiff_t c) {
    T smoothing = (T)target->label_smoothing;
    vec t = splat(smoothing / (T)c);
    if (!target->labels) {
        const T *q = (const T *)target->probabilities.data + i * target->probabilities.stride;
        t += load_first(q + j, c - j, 0) * splat(1 - smoothing);
    }
    if (target->weight) t *= load_first((const T *)target->weight + j, c - j, 0);
    return t;
}

/* d = e scale */
MG_INLINE void scale_row(T *d, const T *e, T scale, ptrdiff_t c) {
    ptrdiff_t j = 0;
    MG_UNROLL(4)
    for (; j + LANES <= c; j += LANES) store(d + j, load(e + j) * splat(scale));
    if (j < c) store_first(d + j, load_first(e + j, c - j, 0) * splat(scale), c - j);
}

/* The loss of row i; and unless d is NULL its gradient from the exponentials e, which may be d. */
MG_INLINE T finish_row(T *d, const T *e, const struct entropy_job *job, ptrdiff_t i,
                       struct row_sums row) {
    const struct mg_target *target = job->target;
    const T *x = job->x + i * job->x_stride, *weight = target->weight;
    ptrdiff_t c = job->c, y = -1;
    T loss = 0, at_label = 0, total = 0, smoothing = (T)target->label_smoothing;
    if (target->labels) {
        if (target->labels[i] == target->ignore_index) {
            if (d) memset(d, 0, (size_t)c * sizeof(T));
            return 0;
        }
        y = (ptrdiff_t)target->labels[i];
        total = at_label = (1 - smoothing) * (weight ? weight[y] : 1);
        loss = at_label * (row.log_z - (x[y] - row.max));
    }
    int spread = !target->labels || smoothing != 0;
    if (spread) {
        vec sums = splat(0), losses = splat(0);
        for (ptrdiff_t j = 0; j < c; j += LANES) {
            vec t = keep_first(target_lanes(target, i, j, c), c - j);
            vec surprise = splat(row.log_z) - (load_first(x + j, c - j, row.max) - splat(row.max));
            sums += t;
            losses += keep_first(t * surprise, c - j);
        }
        total += sum_lanes(sums);
        loss += sum_lanes(losses);
    }
    if (!d) return loss;
    /* forward: loss = sum_c t_c (log Z - (x_c - m)), where d log Z / dx_c = p_c */
    T scale = total * row.one_over_z * job->share, e_label = y >= 0 ? e[y] : 0;
    if (spread)
        for (ptrdiff_t j = 0; j < c; j += LANES) {
            vec t = target_lanes(target, i, j, c) * splat(job->share);
            store_first(d + j, load_first(e + j, c - j, 0) * splat(scale) - t, c - j);
        }
    else
        scale_row(d, e, scale, c);
    if (y >= 0) { /* not d[y] -= ..., which would wait for the vector just stored */
        T spread_label = spread ? smoothing / (T)c * (weight ? weight[y] : 1) : 0;
        d[y] = e_label * scale - (spread_label + at_label) * job->share;
    }
    return loss;
}

/* Rows of many classes. A few at once take each step, as far as there is room for their
 * exponentials: then no step waits for the end of the one before, and the gradient is written but
 * once. Where there is no room for a single row, the exponentials stand where the gradient will. */
static void wide_rows(const struct entropy_job *job, ptrdiff_t begin, ptrdiff_t end) {
    _Alignas(64) T room[ROOM];
    T max[WIDE_ROWS], z[WIDE_ROWS];
    ptrdiff_t c = job->c, stride = job->x_stride, whole = whole_vectors(c), group = WIDE_ROWS;
    while (group > 1 && group * whole > ROOM) group--;
    for (ptrdiff_t i = begin; i < end; i += group) {
        ptrdiff_t rows = end - i < group ? end - i : group;
        const T *x = job->x + i * stride;
        T *d = job->dlogits ? job->dlogits + i * c : NULL, *e = d && whole <= ROOM ? room : d;
        T *place = e == room ? d : d ? d + c : NULL;
        for (ptrdiff_t r = 0; r < rows; r++) max[r] = row_max(x + r * stride, c);
        for (ptrdiff_t r = 0; r < rows; r++)
            z[r] = sum_powers(e ? e + r * whole : NULL, x + r * stride, max[r], c, group * stride,
                              place ? place + r * c : NULL);
        for (ptrdiff_t r = 0; r < rows; r++) {
            struct row_sums sums = {max[r], LOG(z[r]), 1 / z[r]};
            job->losses[i + r] =
                finish_row(d ? d + r * c : NULL, e ? e + r * whole : NULL, job, i + r, sums);
        }
    }
}

static void entropy_rows(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct entropy_job *job = argument;
    ptrdiff_t c = job->c;
    if (c > FEW_CLASSES || c == 0) {
        wide_rows(job, begin, end);
        return;
    }
    for (ptrdiff_t i = begin; i < end; i += LANES) {
        T e[LANES * FEW_CLASSES];
        struct row_sums sums[LANES];
        ptrdiff_t rows = end - i < LANES ? end - i : LANES;
        sum_lanes_of_rows(sums, job->dlogits ? e : NULL, job->x + i * job->x_stride, job->x_stride,
                          rows, c);
        for (ptrdiff_t r = 0; r < rows; r++) {
            T *d = job->dlogits ? job->dlogits + (i + r) * c : NULL;
            job->losses[i + r] = finish_row(d, e + r * whole_vectors(c), job, i + r, sums[r]);
        }
    }
}

/* Rows of about 8,192 logits together: enough to be worth a thread's attention; if there are
 * many, whole vectors of them. */
MG_INLINE ptrdiff_t rows_at_once(ptrdiff_t c) {
    return c < 512 ? 8192 / (c + 1) / 16 * 16 : 1 + 8192 / c;
}

/* Short sums in lanes, long ones in double: the error does not grow with n. */
static double sum_of_losses(const T *losses, ptrdiff_t n) {
    double total = 0;
    for (ptrdiff_t i = 0; i < n; i += 64 * LANES) {
        vec sums = splat(0);
        for (ptrdiff_t j = i; j < n && j < i + 64 * LANES; j += LANES)
            sums += load_first(losses + j, n - j, 0);
        total += (double)sum_lanes(sums);
    }
    return total;
}

static int mg_cross_entropy(double *total, void *losses, void *dlogits, struct mg_rows logits,
                            const struct mg_target *target, double share, ptrdiff_t n,
                            ptrdiff_t c) {
    struct entropy_job job = {.losses = losses,
                              .dlogits = dlogits,
                              .x = logits.data,
                              .x_stride = logits.stride,
                              .c = c,
                              .target = target,
                              .share = (T)share};
    mg_parallel(entropy_rows, &job, n, rows_at_once(c));
    *total = sum_of_losses(losses, n);
    return MG_OK;
}
