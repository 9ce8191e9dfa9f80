/* e^x for x <= 0, lane by lane: what softmax needs.
 *
 *   x = n ln 2 + r,  |r| <= ln(2)/2,  e^x = 2^n e^r
 *
 * n is found by adding a number so large that the fraction of the sum is rounded away; the low
 * bits of that sum are n, and shifted into the exponent they are 2^n. r is computed with ln 2 in
 * two parts (Cody and Waite 1980), e^r by its Taylor polynomial of the degree that the precision
 * asks for. x is clipped where the exponent of 2^n becomes 0, that is, the result 0 instead of a
 * number too small to be normal. NaN gives NaN.
 */
#if T_BYTES == 4
#define EXP_MAGIC 12582912.0f /* 1.5 * 2^23 */
#define EXP_SHIFT 23
#define EXP_ONE 0x3f800000
#define EXP_LOWEST -88.0f /* n = -127 */
#define EXP_LN2_HIGH 0.693359375f
#define EXP_LN2_LOW -2.12194440e-4f
#define EXP_DEGREE 7
#else
#define EXP_MAGIC 6755399441055744.0 /* 1.5 * 2^52 */
#define EXP_SHIFT 52
#define EXP_ONE 0x3ff0000000000000
#define EXP_LOWEST -709.0 /* n = -1023 */
#define EXP_LN2_HIGH 0.693145751953125
#define EXP_LN2_LOW 1.42860682030941723212e-6
#define EXP_DEGREE 13
#endif

MG_INLINE vec exp_nonpositive(vec x) {
    static const T one_over_factorial[] = {(T)1,
                                           (T)1,
                                           (T)(1. / 2),
                                           (T)(1. / 6),
                                           (T)(1. / 24),
                                           (T)(1. / 120),
                                           (T)(1. / 720),
                                           (T)(1. / 5040),
                                           (T)(1. / 40320),
                                           (T)(1. / 362880),
                                           (T)(1. / 3628800),
                                           (T)(1. / 39916800),
                                           (T)(1. / 479001600),
                                           (T)(1. / 6227020800)};
    vec clipped = vmax(splat((T)EXP_LOWEST), x), magic = splat((T)EXP_MAGIC);
    vec shifted = clipped * splat((T)1.4426950408889634) + magic;
    vec n = shifted - magic;
    vec r = (clipped - n * splat((T)EXP_LN2_HIGH)) - n * splat((T)EXP_LN2_LOW);
    vec e = splat(one_over_factorial[EXP_DEGREE]);
    MG_UNROLL(13)
    for (int i = EXP_DEGREE - 1; i >= 0; i--) e = e * r + splat(one_over_factorial[i]);
    vec power = from_bits((bits(shifted) << EXP_SHIFT) + (UINT)EXP_ONE);
    return e * power;
}

#undef EXP_MAGIC
#undef EXP_SHIFT
#undef EXP_ONE
#undef EXP_LOWEST
#undef EXP_LN2_HIGH
#undef EXP_LN2_LOW
#undef EXP_DEGREE
