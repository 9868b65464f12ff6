// What this machine can do at most: multiply-adds of one core, bytes read from memory.
#include "bench.hpp"

int main() {
  const bench::Report report("the machine; the peer is a run of the same a moment later");
  const auto twice = [&](const char* name, int threads, const char* unit, double a, double b) {
    report.add({name, threads, unit, a, b, "itself", a / b, (a > b ? a - b : b - a) / b});
  };
  const double flops = bench::peak_flops();
  twice("fused multiply-add peak, float", 1, "GFLOP/s", 1e-9 * flops, 1e-9 * bench::peak_flops());
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  for (int threads = 1; threads <= cores; threads *= 2) {
    const double bytes = bench::read_bandwidth(threads);
    twice("read bandwidth", threads, "GB/s", 1e-9 * bytes, 1e-9 * bench::read_bandwidth(threads));
  }
}
