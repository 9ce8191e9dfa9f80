/* Vectors of T, in the words of the compiler rather than of one machine.
 *
 * Included once for each (VECTOR_BYTES, T). With GCC and Clang `vec` holds LANES = VECTOR_BYTES /
 * sizeof(T) elements (a vector extension: + - * / < work lane by lane) and becomes SSE, AVX,
 * AVX-512 or NEON registers; with another compiler it is a T alone, LANES is 1, and every kernel
 * is plain scalar C. Only loads and stores of a part of a vector differ between machines.
 */

#if MG_GNU
#define LANES (VECTOR_BYTES / T_BYTES)
#else
#define LANES 1
#endif

#if MG_GNU
typedef T vec __attribute__((vector_size(VECTOR_BYTES)));
typedef INT ivec __attribute__((vector_size(VECTOR_BYTES)));  /* what a comparison gives */
typedef UINT uvec __attribute__((vector_size(VECTOR_BYTES))); /* the bits of a vec */
typedef T loose __attribute__((vector_size(VECTOR_BYTES), aligned(T_BYTES), may_alias));
#else
typedef T vec, loose;
typedef INT ivec;
typedef UINT uvec;
#endif

MG_INLINE vec load(const T *p) { return *(const loose *)p; }
MG_INLINE void store(T *p, vec v) { *(loose *)p = v; }

/* x in every lane; x - 0 is x for every x, a zero of either sign included */
MG_INLINE vec splat(T x) {
#if MG_GNU
    return x - (vec){0};
#else
    return x;
#endif
}

/* The same bits as integers, and back. */
MG_INLINE uvec bits(vec v) {
    uvec i;
    memcpy(&i, &v, sizeof i);
    return i;
}

MG_INLINE vec from_bits(uvec i) {
    vec v;
    memcpy(&v, &i, sizeof v);
    return v;
}

/* IF(a < b, yes, no): lane by lane, yes where the comparison holds, else no */
#if MG_GNU
MG_INLINE vec choose(ivec where, vec yes, vec no) {
    return from_bits(((uvec)where & bits(yes)) | (~(uvec)where & bits(no)));
}
#define IF(condition, yes, no) choose(condition, yes, no)
#else
#define IF(condition, yes, no) ((condition) ? (yes) : (no))
#endif

/* a > b ? a : b, so b if either is NaN: what x86 has an instruction for. */
MG_INLINE vec vmax(vec a, vec b) {
#if VECTOR_BYTES == 64 && T_BYTES == 4
    return (vec)_mm512_max_ps((__m512)a, (__m512)b);
#elif VECTOR_BYTES == 64 && T_BYTES == 8
    return (vec)_mm512_max_pd((__m512d)a, (__m512d)b);
#elif VECTOR_BYTES == 32 && T_BYTES == 4
    return (vec)_mm256_max_ps((__m256)a, (__m256)b);
#elif VECTOR_BYTES == 32 && T_BYTES == 8
    return (vec)_mm256_max_pd((__m256d)a, (__m256d)b);
#else
    return IF(a > b, a, b);
#endif
}

/* All bits of the first n lanes (1 <= n <= LANES). */
MG_INLINE uvec first_lanes(ptrdiff_t n) {
    static const signed char edge[32] = {-1, -1, -1, -1, -1, -1, -1, -1,
                                         -1, -1, -1, -1, -1, -1, -1, -1};
    uvec mask;
    for (int i = 0; i < LANES; i++) ((UINT *)&mask)[i] = (UINT)(INT)edge[16 - n + i];
    return mask;
}

/* v with the lanes from n on set to zero; n >= 1, more than LANES counts as LANES. */
MG_INLINE vec keep_first(vec v, ptrdiff_t n) {
    return n >= LANES ? v : from_bits(bits(v) & first_lanes(n));
}

/* The first n elements at p (n as above), the other lanes `rest`; memory behind them is not
 * touched. */
MG_INLINE vec load_first(const T *p, ptrdiff_t n, T rest) {
    if (n >= LANES) return load(p);
#if VECTOR_BYTES == 64 && T_BYTES == 4
    return (vec)_mm512_mask_loadu_ps((__m512)splat(rest), (__mmask16)((1u << n) - 1), p);
#elif VECTOR_BYTES == 64 && T_BYTES == 8
    return (vec)_mm512_mask_loadu_pd((__m512d)splat(rest), (__mmask8)((1u << n) - 1), p);
#elif VECTOR_BYTES == 32 && T_BYTES == 4
    vec v = (vec)_mm256_maskload_ps(p, (__m256i)first_lanes(n));
    return choose((ivec)first_lanes(n), v, splat(rest));
#elif VECTOR_BYTES == 32 && T_BYTES == 8
    vec v = (vec)_mm256_maskload_pd(p, (__m256i)first_lanes(n));
    return choose((ivec)first_lanes(n), v, splat(rest));
#else
    T buffer[LANES];
    for (ptrdiff_t i = 0; i < LANES; i++) buffer[i] = i < n ? p[i] : rest;
    return load(buffer);
#endif
}

