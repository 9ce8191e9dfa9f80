/* Softmax and cross-entropy of n rows of c logits, in one pass over memory.
 *
 *   m = max_c x_c       Z = sum_c e^(x_c - m)        p_c = e^(x_c - m) / Z
 *   loss = sum_c t_c (log Z - (x_c - m))
 *
 * t is the row's target: (1 - s) w_y at the label y plus s/c w_c everywhere (s: label smoothing,
 * w: class weights), or w_c ((1 - s) q_c + s/c) for probabilities q. The loss is never the log of
 * a probability, so it is right where p underflows. A row whose label is ignored has t = 0: its
 * loss is exactly 0, its gradient too.
 *
 *   losses, g            n elements (g any stride)
 *   probabilities        forward: n x c contiguous; backward: rows
 *   logits, dlogits      rows; n x c contiguous
 */

/* Rows of at most so many classes are worth turning into lanes. */
#define FEW_CLASSES (4 * LANES)

struct entropy_job {
    T *out, *losses;
    const T *x, *g;
    ptrdiff_t x_stride, g_stride, c;
    const struct mg_target *target;
};

/* p = softmax(x), with its max x and Z. NaN in x need not be the maximum: it makes Z NaN. */
MG_INLINE void softmax_row(T *MG_RESTRICT p, T *max, T *z, const T *MG_RESTRICT x, ptrdiff_t c) {
    vec most = splat((T)-INFINITY);
    for (ptrdiff_t j = 0; j < c; j += LANES)
        most = vmax(most, load_first(x + j, c - j, (T)-INFINITY));
    *max = max_lanes(most);

    vec shift = splat(*max), sums = splat(0);
    for (ptrdiff_t j = 0; j < c; j += LANES) {
        vec e = exp_nonpositive(load_first(x + j, c - j, (T)-INFINITY) - shift);
        sums += e;
        store_first(p + j, e, c - j);
    }
    *z = sum_lanes(sums);

    vec scale = splat(1 / *z);
    for (ptrdiff_t j = 0; j < c; j += LANES)
        store_first(p + j, load_first(p + j, c - j, 0) * scale, c - j);
}

/* The same for up to LANES rows of few classes, `stride` apart: one row in each lane, so that
 * max and sum need no shuffling. The p of the rows are adjacent, max and z have LANES elements. */
MG_INLINE void softmax_lanes(T *MG_RESTRICT p, T *max, T *z, const T *x, ptrdiff_t stride,
                             ptrdiff_t rows, ptrdiff_t c) {
    T columns[LANES * FEW_CLASSES], lines[LANES * FEW_CLASSES];
    pack(columns, x, stride, 1, rows, c);

    vec most = splat((T)-INFINITY), sum = splat(0);
    for (ptrdiff_t j = 0; j < c; j++) most = vmax(most, load(columns + j * LANES));
    store(max, most);
    for (ptrdiff_t j = 0; j < c; j++) {
        vec e = exp_nonpositive(load(columns + j * LANES) - most);
        sum += e;
        store(columns + j * LANES, e);
    }
    store(z, sum);
    vec scale = splat(1) / sum;
    for (ptrdiff_t j = 0; j < c; j++) store(columns + j * LANES, load(columns + j * LANES) * scale);

    pack(lines, columns, LANES, 1, c, rows);
    for (ptrdiff_t i = 0; i < rows; i++)
        memcpy(p + i * c, lines + i * whole_vectors(c), (size_t)c * sizeof(T));
}

