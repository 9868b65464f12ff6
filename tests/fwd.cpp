#include <hadal/fwd.hpp>

#include <doctest/doctest.h>

#include <type_traits>

TEST_CASE("fwd: names alone are enough for references and pointers, with float on the CPU as the default") {
  const auto takes = [](const hadal::Tensor<>* x, const hadal::Linear<>* layer) { return !x && !layer; };
  CHECK(takes(nullptr, nullptr));
  CHECK(std::is_same_v<hadal::Tensor<>, hadal::Tensor<float, hadal::Cpu>>);
}
