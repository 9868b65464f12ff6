// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// The libraries that matrix products are measured against, each at its best on this machine and held to the
// instruction set this program was compiled for. OpenBLAS and BLIS export the same names, so they are opened at run
// time; a library that is not installed is left out.

#include "bench.hpp"

#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#if __has_include(<dnnl.hpp>)
#include <dnnl.hpp>
#endif

namespace bench {

/// Row-major C = op(A) op(B), op(A) (m, k), op(B) (k, n), transposed where the flags say so.
struct Product {
  bool transpose_a, transpose_b;
  int m, n, k;
  const float *a, *b;
  float* c;
  int lda() const { return transpose_a ? m : k; }
  int ldb() const { return transpose_b ? k : n; }
};

struct Blas {
  std::string name;
  std::function<void(int)> set_threads;
  /// What to call for a product; operands may change, sizes not.
  std::function<std::function<void()>(const Product&)> plan;
};

namespace detail {

/// OpenBLAS or BLIS, set up as the environment says; its name is empty if it is not there.
inline Blas open_cblas(const std::string& name, const char* file, const char* set_threads) {
  using Gemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*, int);
  void* library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (!library) return {};
  const auto gemm = reinterpret_cast<Gemm>(dlsym(library, "cblas_sgemm"));
  const auto threads = reinterpret_cast<void (*)(long)>(dlsym(library, set_threads));
  if (!gemm || !threads) return {};
  std::string kernels;
  if (void* core = dlsym(library, "openblas_get_corename")) {
    kernels = reinterpret_cast<const char* (*)()>(core)();
  } else if (void* arch = dlsym(library, "bli_arch_query_id")) {
    const auto text = reinterpret_cast<const char* (*)(int)>(dlsym(library, "bli_arch_string"));
    if (const auto start = reinterpret_cast<void (*)()>(dlsym(library, "bli_init"))) start();
    if (text) kernels = text(reinterpret_cast<int (*)()>(arch)());
  }
  return {name + " " + kernels, [threads](int n) { threads(n); },
          [gemm](const Product& p) {
            return [=] {
              constexpr int row_major = 101, plain = 111, transposed = 112;
              gemm(row_major, p.transpose_a ? transposed : plain, p.transpose_b ? transposed : plain, p.m, p.n, p.k, 1,
                   p.a, p.lda(), p.b, p.ldb(), 0, p.c, p.n);
            };
          }};
}

/// Operations a second of a square product, tried in a process of its own.
template <class F>
double try_apart(const F& open) {
  int ends[2];
  if (pipe(ends) != 0) return 0;
  const pid_t child = fork();
  if (child == 0) {
    double rate = 0;
    if (const Blas blas = open(); blas.plan) {
      constexpr int n = 512;
      const std::vector<float> a(n * n, 1.0f);
      std::vector<float> c(n * n);
      blas.set_threads(1);
      const auto call = blas.plan({false, true, n, n, n, a.data(), a.data(), c.data()});
      for (int r = 0; r < 25; ++r) {
        const double begin = now();
        call();
        rate = std::max(rate, 2.0 * n * n * n / (now() - begin));
      }
    }
    _exit(write(ends[1], &rate, sizeof rate) == sizeof rate ? 0 : 1);
  }
  close(ends[1]);
  double rate = 0;
  if (read(ends[0], &rate, sizeof rate) != sizeof rate) rate = 0;  // a core type this machine cannot run
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return rate;
}

/// Opens a library with the value of an environment variable that makes it fastest here (unset, if there are none).
inline Blas fastest_cblas(const std::string& name, const char* file, const char* set_threads, const char* variable,
                          const std::vector<std::string>& values) {
  double best = 0;
  std::string choice;
  for (const std::string& value : values) {
    const double rate = try_apart([&] {
      setenv(variable, value.c_str(), 1);
      return open_cblas(name, file, set_threads);
    });
    if (rate > 1.02 * best) best = rate, choice = value;
  }
  if (best > 0) setenv(variable, choice.c_str(), 1);
  return open_cblas(name, file, set_threads);
}

#if defined(DNNL_VERSION_MAJOR)

class Dnnl {
 public:
  /// A product by oneDNN's matmul. `reordered`: the second operand in the layout that oneDNN likes best, made once.
  static std::function<void()> plan(const Product& p, bool reordered) {
    using namespace dnnl;
    static const engine cpu(engine::kind::cpu, 0);
    static stream queue(cpu);
    using Md = memory::desc;
    const auto f32 = memory::data_type::f32;
    const auto md = [&](int rows, int columns, bool transposed) {
      return Md({rows, columns}, f32, transposed ? memory::dims{1, rows} : memory::dims{columns, 1});
    };
    const Md a = md(p.m, p.k, p.transpose_a), b = md(p.k, p.n, p.transpose_b), c = md(p.m, p.n, false);
    const Md weights = reordered ? Md({p.k, p.n}, f32, memory::format_tag::any) : b;
#if DNNL_VERSION_MAJOR >= 3
    const matmul::primitive_desc plan(cpu, a, weights, c);
#else
    const matmul::primitive_desc plan(matmul::desc(a, weights, c), cpu);
#endif
    const auto in = [](const float* data) { return const_cast<float*>(data); };
    memory source(a, cpu, in(p.a)), second(b, cpu, in(p.b)), target(c, cpu, p.c);
    if (reordered) {
      memory packed(plan.weights_desc(), cpu);
      reorder(second, packed).execute(queue, second, packed);
      queue.wait();
      second = packed;
    }
    const matmul product(plan);
    return [=] {
      product.execute(queue, {{DNNL_ARG_SRC, source}, {DNNL_ARG_WEIGHTS, second}, {DNNL_ARG_DST, target}});
      queue.wait();
    };
  }
  static void set_threads(int n) {
    if (const auto set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"))) set(n);
  }
};

#endif

}  // namespace detail

/// What packs weights beforehand: oneDNN, in the layout it likes best. Without a plan if it is not there.
inline Blas packing_blas() {
#if defined(DNNL_VERSION_MAJOR)
  return {"oneDNN", detail::Dnnl::set_threads, [](const Product& p) { return detail::Dnnl::plan(p, true); }};
#else
  return {};
#endif
}

/// All that are installed. Call it before any of them is used.
inline std::vector<Blas> open_blas() {
  // BLIS numbers its kernels: 0 SkylakeX, 3 Haswell, 5 Penryn, 6 to 8 Zen.
#if defined(__AVX512F__)
  const std::vector<std::string> openblas{"SkylakeX", "Cooperlake", "Sapphirerapids", "Zen", "Haswell"},
      blis{"0", "3", "6", "7", "8"};
#elif defined(__AVX2__)
  const std::vector<std::string> openblas{"Haswell", "Zen"}, blis{"3", "6", "7", "8"};
  setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);
#elif defined(__x86_64__)
  const std::vector<std::string> openblas{"Nehalem", "Prescott"}, blis{"5"};
  setenv("ONEDNN_MAX_CPU_ISA", "SSE41", 1);
#else
  const std::vector<std::string> openblas{}, blis{};
#endif
  std::vector<Blas> all;
  all.push_back(
      detail::fastest_cblas("OpenBLAS", "libopenblas.so.0", "openblas_set_num_threads", "OPENBLAS_CORETYPE", openblas));
  all.push_back(detail::fastest_cblas("BLIS", "libblis.so.4", "bli_thread_set_num_threads", "BLIS_ARCH_TYPE", blis));
#if defined(DNNL_VERSION_MAJOR)
  all.push_back(
      {"oneDNN matmul", detail::Dnnl::set_threads, [](const Product& p) { return detail::Dnnl::plan(p, false); }});
  all.push_back({"oneDNN sgemm", detail::Dnnl::set_threads, [](const Product& p) {
                   return [=] {
                     dnnl_sgemm(p.transpose_a ? 'T' : 'N', p.transpose_b ? 'T' : 'N', p.m, p.n, p.k, 1, p.a, p.lda(),
                                p.b, p.ldb(), 0, p.c, p.n);
                   };
                 }});
#endif
  std::erase_if(all, [](const Blas& b) { return !b.plan; });
  return all;
}

}  // namespace bench
