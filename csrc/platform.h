/* What compiler, what machine: the only place that asks.
 *
 *   MG_GNU      GCC or Clang: vector extensions, attributes, pragmas
 *   MG_X86      x86-64 under such a compiler: the AVX paths are built
 *   MG_THREADS  POSIX threads and C11 atomics: the thread pool is built
 */
#ifndef MG_PLATFORM_H
#define MG_PLATFORM_H

#if defined(MG_GNU) /* -DMG_GNU=0 builds what another compiler would */
#elif defined(__GNUC__)
#define MG_GNU 1
#else
#define MG_GNU 0
#endif

#if MG_GNU && defined(__x86_64__)
#define MG_X86 1
#else
#define MG_X86 0
#endif

#if !defined(MG_THREADS)
#if MG_GNU && (defined(__unix__) || defined(__APPLE__)) && !defined(__STDC_NO_ATOMICS__)
#define MG_THREADS 1
#else
#define MG_THREADS 0
#endif
#endif

#if MG_GNU
#define MG_INLINE static inline __attribute__((always_inline, unused))
#define MG_RESTRICT restrict
#elif defined(_MSC_VER)
#define MG_INLINE static __forceinline
#define MG_RESTRICT __restrict
#else
#define MG_INLINE static inline
#define MG_RESTRICT
#endif

/* MG_UNROLL(n) before a loop: unroll it n times; a loop of at most n turns disappears. */
#define MG_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define MG_UNROLL(n) MG_PRAGMA(clang loop unroll_count(n))
#elif MG_GNU
#define MG_UNROLL(n) MG_PRAGMA(GCC unroll n)
#else
#define MG_UNROLL(n)
#endif

/* Ask for the cache line at p, soon to be read (for_write 0) or written (1); or read later: into
 * the second-level cache, which has room for more requests under way than the first, so that a
 * long list of them is not waited for. */
#if MG_GNU
#define MG_PREFETCH(p, for_write) __builtin_prefetch(p, for_write)
#define MG_PREFETCH_LATER(p) __builtin_prefetch(p, 0, 2)
#else
#define MG_PREFETCH(p, for_write) ((void)(p))
#define MG_PREFETCH_LATER(p) ((void)(p))
#endif

/* Functions between MG_TARGET_BEGIN and MG_TARGET_END may use the given instruction sets,
 * whatever the command line allows: one binary holds all the paths. */
#if defined(__clang__)
#define MG_TARGET_BEGIN(sets) \
    MG_PRAGMA(clang attribute push(__attribute__((target(sets))), apply_to = function))
#define MG_TARGET_END MG_PRAGMA(clang attribute pop)
#elif MG_GNU
#define MG_TARGET_BEGIN(sets) MG_PRAGMA(GCC push_options) MG_PRAGMA(GCC target(sets))
#define MG_TARGET_END MG_PRAGMA(GCC pop_options)
#endif

/* Bytes that memory hands over at a time, and that share an entry of the translation table; a wrong
 * value costs time only. */
#define MG_LINE 64
#define MG_PAGE 4096

#define MG_PASTE_(a, b) a##_##b
#define MG_PASTE(a, b) MG_PASTE_(a, b)

#endif
