/* The error function and the normal distribution; all arrays flat, n elements.
 *
 *   erf            2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x
 *   erfc           1 - erf
 *   gelu           x F(x),  F(x) = erfc(-x / sqrt(2)) / 2
 *   gelu_backward  dx = g (F(x) + x f(x)),  f(x) = e^(-x^2 / 2) / sqrt(2 pi)
 *
 * For all y >= 0 one polynomial does: erfc(y) = e^(-y^2) p(t) / (1 + 2 y) with t = (y - k) / (y +
 * k) (Shepherd and Laframboise, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x <
 * inf", Mathematics of Computation 36 (1981)). Here k = 3, and the coefficients are those that
 * mpmath's chebyfit finds: errors of 7e-9 (float) and 1.4e-17 (double). It keeps the relative
 * accuracy where erfc is tiny, if e^(-y^2) has it: the rounding error of y^2 would be multiplied by
 * y^2. So y is split into a part of half the digits, whose square is exact, and a small rest. Near
 * 0, erf(x) / x is a polynomial in x^2.
 */
#if T_BYTES == 4
#define HALF_OF_THE_DIGITS 0xfffff000
#define ERFC_TERMS 12
#define ERFC_P                                                                             \
    8.00745497e-5f, -9.25376913e-5f, -7.34082050e-4f, 1.87506025e-3f, 2.50677867e-3f,      \
        -2.37635597e-2f, 6.83131967e-2f, -1.19275281e-1f, 1.29644721e-1f, -4.75621561e-2f, \
        -1.35621100e-1f, 1.25300806f
#define ERF_TERMS 7
#define ERF_P                                                                         \
    8.84996515e-5f, -8.24728464e-4f, 5.20954437e-3f, -2.68625751e-2f, 1.12837487e-1f, \
        -3.76126370e-1f, 1.12837917f
#else
#define HALF_OF_THE_DIGITS 0xfffffffff8000000
#define ERFC_TERMS 25
#define ERFC_P                                                                    \
    8.86421901642709202e-10, 9.88579883113936494e-10, -8.50039792977261535e-9,    \
        -1.3326364813003833e-8, 4.1807846988455822e-8, 1.01870006000728851e-7,    \
        -1.41600649402659861e-7, -6.16649607760435278e-7, 3.56838391539922046e-7, \
        3.47241460287568603e-6, -7.31510516415906191e-7, -2.01005679312892281e-5, \
        4.94948499257059517e-6, 1.25099352355631076e-4, -1.05159799815011777e-4,  \
        -7.79832272108399125e-4, 1.88869035915615522e-3, 2.52939181606623916e-3,  \
        -2.3770514918645887e-2, 6.8308027343978475e-2, -1.19273663415306992e-1,   \
        1.2964515870276062e-1, -4.7562294353450872e-2, -1.35621106124581173e-1,   \
        1.25300805826972965
#define ERF_TERMS 11
#define ERF_P                                                                     \
    1.06756937067139483e-8, -1.56971155710041423e-7, 1.63991232629773726e-6,      \
        -1.49219216534207983e-5, 1.20551903370212965e-4, -8.54832350667776337e-4, \
        5.22397757126981974e-3, -2.6866170640255645e-2, 1.12837916709325947e-1,   \
        -3.7612638903183346e-1, 1.12837916709551256
#endif

#define ERF_END 0.85

/* |x|, but at most `most`, where everything below has its limit; NaN stays NaN. */
MG_INLINE vec distance(vec x, T most) {
    vec below = -from_bits(bits(x) & (UINT)((UINT)-1 >> 1));
    return -vmax(splat(-most), below);
}

/* e^(-y^2 scale), scale being 1 or 1/2 */
MG_INLINE vec gauss(vec y, T scale) {
    vec head = from_bits(bits(y) & (UINT)HALF_OF_THE_DIGITS);
    return exp_nonpositive_sum(-(head * head) * splat(scale),
                               (head - y) * (head + y) * splat(scale));
}

/* e^(y^2) erfc(y) for y >= 0; both divisors at once, as a division takes as long as the polynomial
 */
