/* Forget what differs between the types. */
#undef T
#undef T_BYTES
#undef INT
#undef UINT
#undef SQRT
#undef LOG
#undef SUFFIX