/* The label of row i, -1 if it is ignored, -2 if the target is a row of probabilities. */
MG_INLINE ptrdiff_t label_of(const struct mg_target *target, ptrdiff_t i) {
    if (!target->labels) return -2;
    int64_t label = target->labels[i];
    return label == target->ignore_index ? -1 : (ptrdiff_t)label;
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

static T row_loss(const struct entropy_job *job, ptrdiff_t i, T max, T log_z) {
    const struct mg_target *target = job->target;
    const T *x = job->x + i * job->x_stride, *weight = target->weight;
    ptrdiff_t c = job->c, y = label_of(target, i);
    T loss = 0;
    if (y >= 0)
        loss = (1 - (T)target->label_smoothing) * (weight ? weight[y] : 1) * (log_z - (x[y] - max));
    if (y == -2 || (y >= 0 && target->label_smoothing != 0)) {
        vec sums = splat(0);
        for (ptrdiff_t j = 0; j < c; j += LANES) {
            vec surprise = splat(log_z) - (load_first(x + j, c - j, max) - splat(max));
            sums += keep_first(target_lanes(target, i, j, c) * surprise, c - j);
        }
        loss += sum_lanes(sums);
    }
    return loss;
}

static void forward_rows(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct entropy_job *job = argument;
    ptrdiff_t c = job->c, step = 0 < c && c <= FEW_CLASSES ? LANES : 1;
    for (ptrdiff_t i = begin; i < end; i += step) {
        T max[LANES], z[LANES];
        ptrdiff_t rows = end - i < step ? end - i : step;
        if (step > 1)
            softmax_lanes(job->out + i * c, max, z, job->x + i * job->x_stride, job->x_stride, rows,
                          c);
        else
            softmax_row(job->out + i * c, max, z, job->x + i * job->x_stride, c);
        for (ptrdiff_t r = 0; r < rows; r++)
            job->losses[i + r] = row_loss(job, i + r, max[r], LOG(z[r]));
    }
}

static void backward_rows(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct entropy_job *job = argument;
    const struct mg_target *target = job->target;
    const T *weight = target->weight;
    ptrdiff_t c = job->c;
    int spread = !target->labels || target->label_smoothing != 0;
    for (ptrdiff_t i = begin; i < end; i++) {
        T *MG_RESTRICT d = job->out + i * c;
        const T *MG_RESTRICT p = job->x + i * job->x_stride;
        T g = job->g[i * job->g_stride];
        ptrdiff_t y = label_of(target, i);
        if (y == -1) {
            memset(d, 0, (size_t)c * sizeof(T));
            continue;
        }
        T at_label = y >= 0 ? (1 - (T)target->label_smoothing) * (weight ? weight[y] : 1) : 0;
        T total = at_label;
        if (spread) {
            vec sums = splat(0);
            for (ptrdiff_t j = 0; j < c; j += LANES)
                sums += keep_first(target_lanes(target, i, j, c), c - j);
            total += sum_lanes(sums);
        }
        /* forward: loss = sum_c t_c (log Z - (x_c - m)), where d log Z / dx_c = p_c */
        for (ptrdiff_t j = 0; j < c; j += LANES) {
            vec dx = load_first(p + j, c - j, 0) * splat(total);
            if (spread) dx -= target_lanes(target, i, j, c);
            store_first(d + j, dx * splat(g), c - j);
        }
        if (y >= 0) d[y] -= g * at_label;
    }
}

/* Rows of about 8,192 logits together: enough to be worth a thread's attention; if there are
 * many, whole vectors of them. */
MG_INLINE ptrdiff_t rows_at_once(ptrdiff_t c) {
    return c < 512 ? 8192 / (c + 1) / 16 * 16 : 1 + 8192 / c;
}

static int mg_cross_entropy(void *losses, void *probabilities, struct mg_rows logits,
                            const struct mg_target *target, ptrdiff_t n, ptrdiff_t c) {
    struct entropy_job job = {.out = probabilities,
                              .losses = losses,
                              .x = logits.data,
                              .x_stride = logits.stride,
                              .c = c,
                              .target = target};
    mg_parallel(forward_rows, &job, n, rows_at_once(c));
    return MG_OK;
}

static int mg_cross_entropy_backward(void *dlogits, const void *g, ptrdiff_t g_stride,
                                     struct mg_rows probabilities, const struct mg_target *target,
                                     ptrdiff_t n, ptrdiff_t c) {
    struct entropy_job job = {.out = dlogits,
                              .x = probabilities.data,
                              .x_stride = probabilities.stride,
                              .g = g,
                              .g_stride = g_stride,
                              .c = c,
                              .target = target};
    mg_parallel(backward_rows, &job, n, rows_at_once(c));
    return MG_OK;
}