MG_INLINE vec erfc_without_gauss(vec y) {
    static const T p[] = {ERFC_P}; /* highest powers first */
    vec below = y + splat(3), right = splat(1) + y + y, inverse = splat(1) / (below * right);
    vec t = (y - splat(3)) * right * inverse, sum = splat(p[0]);
    MG_UNROLL(24)
    for (int i = 1; i < ERFC_TERMS; i++) sum = sum * t + splat(p[i]);
    return sum * (below * inverse);
}

/* erf(x) for |x| < ERF_END */
MG_INLINE vec erf_near_zero(vec x) {
    static const T p[] = {ERF_P};
    vec z = x * x, sum = splat(p[0]);
    MG_UNROLL(10)
    for (int i = 1; i < ERF_TERMS; i++) sum = sum * z + splat(p[i]);
    return x * sum;
}

MG_INLINE vec erfc_lanes(vec x) {
    vec y = distance(x, 28), upper = gauss(y, 1) * erfc_without_gauss(y);
    vec far = IF(x < splat(0), splat(2) - upper, upper);
    return IF(y < splat((T)ERF_END / 2), splat(1) - erf_near_zero(x), far);
}

MG_INLINE vec erf_lanes(vec x) {
    vec y = distance(x, 28), far = splat(1) - gauss(y, 1) * erfc_without_gauss(y);
    return IF(y < splat((T)ERF_END), erf_near_zero(x), IF(x < splat(0), -far, far));
}

/* F(x) and the gauss that is also in f(x). */
MG_INLINE vec normal_lanes(vec x, vec *density) {
    vec y = distance(x, 40), e = gauss(y, (T)0.5);
    vec upper = splat((T)0.5) * e * erfc_without_gauss(y * splat((T)0.7071067811865476));
    *density = e * splat((T)0.3989422804014327);
    return IF(x < splat(0), upper, splat(1) - upper);
}

static void erf_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct element_job *job = argument;
    for (ptrdiff_t i = begin; i < end; i += LANES)
        store_first(job->out + i, erf_lanes(load_first(job->x + i, end - i, 0)), end - i);
}

static void erfc_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct element_job *job = argument;
    for (ptrdiff_t i = begin; i < end; i += LANES)
        store_first(job->out + i, erfc_lanes(load_first(job->x + i, end - i, 0)), end - i);
}

static void gelu_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct element_job *job = argument;
    for (ptrdiff_t i = begin; i < end; i += LANES) {
        vec x = load_first(job->x + i, end - i, 0), density;
        store_first(job->out + i, x * normal_lanes(x, &density), end - i);
    }
}

static void gelu_backward_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct element_job *job = argument;
    for (ptrdiff_t i = begin; i < end; i += LANES) {
        vec g = load_first(job->x + i, end - i, 0), x = load_first(job->y + i, end - i, 0), density;
        /* forward: out = x F(x), where dF/dx = f */
        vec share = normal_lanes(x, &density);
        store_first(job->out + i, g * (share + x * density), end - i);
    }
}

static int mg_erf(void *out, const void *x, ptrdiff_t n) {
    struct element_job job = {.out = out, .x = x};
    mg_parallel(erf_range, &job, n, GRAIN);
    return MG_OK;
}

static int mg_erfc(void *out, const void *x, ptrdiff_t n) {
    struct element_job job = {.out = out, .x = x};
    mg_parallel(erfc_range, &job, n, GRAIN);
    return MG_OK;
}

static int mg_gelu(void *out, const void *x, ptrdiff_t n) {
    struct element_job job = {.out = out, .x = x};
    mg_parallel(gelu_range, &job, n, GRAIN);
    return MG_OK;
}

static int mg_gelu_backward(void *dx, const void *g, const void *x, ptrdiff_t n) {
    struct element_job job = {.out = dx, .x = g, .y = x};
    mg_parallel(gelu_backward_range, &job, n, GRAIN);
    return MG_OK;
}

#undef HALF_OF_THE_DIGITS
#undef ERFC_TERMS
#undef ERFC_P
#undef ERF_TERMS
#undef ERF_P
#undef ERF_END
