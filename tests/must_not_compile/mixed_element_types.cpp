// error: no matching function for call to .*rms_norm
#include <hadal/ops/rms_norm.hpp>

using hadal::Cpu, hadal::Tensor;

#ifdef HADAL_FIXED
using Weight = Tensor<float, Cpu>;
#else
using Weight = Tensor<double, Cpu>;
#endif

Tensor<float, Cpu> norm(const Tensor<float, Cpu>& x, const Weight& weight) { return rms_norm(x, weight); }
