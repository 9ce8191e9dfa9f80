/* The natural logarithm of z >= 1, lane by lane: what the sum of a softmax needs.
 *
 *   z = 2^k m,  m in [sqrt(1/2), sqrt(2)),  log z = k ln 2 + log m
 *   log m = 2 artanh(s) = 2 (s + s^3/3 + s^5/5 + ...),  s = (m - 1) / (m + 1),  |s| < 0.172
 *
 * (Tang, "Table-driven implementation of the logarithm function", ACM TOMS 16 (1990), without a
 * table.) k comes from the exponent's bits; as ln 2 is in two parts, k times the first is exact.
 * The series ends where what is left is below the precision. NaN gives NaN.
 */
#if T_BYTES == 4
#define LOG_SHIFT 23
#define LOG_SQRT_HALF 0x3f3504f3
#define LOG_MAGIC 8388608.0f /* 2^23: its low bits, 0, are the place for an integer */
#define LOG_LN2_HIGH 0.693359375f
#define LOG_LN2_LOW -2.12194440e-4f
#define LOG_TERMS 5
#else
#define LOG_SHIFT 52
#define LOG_SQRT_HALF 0x3fe6a09e667f3bcd
#define LOG_MAGIC 4503599627370496.0 /* 2^52 */
#define LOG_LN2_HIGH 0.693145751953125
#define LOG_LN2_LOW 1.42860682030941723212e-6
#define LOG_TERMS 11
#endif

MG_INLINE vec log_above_one(vec z) {
    uvec k = (bits(z) - (UINT)LOG_SQRT_HALF) >> LOG_SHIFT;
    vec m = from_bits(bits(z) - (k << LOG_SHIFT));
    vec magic = splat((T)LOG_MAGIC), n = from_bits(bits(magic) | k) - magic;
    vec s = (m - splat(1)) / (m + splat(1)), s2 = s * s;
    vec series = splat((T)(2. / (2 * LOG_TERMS - 1)));
    MG_UNROLL(11)
    for (int i = LOG_TERMS - 1; i >= 2; i--) series = series * s2 + splat((T)(2. / (2 * i - 1)));
    vec rest = s * s2 * series + n * splat((T)LOG_LN2_LOW);
    return IF(z == z, n * splat((T)LOG_LN2_HIGH) + (s + s + rest), z);
}

#undef LOG_SHIFT
#undef LOG_SQRT_HALF
#undef LOG_MAGIC
#undef LOG_LN2_HIGH
#undef LOG_LN2_LOW
#undef LOG_TERMS