MG_INLINE void store_first(T *p, vec v, ptrdiff_t n) {
    if (n >= LANES) {
        store(p, v);
        return;
    }
#if VECTOR_BYTES == 64 && T_BYTES == 4
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#elif VECTOR_BYTES == 64 && T_BYTES == 8
    _mm512_mask_storeu_pd(p, (__mmask8)((1u << n) - 1), (__m512d)v);
#elif VECTOR_BYTES == 32 && T_BYTES == 4
    __m128 half = _mm256_castps256_ps128((__m256)v);
    if (n & 4) {
        _mm_storeu_ps(p, half);
        half = _mm256_extractf128_ps((__m256)v, 1), p += 4;
    }
    if (n & 2) {
        _mm_storel_pi((__m64 *)p, half);
        half = _mm_movehl_ps(half, half), p += 2;
    }
    if (n & 1) _mm_store_ss(p, half);
#elif VECTOR_BYTES == 32 && T_BYTES == 8
    __m128d half = _mm256_castpd256_pd128((__m256d)v);
    if (n & 2) {
        _mm_storeu_pd(p, half);
        half = _mm256_extractf128_pd((__m256d)v, 1), p += 2;
    }
    if (n & 1) _mm_store_sd(p, half);
#else
    T buffer[LANES];
    store(buffer, v);
    for (ptrdiff_t i = 0; i < n; i++) p[i] = buffer[i];
#endif
}

#if LANES > 1
#if defined(__clang__)
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (ivec){__VA_ARGS__})
#endif

#if LANES == 16
#define LOW_HALVES 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH_HALVES 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif LANES == 8
#define LOW_HALVES 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH_HALVES 4, 12, 5, 13, 6, 14, 7, 15
#elif LANES == 4
#define LOW_HALVES 0, 4, 1, 5
#define HIGH_HALVES 2, 6, 3, 7
#else
#define LOW_HALVES 0, 2
#define HIGH_HALVES 1, 3
#endif

/* a0 b0 a1 b1 ... of the first halves, and of the second halves */
MG_INLINE vec interleave_low(vec a, vec b) { return SHUFFLE(a, b, LOW_HALVES); }
MG_INLINE vec interleave_high(vec a, vec b) { return SHUFFLE(a, b, HIGH_HALVES); }
#undef SHUFFLE
#undef LOW_HALVES
#undef HIGH_HALVES
#else
MG_INLINE vec interleave_low(vec a, vec b) { return (void)b, a; }
MG_INLINE vec interleave_high(vec a, vec b) { return (void)a, b; }
#endif

/* Transpose the LANES x LANES matrix whose rows are r. One riffle of the rows (row i beside row
 * i + LANES/2, interleaved) rotates the bits of every element's index (row, lane) by one;
 * log2(LANES) of them swap row and lane (Stone, "Parallel processing with the perfect shuffle",
 * 1971). */
MG_INLINE void transpose(vec r[LANES]) {
    MG_UNROLL(4)
    for (int step = 1; step < LANES; step *= 2) {
        vec s[LANES];
        MG_UNROLL(16)
        for (int i = 0; i < LANES / 2; i++) {
            s[2 * i] = interleave_low(r[i], r[i + LANES / 2]);
            s[2 * i + 1] = interleave_high(r[i], r[i + LANES / 2]);
        }
        MG_UNROLL(16)
        for (int i = 0; i < LANES; i++) r[i] = s[i];
    }
}

/* The sums of the lanes of LANES vectors, one to a lane: riffles as in `transpose`, which add what
 * they bring together. Each is added in the order of sum_lanes. */
MG_INLINE vec sums_of_lanes(vec v[LANES]) {
    MG_UNROLL(4)
    for (int n = LANES / 2; n > 0; n /= 2) {
        MG_UNROLL(8)
        for (int i = 0; i < n; i++)
            v[i] = interleave_low(v[i], v[i + n]) + interleave_high(v[i], v[i + n]);
    }
    return v[0];
}

/* The sum and the maximum of all lanes, by halves: every step folds the vector onto itself. */
MG_INLINE T sum_lanes(vec v) {
    MG_UNROLL(4)
    for (int step = 1; step < LANES; step *= 2) v = interleave_low(v, v) + interleave_high(v, v);
    T first;
    memcpy(&first, &v, sizeof first);
    return first;
}

MG_INLINE T max_lanes(vec v) {
    MG_UNROLL(4)
    for (int step = 1; step < LANES; step *= 2)
        v = vmax(interleave_low(v, v), interleave_high(v, v));
    T first;
    memcpy(&first, &v, sizeof first);
    return first;
}
