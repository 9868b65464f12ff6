// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// The few macros of the library. All are HADAL_*.

#ifdef __CUDACC__
#define HADAL_HD __host__ __device__
#else
#define HADAL_HD
#endif

#define HADAL_COLD [[gnu::cold, gnu::noinline]]
#define HADAL_NOINLINE [[gnu::noinline]]
#define HADAL_INLINE [[gnu::always_inline]] inline

// The name of the instruction set this translation unit is compiled for. The CPU device tag lives in an inline
// namespace of this name, so every template over the tag gets its own symbols per instruction set and objects built
// with different -march flags never replace each other's kernels at link time.
#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#define HADAL_ISA avx512
#elif defined(__AVX2__) && defined(__FMA__)
#define HADAL_ISA avx2
#elif defined(__AVX__)
#define HADAL_ISA avx
#elif defined(__SSE4_2__)
#define HADAL_ISA sse4
#elif defined(__x86_64__)
#define HADAL_ISA sse2
#elif defined(__ARM_NEON)
#define HADAL_ISA neon
#else
#define HADAL_ISA generic
#endif

#define HADAL_STRINGIZE_(x) #x
#define HADAL_STRINGIZE(x) HADAL_STRINGIZE_(x)
