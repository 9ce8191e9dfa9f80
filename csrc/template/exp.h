/* e^x for x <= 0, lane by lane: what softmax and the normal distribution need.
 *
 *   x = n ln 2 + r,  |r| <= ln(2)/2,  e^x = 2^n e^r
 *
 * n is found by adding a number so large that the fraction of the sum is rounded away. The low
 * bits of that sum are n plus the exponent's bias, and shifted into the exponent they are 2^n. r
 * is computed with ln 2 in two parts (Cody and Waite, Software Manual for the Elementary
 * Functions, 1980). e^r = 1 + r + r^2 q(r) with a polynomial q whose errors on the interval are
 * even, as mpmath's chebyfit finds it; they are a tenth of the last place. x is clipped where the
 * exponent of 2^n becomes 0, that is, the result 0 instead of a number too small to be normal.
 * NaN gives NaN.
 */
#if T_BYTES == 4
#define EXP_MAGIC 12583039.0f /* 1.5 * 2^23 + 127 */
#define EXP_SHIFT 23
#define EXP_LOWEST -88.0f /* n = -127 */
#define EXP_LN2_HIGH 0.693359375f
#define EXP_LN2_LOW -2.12194440e-4f
#define EXP_TERMS 5
#define EXP_Q 1.3926251e-3f, 8.3632329e-3f, 4.16665542e-2f, 1.66665766e-1f, 0.5f
#else
#define EXP_MAGIC 6755399441056767.0 /* 1.5 * 2^52 + 1023 */
#define EXP_SHIFT 52
#define EXP_LOWEST -709.0 /* n = -1023 */
#define EXP_LN2_HIGH 0.693145751953125
#define EXP_LN2_LOW 1.42860682030941723212e-6
#define EXP_TERMS 10
#define EXP_Q                                                                                    \
    2.5100472505694996e-8, 2.7620201591031549e-7, 2.7557268276905696e-6, 2.48015210578682052e-5, \
        1.98412698631715560e-4, 1.38888889173670806e-3, 8.3333333333300382e-3,                   \
        4.16666666666238205e-2, 1.66666666666667460e-1, 0.5
#endif

/* The n and the power of two are those of x, r is what is left of `first`, which may be x; and
 * `rest` is added to r unless it is NULL. */
MG_INLINE vec exp_of_parts(vec x, vec first, const vec *rest) {
    static const T q[] = {EXP_Q}; /* highest powers first */
    vec magic = splat((T)EXP_MAGIC);
    vec shifted = x * splat((T)1.4426950408889634) + magic;
    vec n = shifted - magic;
    vec r = (first - n * splat((T)EXP_LN2_HIGH)) - n * splat((T)EXP_LN2_LOW);
    if (rest) r += *rest;
    vec e = splat(q[0]);
    MG_UNROLL(10)
    for (int i = 1; i < EXP_TERMS; i++) e = e * r + splat(q[i]);
    e = (e * r + splat(1)) * r + splat(1);
    return e * from_bits(bits(shifted) << EXP_SHIFT);
}

MG_INLINE vec exp_nonpositive(vec x) {
    vec clipped = vmax(splat((T)EXP_LOWEST), x);
    return exp_of_parts(clipped, clipped, NULL);
}

/* e^(first + rest) for a rest of at most 1, where the sum need not be a number of type T. */
MG_INLINE vec exp_nonpositive_sum(vec first, vec rest) {
    vec lowest = splat((T)EXP_LOWEST);
    return exp_of_parts(vmax(lowest, first + rest), vmax(lowest - splat(1), first), &rest);
}

#undef EXP_MAGIC
#undef EXP_SHIFT
#undef EXP_LOWEST
#undef EXP_LN2_HIGH
#undef EXP_LN2_LOW
#undef EXP_TERMS
#undef EXP_Q
